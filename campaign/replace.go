package campaign

import (
	"context"
	"fmt"
	"time"

	"kycbatch/checkpoint"
)

// Carried is what became of an order.
type Carried struct {
	Summary  Summary // of the pass over the order's accounts; its counts are of the whole campaign
	Accounts []Ordered
}

// Ordered is one account of an order, and where it stands.
type Ordered struct {
	Account string
	Only    bool   // nothing was to follow
	Before  string // id of the session that was to end; "" none lived
	After   string // id of the session that it has now, as far as is known; "" none
	End     OrderEnd
	Reason  string // in plain words; "" where there is nothing to say
}

// OrderEnd is where an order stands for one account.
type OrderEnd string

// The ends of an order.
const (
	OrderReplaced  OrderEnd = "replaced"  // it has its new session
	OrderRevoked   OrderEnd = "revoked"   // its session has ended, and nothing follows
	OrderCalledOff OrderEnd = "left"      // the session was left alone: a customer was faster, or somebody else's took its place
	OrderRefused   OrderEnd = "refused"   // the API refused the new session; the account has none now
	OrderUndecided OrderEnd = "undecided" // nobody knows whether it has a new session: a person has to look
	OrderOpen      OrderEnd = "pending"   // not finished: Resume, or the campaign's next create pass, goes on
)

// OrderEnds lists every end of an order, in the order in which a summary shows them.
func OrderEnds() []OrderEnd {
	return []OrderEnd{OrderReplaced, OrderRevoked, OrderCalledOff, OrderRefused, OrderUndecided, OrderOpen}
}

// CarryOut does what a plan says. First the whole order is made durable: each account is pending in a new round with
// what has to end, so that a crash at any moment after that is made good by Resume, or by the campaign's next create
// pass. Then the create pass goes over these accounts: look, DELETE, look, POST; and audits them. A session that does
// not look as the order allows when its DELETE would leave is left alone.
//
// As with Create, cancelling ctx drains, and what became of the accounts is in the answer also when the run was halted.
func CarryOut(ctx context.Context, cfg Config, plan OrderPlan) (Carried, error) {
	cfg.only = &bitset{}
	all := make([]Ordered, len(plan.Takes))
	for i, one := range plan.Takes {
		cfg.only.set(one.number)
		all[i] = Ordered{Account: one.Account, Only: plan.Order.Only, Before: one.Session.ID}
	}
	r, err := newRun(ctx, cfg, plan.Order.Campaign)
	if err != nil {
		return Carried{}, err
	}
	if err := r.accept(ctx, plan); err != nil {
		return Carried{}, err
	}
	return r.carry(ctx, all)
}

// Resume goes on with every order of a campaign that is not finished, and audits what was sent and not looked at since.
func Resume(ctx context.Context, cfg Config, name string) (Carried, error) {
	c, err := cfg.Ledger.Campaign(name)
	if err != nil {
		return Carried{}, err
	}
	cfg.only = &bitset{}
	var all []Ordered
	for row, err := range cfg.Ledger.Rows(c) {
		var rec Record
		if err == nil && row.Record > 0 {
			rec, err = cfg.Ledger.record(row.Record)
		}
		if err != nil {
			return Carried{}, err
		}
		if rec.Campaign != c.ID || !rec.unfinished() || cfg.only.has(row.Record) {
			continue
		}
		cfg.only.set(row.Record)
		if rec.End.byHand() {
			all = append(all, Ordered{Account: row.Account, Only: rec.End.Only, Before: rec.End.Session})
		}
	}
	r, err := newRun(ctx, cfg, name)
	if err != nil {
		return Carried{}, err
	}
	return r.carry(ctx, all)
}

// unfinished says whether something was begun for the account that is not at its end: an order, also where its new
// session lost its link, or the audit.
func (rec Record) unfinished() bool {
	if rec.Current() == Pending || rec.State == Started {
		return rec.replaces()
	}
	return rec.Posted() && !rec.Audited
}

// replaces says whether the round of a pending or started account began with a session that is to end, or has ended, on purpose.
func (rec Record) replaces() bool { return rec.End != (Ending{}) || rec.Orphans > 0 }

// accept makes the order durable, before anything of it is done: in one commit, for what is pending is carried out by
// whichever run comes next, also where the command that wrote half of it has failed.
func (r *run) accept(ctx context.Context, plan OrderPlan) error {
	var writes []checkpoint.Write
	for _, one := range plan.Takes {
		rec, err := r.ordered(one, plan.Order)
		if err != nil {
			return err
		}
		writes = append(writes, r.writes(one.number, one.before, &rec, nil)...)
	}
	if err := r.l.s.Put(ctx, writes...); err != nil {
		return fmt.Errorf("write the order down, for all its accounts or for none: %w", err)
	}
	return nil
}

// ordered is the record of an account for which an order was accepted.
func (r *run) ordered(one Planned, o Order) (Record, error) {
	rec := one.before
	if o.Email != "" {
		q, err := decodeRequest(one.row.Request)
		if err != nil {
			return rec, fmt.Errorf("account %s: %w", one.Account, err)
		}
		rec.Correction = Correction{}
		if q.Email != o.Email {
			rec.Correction = Correction{Wrong: q.Email, Right: o.Email}
		}
	}
	told, err := r.l.told(one.number)
	if err != nil {
		return rec, err
	}
	if told { // it stays where a run named it; the new round may have one of its own
		rec.Incident = ""
	}
	digest := rec.Digest
	if asked, err := rec.asked(one.row); err != nil {
		return rec, fmt.Errorf("account %s: %w", one.Account, err)
	} else if asked != nil { // what the row asks for now counts: it is sent, or it is what is revoked
		digest = digestOf(asked)
	}
	rec = rec.order(Ending{Session: one.Session.ID, Why: o.Why, Started: o.Started, Only: o.Only, Was: rec.Digest}, digest)
	rec.Run, rec.Changed = r.number, time.Now().UTC()
	return rec, nil
}

// carry makes the pass over the order's accounts, and says where they stand.
func (r *run) carry(ctx context.Context, all []Ordered) (Carried, error) {
	onlyEnds := true
	for _, one := range all {
		onlyEnds = onlyEnds && one.Only
	}
	r.proved.Store(onlyEnds) // there is no canary where nothing is created
	sum, err := r.create(ctx)
	for i := range all {
		if err == nil {
			err = r.l.standing(&all[i])
		}
	}
	return Carried{sum, all}, err
}

// standing fills in where an order stands for its account.
func (l *Ledger) standing(one *Ordered) error {
	rec, _, err := l.Record(one.Account)
	if err != nil {
		return err
	}
	one.Reason, one.After = rec.Reason, rec.Session.ID
	switch rec.Current() {
	case Withdrawn:
		one.End, one.After, one.Reason = OrderRevoked, "", ""
	case Created:
		if one.End = OrderReplaced; one.After == one.Before {
			one.End = OrderCalledOff
		}
	case Skipped:
		one.End = OrderCalledOff
	case Refused:
		one.End, one.After = OrderRefused, ""
	case Undecided:
		one.End = OrderUndecided
	default:
		one.End, one.After = OrderOpen, ""
	}
	return nil
}
