package campaign

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"kycbatch/checkpoint"
	"kycbatch/internal/vobiz"
)

// beginAudit takes up an account whose POST had a definite end, for one more look (design, rule 6).
func (p *Protocol) beginAudit(a *Account, e *Event) Action {
	*a = Account{Record: a.Record, left: e.Left, phase: auditing}
	switch {
	case a.Audited || !a.Posted() || a.State == Started:
		return Action{Kind: End}
	case p.auditsLate(a) && e.Now <= a.left+p.Settle:
		return Action{Kind: Wait, Until: a.left + p.Settle + 1}
	}
	return Action{Kind: List}
}

// auditsLate says whether a POST of the account may still take effect after its definite end.
func (p *Protocol) auditsLate(a *Account) bool { return a.Attempt > 1 || a.State == Undecided }

// incidentStranger is told of a session that appeared beside ours.
const incidentStranger = "somebody else created a session for the account at the same time; it may be revoked by ours"

// audit is the look after everything: is the session that we believe in there, alone and unrevoked?
func (p *Protocol) audit(a *Account, e *Event) Action {
	if e.Look.Began < a.left || p.auditsLate(a) && e.Look.Began <= a.left+p.Settle {
		return Action{Kind: List} // older than what it has to show
	}
	ours := p.ours(a, e.Look)
	if len(ours) == 0 && a.State != Created { // refused or undecided: still nothing of ours
		a.Audited = true
		return p.decide(a)
	}
	switch s, shown := e.Look.find(a.Session.ID); {
	case a.State != Created || slices.ContainsFunc(ours, func(s Seen) bool { return s.ID == a.Session.ID }):
	case shown:
		return p.auditForeign(a, s, e.Look)
	default:
		if wait, settled := p.settle(a, e); !settled {
			return wait
		}
		a.Incident = "the session that we created is not listed any more"
		if len(ours) == 0 {
			a.Audited = true
			return p.decide(a)
		}
	}
	// From here on at least one session of this round is there; the first one matters most.
	had := a.Session
	a.takeOver(ours[0], e.Look)
	if len(ours) > 1 && !a.revokeTold(had) {
		a.Incident = "more than one of our own requests worked: the customer was mailed more than once"
	} else {
		a.judgeRevoke(p.Ledger, had, e.Look.Sessions, e.Look.To, incidentRevoked)
	}
	others := func(s Seen) bool { return !a.supersededBy(p.Ledger, s) }
	if a.Incident == "" && slices.ContainsFunc(p.strangers(a, e.Look), others) {
		a.Incident = incidentStranger
	}
	if a.State != Created {
		if a.Redirect && !ours[0].Linked && ours[0].Status != statusCompleted {
			if had.ID != ours[0].ID { // or its reason is on record, and says more
				a.Reason = "a request that seemed lost has worked, and the link of its session was lost with its answer"
			}
			a.State, a.Audited = Undecided, true
			return p.decide(a)
		}
		a.Adopted, a.Reason = true, ""
	}
	a.State, a.Audited = Created, true
	return p.decide(a)
}

// auditForeign looks at a session that carries no attempt id of this round: a person adopted it.
func (p *Protocol) auditForeign(a *Account, s Seen, l Look) Action {
	had := a.Session
	a.takeOver(s, l)
	a.judgeRevoke(p.Ledger, had, l.Sessions, l.To, incidentAdoptedRevoked)
	a.Audited = true
	return p.decide(a)
}

// takeOver takes over what an audit shows of the record's session, or takes the session for the record's own.
func (rec *Record) takeOver(s Seen, l Look) {
	if s.ID != rec.Session.ID {
		rec.Session = s.Session
	}
	rec.follow(s.Session, l.From, l.To)
}

// audit looks at every account that was POSTed once more (design, rule 6), by reading the whole list
// where that takes fewer requests.
func (r *run) audit(ctx context.Context) {
	n := r.audits.count()
	r.progress.ToAudit.Store(int64(n))
	if n == 0 {
		return
	}
	defer r.proved.Store(r.proved.Load())
	r.proved.Store(true) // nothing is sent meanwhile: all workers may look
	r.sweep = sweep{}
	defer func() { r.audits = bitset{} }() // what could not be audited, the next feed finds in the ledger
	if r.fewerPages(ctx, n) && !r.certify(ctx) {
		return
	}
	r.pass(ctx, r.feedAudits)
}

// certify reads the whole list and audits the plain cases with it: the session of a single attempt is there,
// unrevoked, and no other one is new. The rest stay on the audit's list and are looked at by themselves. It
// keeps four bits an account, however long the list is. It says false where the ledger failed.
func (r *run) certify(ctx context.Context) bool {
	var plain, other, met bitset
	var failed error
	listing, err := readListing(ctx, r.listPage, func(vobiz.Session) {}, func(v vobiz.Session) (known, again bool) {
		n, err := r.l.number(v.AccountAuthID)
		if err != nil || n == 0 || !r.audits.has(n) {
			failed = errors.Join(failed, err)
			return false, false
		}
		rec, err := r.l.record(n)
		failed = errors.Join(failed, err)
		s := seenOf(v)
		known, again = s.ID == rec.Session.ID, met.has(n)
		switch {
		case known && s.Status != statusRevoked && r.p.plain(rec):
			plain.set(n)
		case !slices.Contains(rec.Guard, s.ID):
			other.set(n)
		}
		if known {
			met.set(n)
		}
		return known, again
	})
	if failed == nil && err == nil {
		err, failed = r.underOneAccount(listing, &met)
	}
	if failed != nil {
		r.halt(HaltLedger, failed)
		return false
	}
	if err != nil {
		return true
	}
	var writes []checkpoint.Write
	var certified int64
	flush := func() bool {
		if err := r.l.s.Put(finishing(ctx), writes...); err != nil {
			r.halt(HaltLedger, err)
			return false
		}
		r.progress.Audited.Add(certified)
		writes, certified = writes[:0], 0
		return true
	}
	for n := range r.audits.all() {
		if plain.has(n) && !other.has(n) {
			rec, err := r.l.record(n)
			if err != nil {
				r.halt(HaltLedger, err)
				return false
			}
			before := rec
			rec.Audited, rec.Changed = true, time.Now().UTC()
			before.Audited = false // with AuditAll it was audited before: this is another look
			writes = append(writes, r.writes(n, before, &rec, nil)...)
			certified++
			r.audits.clear(n)
		}
		if len(writes) >= importChunk && !flush() {
			return false
		}
	}
	return len(writes) == 0 || flush()
}

// underOneAccount refuses a list in which the session of a record is also one of another account's: the count that proves a list whole
// has it twice then.
func (r *run) underOneAccount(listing *vobiz.Listing, met *bitset) (refused, failed error) {
	if listing.Len() == met.count() {
		return nil, nil // none but ours
	}
	for n := range met.all() {
		switch rec, err := r.l.record(n); {
		case err != nil:
			return nil, err
		case listing.Met(rec.Session.ID):
			return fmt.Errorf("%w: one session under two accounts", vobiz.ErrIncomplete), nil
		}
	}
	return nil, nil
}

// plain says whether one look at any time after the POST is enough for an audit.
func (p *Protocol) plain(rec Record) bool { return rec.State == Created && rec.Attempt == 1 }

// toAudit notes a record for the audit. Feed and workers both do.
func (r *run) toAudit(number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.audits.set(number)
}

// fewerPages asks for one page to learn whether there are fewer than n.
func (r *run) fewerPages(ctx context.Context, n int) bool {
	if n < 3 {
		return false
	}
	page, err := r.listPage(ctx, vobiz.ListQuery{Page: 1, Size: 1})
	return err == nil && (page.Total+sweepPage-1)/sweepPage+1 < n
}

func (r *run) feedAudits() iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		for n := range r.audits.all() {
			rec, err := r.l.record(n)
			rec.Audited = false // with AuditAll it was audited before: this is another look
			j := &job{account: Account{Record: rec}, durable: rec, number: n, audit: true}
			if !yield(j, err) || err != nil {
				return
			}
		}
	}
}
