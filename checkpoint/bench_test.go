package checkpoint

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPut: one Put of one record of 200 bytes, ascending keys.
func BenchmarkPut(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		for _, callers := range []int{1, 32, 64} {
			b.Run(fmt.Sprintf("nosync=%t/callers=%d", noSync, callers), func(b *testing.B) {
				l, err := Create(filepath.Join(b.TempDir(), "ledger.db"), Options{Identity: us(), NoSync: noSync})
				require.NoError(b, err)
				defer l.Close()
				value := make([]byte, 200)
				var next atomic.Uint64
				var all sync.WaitGroup
				b.ResetTimer()
				for range callers {
					all.Go(func() {
						for {
							n := next.Add(1)
							if n > uint64(b.N) {
								return
							}
							key := binary.BigEndian.AppendUint64(nil, n)
							if err := l.Put(context.Background(), Write{Records, key, value}); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
				b.ReportMetric(float64(b.N)/float64(l.Stats().Commits), "puts/commit")
			})
		}
	}
}

// BenchmarkOpen: opening checks the whole file.
func BenchmarkOpen(b *testing.B) {
	for _, records := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "ledger.db")
			l, err := Create(path, Options{Identity: us(), NoSync: true})
			require.NoError(b, err)
			fillRecords(b, l, records)
			require.NoError(b, l.Close())
			for b.Loop() {
				l, err := Open(path, Options{Identity: us(), NoSync: true})
				require.NoError(b, err)
				require.NoError(b, l.Close())
			}
		})
	}
}

// BenchmarkScan: all of 100,000 records of 200 bytes.
func BenchmarkScan(b *testing.B) {
	l, err := Create(filepath.Join(b.TempDir(), "ledger.db"), Options{Identity: us(), NoSync: true})
	require.NoError(b, err)
	defer l.Close()
	fillRecords(b, l, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range l.Scan(Records, nil, nil) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, 100_000, n)
	}
}

func BenchmarkGet(b *testing.B) {
	l, err := Create(filepath.Join(b.TempDir(), "ledger.db"), Options{Identity: us(), NoSync: true})
	require.NoError(b, err)
	defer l.Close()
	fillRecords(b, l, 100_000)
	i := uint64(0)
	for b.Loop() {
		i = (i + 7919) % 100_000
		v, err := l.Get(Records, binary.BigEndian.AppendUint64(nil, i))
		if err != nil || len(v) != 200 {
			b.Fatal(err, len(v))
		}
	}
}

func fillRecords(tb testing.TB, l *Ledger, n int) {
	tb.Helper()
	var w []Write
	for i := range n {
		w = append(w, Write{Records, binary.BigEndian.AppendUint64(nil, uint64(i)), make([]byte, 200)})
	}
	require.NoError(tb, l.Put(context.Background(), w...))
}
