package sandbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Crowd are the customers who act by themselves on each mail that they get: the invitation, a resend, a
// reminder. What one of them does with a mail, and when, is drawn from a hash of seed, session and which of
// its mails it is, so it does not depend on anybody else. The zero value is a crowd that does nothing.
//
// A redirect-flow link reaches its customer through the partner, not by mail, so nobody of the crowd has it.
type Crowd struct {
	Open     float64       // share of the mails whose link is opened, 0 to 1
	Complete float64       // share of those that then complete KYC
	Fail     float64       // share of those that then fail; the rest begin at most, and leave it lying
	Delay    time.Duration // the median from the mail to the opening, on the world's clock
}

// TypicalCrowd is a crowd as campaigns usually meet it.
func TypicalCrowd() Crowd {
	return Crowd{Open: 0.7, Complete: 0.75, Fail: 0.03, Delay: 8 * time.Hour}
}

// ParseCrowd reads a crowd as a flag gives it: "typical", or "open=70%,complete=60%,fail=3%,delay=2d" in
// any order, where what is not named is typical. Empty is nobody.
func ParseCrowd(text string) (Crowd, error) {
	switch text {
	case "":
		return Crowd{}, nil
	case "typical":
		return TypicalCrowd(), nil
	}
	c := TypicalCrowd()
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return Crowd{}, fmt.Errorf("sandbox: crowd %q: write typical, or NAME=VALUE with open, complete, fail or delay", part)
		}
		var err error
		switch name {
		case "open":
			c.Open, err = parseShare(value)
		case "complete":
			c.Complete, err = parseShare(value)
		case "fail":
			c.Fail, err = parseShare(value)
		case "delay":
			c.Delay, err = parseDelay(value)
		default:
			err = fmt.Errorf("there is no %q; choose open, complete, fail or delay", name)
		}
		if err != nil {
			return Crowd{}, fmt.Errorf("sandbox: crowd %q: %w", strings.TrimSpace(part), err)
		}
	}
	return c, c.check()
}

// parseShare reads "70%" or "0.7".
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no share; write 70%% or 0.7", text)
	}
	if percent {
		share /= 100
	}
	return share, nil
}

// parseDelay reads a duration with days before all else: "2d", "1d12h", "90m".
func parseDelay(text string) (time.Duration, error) {
	rest, days := text, 0
	if number, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > maxDays {
			return 0, fmt.Errorf("%q is no time; write 2d, 1d12h or 90m, at most %d days", text, maxDays)
		}
		rest, days = after, n
	}
	var d time.Duration
	if rest != "" || days == 0 {
		var err error
		if d, err = time.ParseDuration(rest); err != nil {
			return 0, fmt.Errorf("%q is no time; write 2d, 1d12h or 90m", text)
		}
	}
	return time.Duration(days)*24*time.Hour + d, nil
}

// check refuses what no crowd could be.
func (c Crowd) check() error {
	for _, share := range []float64{c.Open, c.Complete, c.Fail, c.Complete + c.Fail} {
		if !(share >= 0 && share <= 1) { // also refuses NaN
			return fmt.Errorf("sandbox: a crowd of which %v open, %v complete and %v fail; shares are 0 to 1 (0%% to 100%%), and so is complete and fail together", c.Open, c.Complete, c.Fail)
		}
	}
	if c.Delay < 0 || c.Delay > maxDays*24*time.Hour {
		return fmt.Errorf("sandbox: a crowd that opens its mails after %v; choose 0 to %d days", c.Delay, maxDays)
	}
	return nil
}

// doing is what a customer does about one mail, and when. A zero time is never.
type doing struct {
	opens   time.Time
	submits time.Time // the PAN
	ends    time.Time // with success, or by failing
	fails   bool
}

// The salts of what is drawn for one mail.
const (
	saltOpens uint64 = iota
	saltSigma
	saltAngle
	saltMorning
	saltEnd
	saltLeave
	saltPAN
	saltCode
)

// plan draws what is done about a mail.
func (c Crowd) plan(seed uint64, m mail) doing {
	d := newDraw(seed, "crowd", m.session.ID, m.nth)
	if d.float(saltOpens) >= c.Open {
		return doing{}
	}
	does := doing{opens: awake(m.sent().At.Add(spread(d, c.Delay)), d.float(saltMorning))}
	end := d.float(saltEnd)
	if end < c.Complete+c.Fail || d.pick(saltLeave, 2) == 0 {
		does.submits = does.opens.Add(between(d.float(saltPAN), 40*time.Second, 8*time.Minute))
	}
	if end < c.Complete+c.Fail {
		does.ends = does.submits.Add(between(d.float(saltCode), 20*time.Second, 5*time.Minute))
		does.fails = end >= c.Complete
	}
	return does
}

// spread draws a delay of that median: log-normal, so that many are soon, and a few very late. Its tail is
// cut at some three deviations.
func spread(d draw, median time.Duration) time.Duration {
	normal := math.Sqrt(-2*math.Log(1-d.float(saltSigma))) * math.Cos(2*math.Pi*d.float(saltAngle))
	return time.Duration(float64(median) * math.Exp(max(-3, min(3, normal))))
}

// between draws evenly from a range.
func between(u float64, least, most time.Duration) time.Duration {
	return least + time.Duration(u*float64(most-least))
}

// The customers' day, in the hours of India.
const (
	morning = 8
	night   = 22
	indian  = 5*time.Hour + 30*time.Minute
)

// awake puts off a moment of the night to one of the next morning.
func awake(t time.Time, u float64) time.Time {
	there := t.UTC().Add(indian)
	if hour := there.Hour(); hour >= morning && hour < night {
		return t
	}
	rises := there.Truncate(24 * time.Hour).Add(morning * time.Hour)
	if there.Hour() >= night {
		rises = rises.Add(24 * time.Hour)
	}
	return rises.Add(-indian).Add(between(u, 0, 2*time.Hour))
}
