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
	"kycbatch/ratelimit"
)

// slowDisk takes its time for each Put, whoever else has one.
type slowDisk struct{ *checkpoint.Ledger }

func (s *slowDisk) Put(ctx context.Context, w ...checkpoint.Write) error {
	time.Sleep(100 * time.Millisecond)
	return s.Ledger.Put(ctx, w...)
}

// slowNet takes 50 ms for a request, and counts those under way.
type slowNet struct {
	next   http.RoundTripper
	before func(post int) error // a request that is not even sent, where it gives an error

	mu               sync.Mutex
	now, most, posts int
}

func (b *slowNet) RoundTrip(q *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.now++
	b.most = max(b.most, b.now)
	if q.Method == http.MethodPost {
		b.posts++
	}
	posts := b.posts
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.now--
	}()
	time.Sleep(50 * time.Millisecond)
	b.mu.Lock()
	err := b.before(posts)
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return b.next.RoundTrip(q)
}

const slowWorkers, slowRows = 4, 200

// onASlowDisk runs a campaign of slowRows with slowWorkers and no rate.
func onASlowDisk(t *testing.T, before func(post int) error, story func(d *desk, net *slowNet, create func(context.Context) Summary)) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, slowRows)...)
		net := &slowNet{next: d.api.Transport(), before: before}
		client, err := vobiz.New(vobiz.Config{
			BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_DESK"), AuthToken: vobiz.NewSecret("token"), Transport: net,
		})
		require.NoError(t, err)
		cfg := d.cfg
		cfg.Ledger, cfg.Client, cfg.Workers, cfg.Guard = &Ledger{&slowDisk{d.file}}, client, slowWorkers, GuardSweep
		story(d, net, func(ctx context.Context) Summary {
			cfg.Brake = ratelimit.New(ratelimit.Unlimited)
			s, err := Create(ctx, cfg, "spring")
			require.NoError(t, err)
			return s
		})
		require.Zero(t, d.api.Journal().Verdict().SecondMails)
	})
}

func straightAway(int) error { return nil }

// The workers have requests under way all the time, as many as they are and never more, though each row waits for the disk
// four times as long as for the API.
func TestRequestsNeedNotWaitForASlowDisk(t *testing.T) {
	onASlowDisk(t, straightAway, func(d *desk, net *slowNet, create func(context.Context) Summary) {
		began := time.Now()
		d.counts(create(d.t.Context()), map[Outcome]int{OutcomeCreated: slowRows})
		require.Equal(t, slowWorkers, net.most)
		require.Less(t, time.Since(began), 2*slowRows/slowWorkers*50*time.Millisecond, "in virtual time")
	})
}

// A run that is told to stop finishes what is under way. What was written down and has no place yet is sent by the next one.
func TestStopSendsNothingThatWaits(t *testing.T) {
	var stop context.CancelFunc
	atStop := 0
	onASlowDisk(t, func(post int) error {
		if post >= 50 && atStop == 0 {
			atStop = post
			stop()
		}
		return nil
	}, func(d *desk, net *slowNet, create func(context.Context) Summary) {
		var ctx context.Context
		ctx, stop = context.WithCancel(d.t.Context())
		s := create(ctx)
		require.Equal(t, HaltDrained, s.Halt)
		sent := net.posts
		require.LessOrEqual(t, sent, atStop+slowWorkers)
		d.counts(s, map[Outcome]int{OutcomeCreated: sent, OutcomePending: slowRows - sent})
		d.counts(create(d.t.Context()), map[Outcome]int{OutcomeCreated: slowRows - sent, OutcomeAlready: sent})
		require.Equal(t, slowRows, d.posts())
	})
}

// When the API goes down, the rows that were written down already are not all sent into the outage.
func TestOutageTakesFewRowsThatWait(t *testing.T) {
	var down, up time.Time
	into := 0
	onASlowDisk(t, func(post int) error {
		if post >= 50 && down.IsZero() {
			down, up = time.Now(), time.Now().Add(2*time.Minute)
		}
		if time.Now().Before(up) {
			into = post
			return http.ErrHandlerTimeout
		}
		return nil
	}, func(d *desk, net *slowNet, create func(context.Context) Summary) {
		d.counts(create(d.t.Context()), map[Outcome]int{OutcomeCreated: slowRows})
		require.LessOrEqual(t, into-50, silentAnswers+2*slowWorkers)
	})
}
