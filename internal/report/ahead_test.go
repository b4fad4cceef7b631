package report

import (
	"errors"
	"iter"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// numbered are n rows with one cell each, and behind them an error, where there is one. It counts the rows that were read, and tells
// when it has ended.
func numbered(n int, cell string, err error, read, ended *atomic.Int64) iter.Seq2[campaign.Result, error] {
	return func(yield func(campaign.Result, error) bool) {
		defer ended.Add(1)
		for i := range n {
			read.Add(1)
			if !yield(campaign.Result{Row: campaign.Row{Line: i, Cells: []string{cell}}}, nil) {
				return
			}
		}
		if err != nil {
			yield(campaign.Result{}, err)
		}
	}
}

// TestAhead holds, over seeds, that rows come as they are read, then their error; and that nothing is read any more once the loop is
// over, wherever it was left.
func TestAhead(t *testing.T) {
	broken := errors.New("broken")
	for seed := range uint64(200) {
		draw := rand.New(rand.NewPCG(seed, 4))
		n, leave := draw.IntN(6*aheadRows), draw.IntN(12*aheadRows)
		var err error
		if draw.IntN(2) == 0 {
			err = broken
		}
		var read, ended atomic.Int64
		got := 0
		var failed error
		for row, err := range ahead(numbered(n, "cell", err, &read, &ended)) {
			if err != nil {
				require.NoError(t, failed)
				failed = err
				continue
			}
			require.NoError(t, failed, "no row comes behind the error")
			require.Equal(t, got, row.Row.Line, "seed %d", seed)
			if got++; got == leave {
				break
			}
		}
		require.EqualValues(t, 1, ended.Load(), "seed %d", seed)
		if leave == 0 || leave > n {
			require.Equal(t, n, got)
			require.Equal(t, err, failed)
		} else {
			require.Equal(t, leave, got)
		}
	}
}

// TestAheadIsBounded: rows with much in them are held in smaller numbers.
func TestAheadIsBounded(t *testing.T) {
	var read, ended atomic.Int64
	taken := int64(0)
	for range ahead(numbered(300, strings.Repeat("x", aheadBytes), nil, &read, &ended)) {
		require.LessOrEqual(t, read.Load()-taken, int64(aheadBatches+3)) // the loop's own, those that wait, and the one being put there
		taken++
	}
	require.EqualValues(t, 300, taken)
}

// TestAheadPanics: a panic of the reading comes to whoever loops.
func TestAheadPanics(t *testing.T) {
	require.Panics(t, func() {
		for range ahead(func(func(campaign.Result, error) bool) { panic("a mistake") }) {
		}
	})
}
