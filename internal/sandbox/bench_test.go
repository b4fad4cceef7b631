package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const benchBody = `{"account_auth_id":"ACCOUNT","flow_type":"email","customer_email":"customer@example.com","expires_in_days":14,` +
	`"reminder_schedule":[{"trigger":"days_before_expiry","value":3}],"metadata":{"kycbatch":"1:0123456789abcdef:1.1","plan":"starter"}}`

// filled is a sandbox with n sessions of n accounts.
func filled(b *testing.B, cfg sandbox.Config, n int) *sandbox.Server {
	b.Helper()
	s := newServer(b, cfg)
	for i := range n {
		require.NotEmpty(b, s.Stranger("MA_OLD"+strconv.Itoa(i)))
	}
	return s
}

// Creates against 100,000 sessions, straight into the handler.
func BenchmarkCreate(b *testing.B) {
	for _, world := range []bool{false, true} {
		b.Run(fmt.Sprintf("file=%t", world), func(b *testing.B) {
			cfg := sandbox.Config{}
			if world {
				cfg.World = filepath.Join(b.TempDir(), "world.jsonl")
			}
			s := filled(b, cfg, 100_000)
			var n atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					body := strings.Replace(benchBody, "ACCOUNT", "MA_NEW"+strconv.FormatInt(n.Add(1), 10), 1)
					w := httptest.NewRecorder()
					s.ServeHTTP(w, request(b, http.MethodPost, base, body))
					if w.Code != http.StatusCreated {
						b.Error(w.Body)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
		})
	}
}

// The same over real connections, client included.
func BenchmarkCreateOverTCP(b *testing.B) {
	s := filled(b, sandbox.Config{}, 100_000)
	server := httptest.NewServer(s)
	defer server.Close()
	client := server.Client().Transport.(*http.Transport)
	client.MaxIdleConnsPerHost = 64
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := strings.Replace(benchBody, "ACCOUNT", "MA_NEW"+strconv.FormatInt(n.Add(1), 10), 1)
			res, err := client.RoundTrip(request(b, http.MethodPost, server.URL+"/api/v1/partner/kyc-sessions", body))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}

func BenchmarkList(b *testing.B) {
	s := filled(b, sandbox.Config{}, 100_000)
	for name, query := range map[string]string{"account": "?account_auth_id=MA_OLD500", "page": "?page=500&size=100", "status": "?status=email_sent&size=1"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, request(b, http.MethodGet, base+query, ""))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

// A day of a world whose clock is set forward, as `PUT /clock` does it: 200 customers who act by themselves, with
// reminders, in a file.
func BenchmarkDay(b *testing.B) {
	const customers, days = 200, 30
	advance := func(s *sandbox.Server) {
		r := request(b, http.MethodPut, "http://127.0.0.1:8787/clock", `{"advance":"24h"}`)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	var slowest time.Duration
	for b.Loop() {
		s := newServer(b, sandbox.Config{Crowd: sandbox.TypicalCrowd(), World: filepath.Join(b.TempDir(), "world.jsonl")})
		for i := range customers {
			body := strings.Replace(benchBody, "ACCOUNT", "MA_"+strconv.Itoa(i), 1)
			s.ServeHTTP(httptest.NewRecorder(), request(b, http.MethodPost, base, body))
		}
		for range days {
			start := time.Now()
			advance(s)
			slowest = max(slowest, time.Since(start))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N)/days, "ms/day")
	b.ReportMetric(float64(slowest.Microseconds())/1000, "ms/slowest-day")
}
