package intake_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// TestScale checks a large file offline beside a bare encoding/csv loop over the same bytes, and prints what both
// took: time, all that was allocated, and the largest heap. KYCBATCH_SCALE is how many rows; `make scale`
// has a million.
func TestScale(t *testing.T) {
	rows := 50_000
	if text := os.Getenv("KYCBATCH_SCALE"); text != "" {
		var err error
		rows, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	path := filepath.Join(t.TempDir(), "large.csv")
	writeRows(t, path, rows)
	info, err := os.Stat(path)
	require.NoError(t, err)
	t.Logf("%d rows, %d MB", rows, info.Size()/1e6)

	bare := 0
	figures(t, "encoding/csv alone", rows, func() {
		readBare(t, path, func(r *csv.Reader) error {
			r.ReuseRecord = true
			_, err := r.Read()
			bare++
			return err
		})
	})
	require.Equal(t, rows+2, bare, "the header, the rows and the end")
	figures(t, "Open", rows, func() {
		f, err := intake.Open(t.Context(), path, intake.Options{})
		require.NoError(t, err)
		require.Equal(t, rows, f.Valid)
	})
}

// figures runs a pass and prints what it took. The heap is sampled, garbage that is not collected yet included.
func figures(t *testing.T, name string, rows int, pass func()) {
	t.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	most, done, ended := before.HeapAlloc, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for tick := time.Tick(5 * time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick:
				metrics.Read(heap)
				most = max(most, heap[0].Value.Uint64())
			}
		}
	}()
	began := time.Now()
	pass()
	took := time.Since(began)
	close(done)
	<-ended
	runtime.ReadMemStats(&after)
	t.Logf("%-18s %6.2f s, %8.0f rows/s, %4d B a row allocated, heap at most %5.1f MB", name, took.Seconds(),
		float64(rows)/took.Seconds(), (after.TotalAlloc-before.TotalAlloc)/uint64(rows), float64(most-before.HeapAlloc)/1e6)
}
