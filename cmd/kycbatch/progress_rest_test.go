package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What holds a run up stands where its speed would stand.
func TestViewSaysWhatHoldsTheRunUp(t *testing.T) {
	v := view{rate: 5, rows: 10, work: 10, workers: 1, at: time.Now()}
	ending := func() string { return endingOf(v.pass(), v.at) }
	require.Contains(t, ending(), "5.0/s")
	v.paused = 12 * time.Second
	require.Contains(t, ending(), "paused for 12 s")
	v.down = true
	require.Equal(t, "no answer from the API, next try in 12 s", ending())
	v.paused = 0
	require.Equal(t, "no answer from the API, trying again", ending())
	v.rests = 8 * time.Hour
	require.Equal(t, "goes on in 8 h 00 min", ending())
}
