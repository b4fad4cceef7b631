package campaign

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

// slowDisk takes its time for each Put, whoever else has one.
type slowDisk struct {
	*checkpoint.Ledger
	mu         sync.Mutex
	puts, most int
}

func (s *slowDisk) Put(ctx context.Context, w ...checkpoint.Write) error {
	s.mu.Lock()
	s.puts++
	s.most = max(s.most, s.puts)
	s.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	err := s.Ledger.Put(ctx, w...)
	s.mu.Lock()
	s.puts--
	s.mu.Unlock()
	return err
}

// hurried is a network that takes 50 ms, and counts the requests under way.
type hurried struct {
	next             http.RoundTripper
	mu               sync.Mutex
	now, most, posts int
	before           int // at most so many before the canary was read back
	proved           bool
}

func (b *hurried) RoundTrip(q *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.now++
	b.most = max(b.most, b.now)
	if q.Method == http.MethodPost {
		b.posts++
	}
	if b.proved = b.proved || q.Method == http.MethodGet && q.URL.RawQuery == ""; !b.proved {
		b.before = b.posts
	}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.now--
	}()
	time.Sleep(50 * time.Millisecond)
	return b.next.RoundTrip(q)
}

// A job whose outcome is being written lets another begin; there are never more requests at a time
// than there are workers, and one until the canary was read back.
func TestAheadOfASlowDisk(t *testing.T) {
	const workers, count = 4, 200
	pass := func(t *testing.T, ahead int) (took time.Duration, disk *slowDisk, net *hurried) {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, count)...)
			disk, net = &slowDisk{Ledger: d.file}, &hurried{next: d.api.Transport()}
			client, err := vobiz.New(vobiz.Config{
				BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_DESK"), AuthToken: vobiz.NewSecret("token"), Transport: net,
			})
			require.NoError(t, err)
			began := time.Now()
			d.counts(d.create("spring", func(c *Config) {
				c.Ledger, c.Client, c.Workers, c.Ahead, c.Guard = &Ledger{disk}, client, workers, ahead, GuardSweep
			}), map[Outcome]int{OutcomeCreated: count})
			took = time.Since(began)
			require.Zero(t, d.api.Journal().Verdict().SecondMails)
		})
		require.Equal(t, 1, net.before)
		require.LessOrEqual(t, disk.most, workers+ahead)
		return took, disk, net
	}
	slow, disk, net := pass(t, 0)
	require.LessOrEqual(t, disk.most, workers)
	require.LessOrEqual(t, net.most, workers)
	fast, disk, net := pass(t, 8*workers)
	require.Equal(t, workers, net.most)
	require.Greater(t, disk.most, workers)
	require.Less(t, fast, slow*3/4, "in virtual time")
}
