package campaign

import (
	"context"
	"errors"
	"time"
)

// heldBack is the end of a request that was not sent, and why.
type heldBack string

const (
	overdue heldBack = "it had to wait, and what lets it leave is too old by now"
	tooLate heldBack = "the run was stopped, or the API went down, while it waited"
)

func (h heldBack) Error() string { return "not sent: " + string(h) }

func wasHeldBack(err error) bool { return errors.As(err, new(heldBack)) }

// timely is [run.request] for one that mails a customer or ends a session: it must not leave on what was true a while ago.
// Whether it may leave is asked last, after the brake's door, since everything before that takes as long as it takes: the
// commit, the fence, the door behind others that the same disk held up. The error is a heldBack where nothing was sent. One that is
// overdue before the door doesn't take a turn of it. Nor does anybody, once the run was halted or the API went down: those before
// have found that out.
func (r *run) timely(ctx context.Context, j *job, request func(context.Context) error) error {
	if r.overdue(j) {
		return overdue
	}
	if !r.takeSlot(ctx) {
		return tooLate
	}
	defer r.giveSlot()
	out := func() bool { return ctx.Err() != nil || r.down() || j.resend == nil && r.creatingIsOut(j.turned) }
	if out() {
		return tooLate
	}
	return r.ask(ctx, func(leaving context.Context) error {
		switch {
		case r.overdue(j):
			return overdue
		case out():
			return tooLate
		}
		return request(leaving)
	})
}

// overdue says whether what lets a request leave is too old by now, or its place in the budget is. Sleep of the machine
// counts, too, in which the monotonic clock stands still.
func (r *run) overdue(j *job) bool {
	now := r.now() + max(0, wall().Sub(j.clock)-r.now())
	late := j.place.taken && r.allowance.late(j.place.at, wall()) && r.p.mutant != windowBeforeWait
	if j.resend != nil {
		return (late || !r.resends.mayLeave(*j.resend, now)) && r.p.mutant != lateBeforeWait
	}
	return late || now-j.account.fresh > DefaultGuardAge
}

// fence says in the fence file until when a POST that is begun now may be under way: timely lets it leave on a look that is
// at most [DefaultGuardAge] old, and the request has its timeout. It halts the run where that can't be written.
func (r *run) fence() bool {
	if err := r.l.s.Fence(time.Now().Add(DefaultGuardAge + r.cfg.Timeout)); err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	return true
}
