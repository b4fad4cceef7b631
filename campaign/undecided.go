package campaign

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"

	"kycbatch/checkpoint"
)

// Undecided yields the record of every undecided account, with the name of the campaign whose row was sent; of one
// campaign alone where a name is given.
func (l *Ledger) Undecided(campaign string) iter.Seq2[UndecidedAccount, error] {
	return func(yield func(UndecidedAccount, error) bool) {
		names, err := l.campaignNames()
		if err != nil {
			yield(UndecidedAccount{}, err)
			return
		}
		for e, err := range l.s.Scan(checkpoint.Records, nil, nil) {
			var rec Record
			if err == nil {
				rec, err = decodeRecord(e.Value)
			}
			if err != nil {
				yield(UndecidedAccount{}, fmt.Errorf("read the records: %w", err))
				return
			}
			name := names[rec.Campaign]
			if rec.State != Undecided || campaign != "" && campaign != name {
				continue
			}
			if !yield(UndecidedAccount{name, rec}, nil) {
				return
			}
		}
	}
}

// UndecidedAccount is an account that waits for a person's word.
type UndecidedAccount struct {
	Campaign string
	Record   Record
}

func (l *Ledger) campaignNames() (map[uint64]string, error) {
	all, err := l.Campaigns()
	names := map[uint64]string{}
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// Resolution is a decision about one account, and afterwards what became of it.
type Resolution struct {
	Account  string
	Decision Decision

	Done   bool   // the account was undecided, and is not any more
	Record Record // as it is now; the zero Record for an account that no file ever named
	Note   string // what stood in the way, or what to know of an account that was adopted, in plain words
}

// Resolve carries out what a person decided about undecided accounts, each after a fresh look at the API. Nothing is
// sent but looks: a retry makes the account pending, and the next create pass sends it. Of cfg it needs what a create
// pass needs, but no campaign's settings and no Dir: the links of every campaign are looked for in dataDir. Each
// resolution is filled in where it stands; of several about one account the first is carried out.
func Resolve(ctx context.Context, cfg Config, dataDir string, all []Resolution) (Summary, error) {
	r, err := newNumberedRun(ctx, cfg, Campaign{})
	if err != nil {
		return Summary{}, err
	}
	r.everyLink = newEveryLink(filepath.Join(dataDir, campaignsFolder))
	waiting, cancel := r.begin(ctx)
	defer cancel()
	r.proved.Store(true) // nothing is sent: all workers may look
	r.progress.Rows.Store(int64(len(all)))
	if r.waitOutSuspicion(waiting) {
		r.phase("looking at undecided accounts")
		r.pass(waiting, func() iter.Seq2[*job, error] { return r.feedResolutions(all) })
		if waiting.Err() == nil {
			r.phase("auditing")
			r.audit(waiting)
		}
	}
	if ctx.Err() != nil {
		r.halt(HaltDrained, nil)
	}
	for i := range all {
		if err := r.fillIn(&all[i]); err != nil {
			return Summary{}, err
		}
	}
	sum := Summary{Run: r.number, Rows: len(all), Requests: int(r.progress.Requests.Load()), Elapsed: r.now(), Halt: r.why, Cause: r.cause}
	if sum.Incidents, sum.untold, err = r.l.untold(); err == nil {
		r.tellEnd(ctx, &sum)
	}
	return sum, err
}

func (r *run) feedResolutions(all []Resolution) iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		var met bitset
		for _, one := range all {
			n, err := r.l.number(one.Account)
			if err == nil && (n == 0 || met.has(n)) {
				continue
			}
			met.set(n)
			var rec Record
			if err == nil {
				rec, err = r.l.record(n)
			}
			if err == nil && rec.State != Undecided {
				continue
			}
			r.progress.Fed.Add(1)
			j := &job{account: Account{Record: rec}, durable: rec, number: n, decision: one.Decision}
			if !yield(j, err) || err != nil {
				return
			}
		}
	}
}

func (r *run) fillIn(one *Resolution) error {
	rec, known, err := r.l.Record(one.Account)
	if err != nil {
		return err
	}
	one.Record, one.Done = rec, rec.Run == r.number && rec.State != Undecided
	switch {
	case one.Done && rec.State == Created:
		one.Note = rec.Reason
	case one.Done:
	case !known:
		one.Note = "no file ever named this account"
	case rec.State != Undecided:
		one.Note = "it is " + string(rec.Current()) + ", not undecided"
	case rec.Run != r.number && r.why != "":
		one.Note = "not looked at: " + string(r.why)
	case rec.Run != r.number:
		one.Note = "the API could not be read"
	default:
		one.Note = rec.Reason
	}
	return nil
}
