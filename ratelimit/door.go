package ratelimit

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// door is what every request goes through last. It spaces them, and lets no more of them through in any second than the
// rate allows, however late the timers are. The zero value lets everyone through at once.
type door struct {
	turn chan struct{} // holds the one that waits, as Brake.turn does; what follows is its; nil: no limit

	spaced *rate.Limiter
	span   time.Duration // it takes at least so long for all of left to leave, and one more
	left   []time.Time   // a ring: when the newest requests left
	next   int           // of left: the oldest
}

// doorFactor is how much closer than at the rate the door lets requests follow one another: what was late has to catch up with its time.
const doorFactor = 2

// mostRemembered bounds the ring at any rate: the span of so many is shorter then, and holds for the second that it is a part of.
const mostRemembered = 10_000

func newDoor(r Rate) door {
	if r == Unlimited {
		return door{}
	}
	n := max(1, min(int(r), mostRemembered))
	return door{
		turn: make(chan struct{}, 1), spaced: rate.NewLimiter(rate.Limit(doorFactor*r), 1),
		span: time.Duration(n) * r.every(), left: make([]time.Time, n),
	}
}

// Leave is the last thing before a request leaves, where something that takes its time lies between its turn
// and its leaving, such as the commit of an intent. A commit that many share lets them all go at once, and a
// server that counts over one second would see more than the rate: here they are spaced again. It waits no
// longer than that takes; a pause that began meanwhile holds nobody who has had a turn. Callers are served in the order in which they
// came. It returns ctx's error.
func (b *Brake) Leave(ctx context.Context) error {
	d := &b.door
	if d.turn == nil {
		return ctx.Err()
	}
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	if err := d.spaced.Wait(ctx); err != nil {
		return err
	}
	for {
		due := d.let(time.Now())
		if due.IsZero() {
			return nil
		}
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
	}
}

// Pass is Wait and Leave, for a request that has nothing to do between them.
func (b *Brake) Pass(ctx context.Context) error {
	if err := b.Wait(ctx); err != nil {
		return err
	}
	return b.Leave(ctx)
}

// let lets a request through now; otherwise it says when to ask again. Called by the holder of turn.
func (d *door) let(now time.Time) (due time.Time) {
	if due = d.left[d.next].Add(d.span); now.Before(due) {
		return due
	}
	d.left[d.next] = now
	d.next = (d.next + 1) % len(d.left)
	return time.Time{}
}
