package ratelimit

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{
		"5/s": 5, "300/m": 5, "3600/h": 1, " 2.5/s ": 2.5, "0.5/s": 0.5, "1/h": 1.0 / 3600, "1000000/s": 1e6,
		"0": Unlimited, "unlimited": Unlimited,
	} {
		got, err := ParseRate(text)
		require.NoError(t, err, text)
		require.InDelta(t, float64(want), float64(got), 1e-12, text)
	}
}

func TestParseRateSaysWhyItRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		"5":         "has no unit",
		"":          "has no unit",
		"fast":      "has no unit",
		"5/d":       `unit "d" is not s, m or h`,
		"5/":        `unit "" is not`,
		"5/s/s":     `unit "s/s" is not`,
		"/s":        "not a plain number",
		"-5/s":      "not a plain number",
		"1e3/s":     "not a plain number",
		"0x10/s":    "not a plain number",
		"inf/s":     "not a plain number",
		"nan/s":     "not a plain number",
		"1.2.3/s":   "not a plain number",
		"0/s":       "would never send: write unlimited",
		"0.5/h":     "slower than the slowest, 1/h",
		"1000001/s": "faster than the fastest, 1000000/s",
	} {
		_, err := ParseRate(text)
		require.ErrorContains(t, err, reason, text)
		require.ErrorContains(t, err, strconv.Quote(text))
	}
}

func TestRateString(t *testing.T) {
	for text, rate := range map[string]Rate{
		"unlimited": Unlimited,
		"5/s":       5,
		"2.8125/s":  5 * 9.0 / 16,
		"30/m":      0.5,
		"100/m":     100.0 / 60,
		"1/m":       1.0 / 60,
		"1000/h":    1000.0 / 3600,
		"1/h":       1.0 / 3600,
		"3.1416/s":  math.Pi,
	} {
		require.Equal(t, text, rate.String())
	}
}

// What people type comes back with the same value, and any other rate within its four decimals.
func TestRateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := strconv.FormatFloat(float64(rapid.IntRange(10, 10_000_000).Draw(t, "tenths"))/10, 'f', -1, 64)
		typed, err := ParseRate(number + rapid.SampledFrom([]string{"/s", "/m", "/h"}).Draw(t, "unit"))
		require.NoError(t, err)
		again, err := ParseRate(typed.String())
		require.NoError(t, err)
		require.InEpsilon(t, float64(typed), float64(again), 1e-8, typed.String())
	})
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate(rapid.Float64Range(float64(slowestRate), float64(fastestRate)).Draw(t, "rate"))
		again, err := ParseRate(rate.String())
		require.NoError(t, err)
		require.InEpsilon(t, float64(rate), float64(again), 1e-4, rate.String())
	})
}

func TestNewRefusesWhatIsNoRate(t *testing.T) {
	for _, r := range []Rate{-1, Rate(math.NaN()), Rate(math.Inf(1)), Rate(math.Inf(-1))} {
		require.Panics(t, func() { New(r) }, "%v", float64(r))
	}
}
