package campaign

import (
	"context"
	"fmt"
	"time"
)

// ResendPlan is what a resend pass would do, by the ledger and at one time of the server's. Every account that the pass would judge
// is in one of its counts.
type ResendPlan struct {
	Campaign string
	At       time.Time   // the server's time by which it was made
	Due      int         // would be mailed now
	Open     int         // under way since an earlier run: found out first, and mailed at most where that one wasn't
	Later    map[Why]int // not due yet, and will be as things stand, by what stands against it now
	Never    map[Why]int // not due, and won't be as things stand
}

// PlanResend says whom [Resend] would mail, and shows each account on the way, in the order of the file, with the plan's time; see may
// be nil, and its error ends it. It writes nothing, so the ledger may be a copy. Of cfg it needs Ledger, Client and Brake, and heeds Exclude. It makes a few requests,
// for the server's time, and waits out an outage as Resend does; with a nil Client it makes none, and goes by this machine's
// clock. As in [Ledger.Calendar], each account is taken by itself, without the budget. Its errors are those of Resend,
// ErrNoTime, what the API's last answer was, and the cause of ctx.
func PlanResend(ctx context.Context, cfg Config, p Policy, name string, see func(one Reminder, at time.Time) error) (ResendPlan, error) {
	plan := ResendPlan{Campaign: name, Later: map[Why]int{}, Never: map[Why]int{}}
	c, err := cfg.Ledger.reminded(p, name)
	if err != nil {
		return plan, err
	}
	if plan.At = wall().UTC(); cfg.Client != nil {
		if plan.At, err = serverTime(ctx, cfg, c); err != nil {
			return plan, err
		}
	}
	for one, err := range cfg.Ledger.Calendar(c, p, cfg.Exclude, plan.At) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil && see != nil {
			err = see(one, plan.At)
		}
		if err != nil {
			return plan, err
		}
		plan.count(one)
	}
	return plan, nil
}

func (plan *ResendPlan) count(one Reminder) {
	switch v := one.Verdict; {
	case one.Record.Resend.Underway():
		plan.Open++
	case v.Due:
		plan.Due++
	case v.When.IsZero():
		plan.Never[v.Why]++
	default:
		plan.Later[v.Why]++
	}
}

// serverTime asks the API for its time.
func serverTime(ctx context.Context, cfg Config, c Campaign) (time.Time, error) {
	r, err := newLook(cfg, c)
	if err != nil {
		return time.Time{}, err
	}
	waiting, cancel := r.begin(ctx)
	defer cancel()
	r.phase("asking for the API's time")
	r.learnTime(waiting)
	if ctx.Err() != nil {
		return time.Time{}, context.Cause(ctx)
	}
	r.mu.Lock()
	why, cause := r.why, r.cause
	r.mu.Unlock()
	if why != "" { // also where the refusal of the credentials came with a time
		return time.Time{}, fmt.Errorf("ask for the API's time: %w", cause)
	}
	at, _, _ := r.server.at(r.now())
	return at.UTC(), nil
}
