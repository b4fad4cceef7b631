package ratelimit

import (
	"context"

	"golang.org/x/time/rate"
)

// newDoor returns nil where nothing is to be spaced.
func newDoor(r Rate) *rate.Limiter {
	if r == Unlimited {
		return nil
	}
	return rate.NewLimiter(rate.Limit(r), 1)
}

// Leave is the last thing before a request leaves, where something that takes its time lies between its turn
// and its leaving, such as the commit of an intent. A commit that many share lets them all go at once, and a
// server that counts over one second would see more than the rate: here they are spaced again. It waits no
// longer than that takes; a pause that began meanwhile holds nobody who has had a turn. It returns ctx's error.
func (b *Brake) Leave(ctx context.Context) error {
	if b.door == nil {
		return ctx.Err()
	}
	return b.door.Wait(ctx)
}
