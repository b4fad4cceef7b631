package main

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The distance is a metric, and n changes make at most n of it.
func TestDistance(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		word := func() []rune {
			w := make([]rune, r.IntN(8))
			for i := range w {
				w[i] = 'a' + rune(r.IntN(3))
			}
			return w
		}
		a, b, c := word(), word(), word()
		require.Equal(t, string(a) == string(b), distance(a, b) == 0, seed)
		require.Equal(t, distance(a, b), distance(b, a), seed)
		require.LessOrEqual(t, distance(a, c), distance(a, b)+distance(b, c), seed)
		require.Equal(t, len(a), distance(a, nil), seed)
		at := r.IntN(len(a) + 1)
		longer := append(append(append([]rune{}, a[:at]...), 'z'), a[at:]...)
		require.Equal(t, 1, distance(a, longer), seed)
		if at < len(a) {
			changed := append([]rune{}, a...)
			changed[at] = 'z'
			require.Equal(t, 1, distance(a, changed), seed)
		}
	}
}

// What differs too much is no guess, and of several the nearest is taken.
func TestNearest(t *testing.T) {
	keys := []string{"rate", "late", "max-attempts", "workers", "yes"}
	for word, want := range map[string]string{
		"raet": "rate", "rate": "rate", "lat": "late", "maxattemps": "max-attempts", "worker": "workers", "yess": "yes",
		"frobnicate": "", "y": "", "": "", "yaz": "",
	} {
		require.Equal(t, want, nearest(word, keys), word)
	}
}
