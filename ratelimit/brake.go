package ratelimit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// paceFactor keeps the pace a little under the rate: measured, a server that enforces the rate over any
// one-second window answered no 429 at 0.995 of it.
const paceFactor = 0.995

// mostCatchUp is how late a start may be, because a timer was or the machine had other things to do, and those after it still be on
// time. What is later is lost: to make it up would be a burst.
const mostCatchUp = 50 * time.Millisecond

// Brake gives turns to the requests of the whole process and slows down when the API asks for it. Make one
// with [New] and share it; all methods are safe for concurrent use. It starts no goroutine and
// needs no closing.
type Brake struct {
	// Hot paths. open: Wait may pass at once, there is no limit and no pause. calm: a success changes nothing.
	open    atomic.Bool
	calm    atomic.Bool
	waiting atomic.Int64
	meter   meter

	// turn holds the one caller that waits for its slot or for the end of a pause. It is a channel, not a
	// mutex, so that a cancelled caller can leave the queue.
	turn chan struct{}
	// slot belongs to the holder of turn: the moment that was the newest start's.
	slot time.Time
	// door spaces what leaves, at the asked rate; see Leave. It never changes.
	door door

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
		turn:  make(chan struct{}, 1),
		door:  newDoor(r),
		asked: r,
		now:   r,
		meter: meter{epoch: time.Now()},
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
	came := time.Now()
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.turn }()
	for {
		paused, err := b.sitOut(ctx)
		if err != nil {
			return err
		}
		if err := b.pace(ctx, later(came, paused)); err != nil {
			return err
		}
		if b.leave() {
			return nil
		}
	}
}

// sitOut returns when no pause is on, and says when the newest one ended. Called by the holder of turn.
func (b *Brake) sitOut(ctx context.Context) (ended time.Time, err error) {
	for {
		b.mu.Lock()
		until := b.until
		b.mu.Unlock()
		if !time.Now().Before(until) {
			return until, ctx.Err()
		}
		if err := sleepUntil(ctx, until); err != nil {
			return until, err
		}
	}
}

// pace waits for the next slot at the rate in force, of a caller that is ready since then. Called by the holder of turn.
func (b *Brake) pace(ctx context.Context, ready time.Time) error {
	b.mu.Lock()
	every := b.now.every()
	b.mu.Unlock()
	if every == 0 {
		return nil
	}
	slot := b.slot.Add(every)
	if ready.After(slot) {
		slot = ready // nobody wanted it: idle time saves up nothing
	}
	slot = later(slot, time.Now().Add(-mostCatchUp))
	if end, limited := ctx.Deadline(); limited && end.Before(slot) {
		return fmt.Errorf("the next turn comes too late: %w", context.DeadlineExceeded)
	}
	if err := sleepUntil(ctx, slot); err != nil {
		return err
	}
	b.slot = slot
	return nil
}

// every is the time between two starts at the rate's pace, 0 for [Unlimited].
func (r Rate) every() time.Duration {
	if r == Unlimited {
		return 0
	}
	return time.Duration(float64(time.Second) / float64(r*paceFactor))
}

// sleepUntil returns at that moment, or with ctx's error before it.
func sleepUntil(ctx context.Context, at time.Time) error {
	rest := time.Until(at)
	if rest <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func later(x, y time.Time) time.Time {
	if y.After(x) {
		return y
	}
	return x
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
