package ratelimit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// paceFactor keeps the pace a little under the rate: measured, a server that enforces the rate over any
// one-second window answered no 429 at 0.995 of it.
const paceFactor = 0.995

// Brake gives turns to the requests of the whole process and slows down when the API asks for it. Make one
// with [New] and share it; all methods are safe for concurrent use. It starts no goroutine and
// needs no closing.
type Brake struct {
	// Hot paths. open: Wait may pass at once, there is no limit and no pause. calm: a success changes nothing.
	open    atomic.Bool
	calm    atomic.Bool
	waiting atomic.Int64
	meter   meter

	// turn holds the one caller that waits for the limiter or for the end of a pause. It is a channel, not a
	// mutex, so that a cancelled caller can leave the queue.
	turn chan struct{}
	// limiter belongs to the holder of turn, SetLimit included: a limit that changed under a waiter would
	// hand out the tokens of its wait a second time.
	limiter *rate.Limiter
	// door spaces what leaves, at the asked rate; see Leave. Its limit never changes. nil: nothing is spaced.
	door *rate.Limiter

	mu     sync.Mutex
	asked  Rate
	now    Rate
	until  time.Time // end of the newest pause, the zero time before the first
	reason Reason    // of the newest pause
	regain regain

	throttles streak
	outages   streak
}

// streak counts answers of one bad kind with no success between them.
type streak struct {
	length int
	// stale means that no request has left since the last pause of this kind: an answer that comes now is of
	// a request from before it, and is no news.
	stale bool
}

// New returns a brake that starts requests at r, [Unlimited] for as fast as they come. It panics on a
// negative rate, NaN or infinity, none of which [ParseRate] returns.
func New(r Rate) *Brake {
	if r < 0 || math.IsNaN(float64(r)) || math.IsInf(float64(r), 0) {
		panic(fmt.Sprintf("ratelimit: rate %v is not a number of requests a second", float64(r)))
	}
	b := &Brake{
		turn:    make(chan struct{}, 1),
		limiter: rate.NewLimiter(rate.Limit(r*paceFactor), 1),
		door:    newDoor(r),
		asked:   r,
		now:     r,
		meter:   meter{epoch: time.Now()},
	}
	b.open.Store(r == Unlimited)
	b.calm.Store(true)
	return b
}

// Wait blocks until it is this caller's turn to start one request. Callers are served in the order in which they
// came, and none before the end of a pause, also one that began while it waited.
//
// The error is that of ctx; its [context.DeadlineExceeded] may come as soon as it is certain that the turn would be
// too late. After an error no turn was used: a caller that gives up costs the others nothing.
func (b *Brake) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.open.Load() {
		b.meter.add()
		return nil
	}
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.turn }()
	for {
		if err := b.sitOut(ctx); err != nil {
			return err
		}
		if err := b.pace(ctx); err != nil {
			return err
		}
		if b.leave() {
			return nil
		}
	}
}

// sitOut returns when no pause is on. Called by the holder of turn.
func (b *Brake) sitOut(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.mu.Lock()
		rest := time.Until(b.until)
		b.mu.Unlock()
		if rest <= 0 {
			return nil
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// pace takes one token at the rate in force. Called by the holder of turn.
func (b *Brake) pace(ctx context.Context) error {
	b.mu.Lock()
	now := b.now
	b.mu.Unlock()
	if now == Unlimited {
		return nil
	}
	if limit := rate.Limit(now * paceFactor); limit != b.limiter.Limit() {
		b.limiter.SetLimit(limit)
	}
	err := b.limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil {
		// x/time sees at once that the token would come after the deadline, and says so untyped.
		return fmt.Errorf("next turn at %s comes too late: %w", now, context.DeadlineExceeded)
	}
	return err
}

// leave lets the holder of turn go, unless a pause began while it waited for its token.
func (b *Brake) leave() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().Before(b.until) {
		return false
	}
	b.throttles.stale = false
	b.outages.stale = false
	b.meter.add()
	b.open.Store(b.now == Unlimited)
	return true
}
