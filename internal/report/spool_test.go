package report

import (
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSpool holds, over seeds, that each owner gets the lines that were put by for it, in their order, whatever their size; and that
// nothing of them has a name in the file system.
func TestSpool(t *testing.T) {
	for seed := range uint64(20) {
		draw := rand.New(rand.NewPCG(seed, 2))
		dir := t.TempDir()
		s, err := newSpool(dir, 4)
		require.NoError(t, err)
		owners := make([]spooled, 1+draw.IntN(5))
		want := make([][][]any, len(owners))
		for range draw.IntN(2000) {
			text := strings.Repeat("é", draw.IntN(40))
			if draw.IntN(200) == 0 {
				text = strings.Repeat("x", 3*spoolBuffer)
			}
			cells := []any{text, time.UnixMicro(draw.Int64N(1 << 52)).UTC(), draw.IntN(1000), float64(draw.IntN(100)) / 10}
			if draw.IntN(3) == 0 {
				cells[1] = time.Time{}
			}
			o := draw.IntN(len(owners))
			require.NoError(t, s.add(&owners[o], cells))
			want[o] = append(want[o], cells)
		}
		require.Empty(t, namesIn(t, dir))
		for range 2 { // a CSV, and then a workbook
			for o := range owners {
				var got [][]any
				for cells, err := range s.lines(&owners[o]) {
					require.NoError(t, err)
					got = append(got, append([]any{}, cells...))
				}
				require.Equal(t, want[o], got, "seed %d", seed)
			}
		}
		require.NoError(t, s.close())
	}
}

// TestSpoolTellsWhatItCannotDo: a disk that takes or gives nothing more is an error, and so is a cell of no kind.
func TestSpoolTellsWhatItCannotDo(t *testing.T) {
	s, err := newSpool(t.TempDir(), 1)
	require.NoError(t, err)
	var of spooled
	require.ErrorContains(t, s.add(&of, []any{struct{}{}}), "no cells of type struct")
	require.NoError(t, s.add(&of, []any{strings.Repeat("x", spoolBuffer)}))
	require.NoError(t, s.close())
	require.ErrorIs(t, s.add(&of, []any{strings.Repeat("x", spoolBuffer)}), os.ErrClosed)
	var errs []error
	for _, err := range s.lines(&of) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], os.ErrClosed)
	_, err = newSpool("/nowhere/at/all", 1)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestSpoolKnowsItsLines: a line of which an end is missing is no line.
func TestSpoolKnowsItsLines(t *testing.T) {
	s, err := newSpool(t.TempDir(), 4)
	require.NoError(t, err)
	var of spooled
	require.NoError(t, s.add(&of, []any{"text", 1.5, 300, time.UnixMicro(1 << 50)}))
	for end := range of.buf {
		cut := spooled{buf: of.buf[:end]}
		var errs []error
		for _, err := range s.lines(&cut) {
			errs = append(errs, err)
		}
		if end == 0 {
			require.Empty(t, errs)
			continue
		}
		require.Len(t, errs, 1, "%d bytes", end)
		require.ErrorIs(t, errs[0], io.ErrUnexpectedEOF, "%d bytes", end)
	}
	require.NoError(t, s.close())
}
