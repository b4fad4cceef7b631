package ratelimit

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// The path of a run without a limit: under 100 ns a request, also with 64 workers.
func BenchmarkUnlimited(b *testing.B) {
	b.Run("workers=1", func(b *testing.B) {
		brake, ctx := New(Unlimited), b.Context()
		b.ReportAllocs()
		for b.Loop() {
			_ = brake.Wait(ctx)
			brake.Succeeded()
		}
	})
	b.Run("workers=64", func(b *testing.B) {
		brake, ctx := New(Unlimited), b.Context()
		b.ReportAllocs()
		b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = brake.Wait(ctx)
				brake.Succeeded()
			}
		})
	})
}

// What this machine delivers of a rate in real time, and the fullest one-second window, both as parts of the
// asked rate.
func BenchmarkPace(b *testing.B) {
	for _, r := range []Rate{200, 1000, 5000} {
		b.Run(r.String(), func(b *testing.B) {
			brake, l := New(r), new(log)
			var left sync.WaitGroup
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			turns := make(chan struct{}, b.N)
			for range b.N {
				turns <- struct{}{}
			}
			close(turns)
			for range 16 {
				left.Go(func() {
					for range turns {
						if brake.Wait(ctx) == nil {
							l.start()
						}
					}
				})
			}
			left.Wait()
			fullest, first := 0, 0
			for i, at := range l.starts {
				for at.Sub(l.starts[first]) > time.Second {
					first++
				}
				fullest = max(fullest, i-first+1)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/float64(r), "delivered")
			if l.starts[len(l.starts)-1].Sub(l.starts[0]) > time.Second {
				b.ReportMetric(float64(fullest)/float64(r), "fullest")
			}
		})
	}
}
