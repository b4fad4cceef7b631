package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDays(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"3d": 3 * day, "72h": 3 * day, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "0d": 0, "0s": 0, "99999d": 99999 * day, "-1h": -time.Hour,
	} {
		var d days
		require.NoError(t, d.Set(text), text)
		require.Equal(t, want, time.Duration(d), text)
	}
	for _, text := range []string{"", "d", "3", "3 d", "d3", "-1d", "3d-1h", "1.5d", "100000d", "3days", "3d4d", "x"} {
		d := days(time.Hour)
		require.Error(t, d.Set(text), text)
		require.Equal(t, days(time.Hour), d, "what is refused changes nothing")
	}
	rapid.Check(t, func(t *rapid.T) {
		was := days(time.Duration(rapid.IntRange(1, 1e6).Draw(t, "minutes")) * time.Minute)
		var is days
		require.NoError(t, is.Set(was.String()))
		require.Equal(t, was, is, "it is read as it is shown")
	})
}
