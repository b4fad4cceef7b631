package ratelimit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of requests a second. Its zero value is [Unlimited].
type Rate float64

const (
	// Unlimited lets every request start at once, until the API itself asks for less.
	Unlimited Rate = 0

	// Beyond these bounds a rate is a slip of the pen: slower than one an hour never ends, and timers are
	// coarser than a microsecond.
	slowestRate = Rate(1.0 / 3600)
	fastestRate = Rate(1_000_000)
)

// perSecond is how many seconds each unit of a rate has.
func perSecond(unit string) (seconds float64, known bool) {
	switch unit {
	case "s":
		return 1, true
	case "m":
		return 60, true
	case "h":
		return 3600, true
	}
	return 0, false
}

// ParseRate reads a rate as people write it: "5/s", "300/m", "3600/h", decimals allowed, and "0" or
// "unlimited" for no limit. A bare number is refused, because nobody can tell which unit was meant. The error
// names the text and what to write instead.
func ParseRate(s string) (Rate, error) {
	text := strings.TrimSpace(s)
	if text == "0" || text == "unlimited" {
		return Unlimited, nil
	}
	number, unit, found := strings.Cut(text, "/")
	if !found {
		return 0, fmt.Errorf("rate %q has no unit: write 5/s, 300/m, 3600/h or unlimited", s)
	}
	seconds, known := perSecond(unit)
	if !known {
		return 0, fmt.Errorf("rate %q: unit %q is not s, m or h", s, unit)
	}
	// ParseFloat also reads signs, exponents, hexadecimal, "inf" and "nan".
	if strings.Trim(number, "0123456789.") != "" {
		return 0, fmt.Errorf("rate %q: %q is not a plain number", s, number)
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("rate %q: %q is not a plain number", s, number)
	}
	rate := Rate(n / seconds)
	switch {
	case n == 0:
		return 0, fmt.Errorf("rate %q would never send: write unlimited for no limit", s)
	case rate < slowestRate:
		return 0, fmt.Errorf("rate %q is slower than the slowest, %s", s, slowestRate)
	case rate > fastestRate:
		return 0, fmt.Errorf("rate %q is faster than the fastest, %s: write unlimited for no limit", s, fastestRate)
	}
	return rate, nil
}

// String renders the rate so that [ParseRate] reads it back: in the first of s, m and h that shows it with at
// most four decimals and no leading zero, else rounded to four decimals.
func (r Rate) String() string {
	if r == Unlimited {
		return "unlimited"
	}
	rounded := ""
	for _, unit := range []string{"s", "m", "h"} {
		seconds, _ := perSecond(unit)
		n := float64(r) * seconds
		short := math.Round(n*1e4) / 1e4
		if short < 1 {
			continue
		}
		text := strconv.FormatFloat(short, 'f', -1, 64) + "/" + unit
		if math.Abs(n-short) < 1e-9*n {
			return text
		}
		if rounded == "" {
			rounded = text
		}
	}
	if rounded == "" {
		return strconv.FormatFloat(float64(r)*3600, 'f', -1, 64) + "/h"
	}
	return rounded
}
