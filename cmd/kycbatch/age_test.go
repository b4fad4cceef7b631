package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseAge(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"90d": 90 * day, "0d": 0, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "36500d": 36500 * day} {
		age, ok := parseAge(text)
		require.True(t, ok, text)
		require.Equal(t, want, age, text)
	}
	for _, text := range []string{"", "d", "90", "-1d", "-1h", "1.5d", "90D", "90 d", "36501d", "99999999999999999999d", "2000000h", "soon"} {
		_, ok := parseAge(text)
		require.False(t, ok, text)
	}
}
