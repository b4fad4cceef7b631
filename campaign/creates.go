package campaign

import (
	"context"
	"time"
)

// deafCreates in a row that no definite answer came to are an outage of creating, also where lists answer: each of
// them leaves a row in doubt, and asking again and again would use up the attempts of all.
const deafCreates = 10

// creates follows the answers to create requests alone. The run's mutex guards it.
type creates struct {
	deaf  int           // without a definite answer, in a row
	since time.Duration // when the first of them was
	next  time.Duration // when the next one may leave
	out   time.Duration // when so many had been without one that it was an outage
}

// creatable returns when a job's create request may leave; false where the run is halted first. While creating is
// out, one leaves now and then, whatever the number of workers: after a second, two, four, and then each half minute.
// The first that is answered lets the others go. When it lasts longer than MaxOutage, listen ends the run.
//
// A job whose look gets too old by waiting is sent on at once: it looks again and comes back, and takes nobody's turn.
func (r *run) creatable(ctx context.Context, j *job) bool {
	for ctx.Err() == nil {
		r.mu.Lock()
		c, now := &r.creates, r.now()
		out := c.deaf >= deafCreates
		if out && now >= c.next && now-j.account.fresh <= DefaultGuardAge {
			c.next, out = now+min(time.Second<<min(c.deaf-deafCreates, 5), maxPause), false
		}
		r.mu.Unlock()
		if !out || now-j.account.fresh > DefaultGuardAge {
			return true
		}
		if !r.sleep(ctx, time.Second) {
			return false
		}
	}
	return false
}

// creatingIsOut says whether create requests are out since a job had its turn: one that has it since is to try.
func (r *run) creatingIsOut(since time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.creates.deaf >= deafCreates && since < r.creates.out
}

// listen learns from the answer to a create request.
func (r *run) listen(a Answer) {
	r.mu.Lock()
	c := &r.creates
	switch a.Kind {
	case AnswerUnknown:
		if c.deaf == 0 {
			c.since = r.now()
		}
		if c.deaf++; c.deaf == deafCreates {
			c.out = r.now()
		}
	case AnswerCreated, AnswerRefused:
		*c = creates{}
	}
	deaf, lasts := c.deaf, r.now()-c.since
	r.mu.Unlock()
	switch {
	case deaf >= deafCreates && lasts > r.cfg.MaxOutage:
		r.halt(HaltOutage, nil)
	case deaf >= deafCreates:
		r.phase("waiting: create requests get no answer, and one is tried now and then")
	case a.Kind == AnswerCreated && r.progress.Phase() != "creating":
		r.phase("creating")
	}
}
