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
	left   departures
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
	span := time.Duration(n) * r.every()
	return door{
		turn: make(chan struct{}, 1), spaced: rate.NewLimiter(rate.Limit(doorFactor*r), 1),
		span: span, left: newDepartures(n, span-time.Duration(float64(n)/float64(r)*float64(time.Second))),
	}
}

// Leave is the last thing before a request leaves, where something that takes its time lies between its turn
// and its leaving, such as the commit of an intent. A commit that many share lets them all go at once, and a
// server that counts over one second would see more than the rate: here they are spaced again. It waits no
// longer than that takes; a pause that began meanwhile holds nobody who has had a turn. Callers are served in the order in which they
// came. It returns ctx's error.
func (b *Brake) Leave(ctx context.Context) error {
	return b.Send(ctx, func(context.Context) error { return nil })
}

// Send is Leave and then the request itself, which returns when it has been answered. The door learns from how long that takes:
// a request that the machine or the network held up on its way counts from when it may have arrived. It returns ctx's error, where
// nothing was sent, or that of the request.
func (b *Brake) Send(ctx context.Context, request func(context.Context) error) error {
	if b.door.turn == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		return request(ctx)
	}
	gone, err := b.door.pass(ctx)
	if err != nil {
		return err
	}
	defer b.door.left.answered(gone)
	return request(ctx)
}

// Pass is Wait and Leave, for a request that has nothing to do between them.
func (b *Brake) Pass(ctx context.Context) error {
	if err := b.Wait(ctx); err != nil {
		return err
	}
	return b.Leave(ctx)
}

// pass waits until a request may leave.
func (d *door) pass(ctx context.Context) (*departure, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-d.turn }()
	if err := d.spaced.Wait(ctx); err != nil {
		return nil, err
	}
	for {
		now := time.Now()
		due := d.left.oldest(now).Add(d.span)
		if !now.Before(due) {
			return d.left.add(now), nil
		}
		if err := sleepUntil(ctx, due); err != nil {
			return nil, err
		}
	}
}
