package campaign

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sieve never takes a text that was added for a new one, and seldom a new one for one that was.
func TestSieve(t *testing.T) {
	for _, texts := range []int{0, 1, 7, 5000} {
		s, mistaken := newSieve(texts), 0
		for i := range texts {
			if s.add(fmt.Sprint("MA_", i)) {
				mistaken++
			}
		}
		require.LessOrEqual(t, mistaken, 1+texts/10)
		for i := range texts {
			require.True(t, s.add(fmt.Sprint("MA_", i)))
		}
	}
}
