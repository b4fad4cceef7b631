package campaign

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"
)

// candidate is an account that is due as far as the ledger knows. They are many: it is kept small.
type candidate struct {
	number  uint64
	expires int64 // Unix seconds; the end of time where it is not known
	sent    int32 // how often it was reminded; less than 0: one is under way
	silent  bool  // that one is only to be found out
}

// candidates are the accounts to take up, the most urgent first.
func (r *run) candidates() ([]candidate, error) {
	book, err := newAddressBook(r.l, r.resend.policy)
	if err != nil {
		return nil, err
	}
	if r.resend.book = book; r.p.mutant == blindToAddress {
		book.entries = nil
	}
	from, to, _ := r.server.at(r.now())
	var all []candidate
	for row, err := range r.l.Remindable(r.campaign, r.resend.policy, r.cfg.Exclude) {
		if err != nil {
			return nil, err
		}
		rec := row.Record
		r.progress.Fed.Add(1)
		one := candidate{number: row.Row.Record, expires: math.MaxInt64, sent: int32(min(rec.Resend.Sent, math.MaxInt16))}
		if !rec.Session.Expires.IsZero() {
			one.expires = rec.Session.Expires.Unix()
		}
		if rec.Resend.Underway() {
			one.sent, one.silent = -1, row.Outcome == OutcomeSkipped
			all = append(all, one)
			continue
		}
		others, err := book.others(rec, to)
		if err != nil {
			return nil, err
		}
		if v := r.resend.judge(rec, others, from, to); !v.Due {
			r.resend.why[v.Why]++
			continue
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.sent, y.sent), cmp.Compare(x.expires, y.expires))
	})
	return all, nil
}

// feedResends yields the candidates. With the budget used up, or at the limit, only what is under way is still taken up.
func (r *run) feedResends(due []candidate) iter.Seq2[*job, error] {
	r.resend.left = len(due)
	return func(yield func(*job, error) bool) {
		taken := 0
		for _, c := range due {
			if c.sent >= 0 && (r.cfg.Limit != 0 && taken >= max(0, r.cfg.Limit) || r.allowance.turnsAway(wall())) {
				return
			}
			rec, err := r.l.record(c.number)
			if err == nil && c.sent >= 0 {
				taken++
			}
			r.resend.take()
			if !yield(&job{account: Account{Record: rec}, durable: rec, number: c.number, resend: &Resending{Record: rec, silent: c.silent}}, err) || err != nil {
				return
			}
		}
	}
}

func (p *resendPass) take() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left--
}

// due is the policy, with what is known of the address. Who is due has its place in the address's calendar until it ends, so that two
// accounts with one address don't both take the last one.
func (p *resendPass) due(rec Record, from, to time.Time) Verdict {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	others, err := p.book.around(rec, to)
	if err != nil {
		return Verdict{Why: WhyAddress} // the next write ends the run
	}
	v := p.judge(rec, others, from, to)
	if v.Due {
		p.book.reserve(rec, to)
	}
	return v
}

func (p *resendPass) judge(rec Record, others []time.Time, from, to time.Time) Verdict {
	if p.mutant == blindToReminders {
		rec.Reminders = nil
	}
	return p.policy.Judge(rec, others, from, to)
}
