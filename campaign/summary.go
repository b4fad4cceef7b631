package campaign

import (
	"fmt"
	"iter"
	"time"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
)

// Summary is what a run did. The counts come from the ledger, not from memory: they add up to the rows.
type Summary struct {
	Campaign  string
	Rows      int
	Counts    map[Outcome]int
	Incidents []Incident // that no run has named before; name them, then call Ledger.Told
	// GoneInDoubt counts rows that are in doubt and gone from the newest file, beside Rows: the next run
	// looks at them again.
	GoneInDoubt int
	Unaudited   int // accounts that were sent and still have to be looked at again
	Redirect    bool
	Links       int // of a redirect campaign: lines of links.csv, one live link each
	LinksLost   int // of a redirect campaign: accounts whose session lives and whose link is not in links.csv
	Orphans     int // of a redirect campaign: sessions that were replaced, in all runs, because their link was lost with their answer
	Requests    int
	Elapsed     time.Duration
	Run         uint64  // its number, for Results
	Closed      *Closed // why rows stay pending that the budget of mails had no place for; nil: it had one for all
	Halt        Halt
	Cause       error // what the halt came from; its text holds no secret and no personal data

	untold  []uint64
	settled []checkpoint.Write // what the next run need not count again, if it is not known yet
}

// Result is a row with what is known of it.
type Result struct {
	Row     Row
	Record  Record
	Outcome Outcome
}

// Results are the rows of the campaign's newest file, in its order. run is the run to which "created" and
// "adopted" refer; 0 none, which makes them "already". exclude may be nil.
func (l *Ledger) Results(c Campaign, run uint64, exclude *intake.Exclusions) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		left := c.Rows
		records := l.onward()
		defer records.close()
		for row, err := range l.Rows(c) {
			if left == 0 {
				return
			}
			left--
			var rec Record
			if err == nil && row.Record > 0 {
				rec, err = records.record(row.Record)
			}
			res := Result{Row: row, Record: rec}
			if err == nil {
				res.Outcome = outcome(c, row, rec, run, exclude)
			}
			if !yield(res, err) || err != nil {
				return
			}
		}
	}
}

// outcome says what became of a row. What was sent comes first: no later change of the file hides it.
func outcome(c Campaign, row Row, rec Record, run uint64, exclude *intake.Exclusions) Outcome {
	if row.Purged != "" {
		return row.Purged
	}
	own := rec.Campaign == c.ID
	switch rec.Current() {
	case Started:
		if own || row.sendable() {
			return OutcomeInDoubt
		}
	case Pending:
		switch {
		case !rec.End.byHand():
		case !own && row.sendable(): // that campaign's business, as long as it lasts
			return OutcomeAlready
		case own && rec.End.Only:
			return OutcomeInDoubt
		}
	case Created:
		switch {
		case row.DuplicateOf > 0 || !own && row.sendable():
			return OutcomeAlready
		case !own:
		case row.Problem != "" || !row.Excluded && rec.changed(row):
			return OutcomeConflict
		case rec.Run != run:
			return OutcomeAlready
		case rec.Adopted:
			return OutcomeAdopted
		default:
			return OutcomeCreated
		}
	case Undecided:
		if own || row.sendable() {
			return OutcomeUndecided
		}
	}
	switch {
	case row.Problem != "":
		return OutcomeInvalid
	case row.Excluded || excluded(exclude, row, rec) || rec.State == Skipped || rec.State == Withdrawn:
		return OutcomeSkipped
	case rec.State == Refused:
		return OutcomeRefused
	default:
		return OutcomePending
	}
}

// summarise counts the rows by what the ledger says of them.
func (r *run) summarise() (Summary, error) {
	s := Summary{
		Campaign: r.campaign.Name, Redirect: r.campaign.Settings.Redirect(), Run: r.number, Counts: map[Outcome]int{},
		Requests: int(r.progress.Requests.Load()), Elapsed: r.now(), Closed: r.allowance.closed(wall()),
	}
	r.mu.Lock()
	s.Halt, s.Cause = r.why, r.cause
	r.mu.Unlock()
	known := r.settled
	s.Rows = known.count(s.Counts)
	s.Orphans, s.LinksLost = int(known.orphans), int(known.needLinks)
	next := known.begin()
	var err error
	if next.rows, next.records, err = r.l.changes(); err != nil {
		return s, err
	}
	var met bitset // several rows can name one account
	records := r.l.onward()
	defer records.close()
	for row, err := range r.l.rowsAt(r.campaign, known.open) {
		var rec Record
		if err == nil && row.Record > 0 {
			rec, err = records.record(row.Record)
		}
		if err != nil {
			return s, fmt.Errorf("count the rows of campaign %q: %w", s.Campaign, err)
		}
		next.add(r.campaign, row.index, row.Row, rec)
		if !row.Gone {
			s.Rows++
			if row.DuplicateOf == 0 {
				s.Orphans += rec.Orphans
				if rec.Campaign == r.campaign.ID && rec.needsLink() {
					s.LinksLost++ // less those that are there, see tidyLinks
				}
			}
			s.Counts[outcome(r.campaign, row.Row, rec, r.number, r.cfg.Exclude)]++
		} else if rec.State == Started {
			s.GoneInDoubt++
		}
		if rec.Posted() && rec.State != Started && !rec.Audited && rec.Campaign == r.campaign.ID && !met.has(row.Record) {
			met.set(row.Record)
			s.Unaudited++
		}
	}
	if w, worth := next.write(r.campaign); worth && !next.equal(known) {
		s.settled = append(s.settled, w)
	}
	s.Incidents, s.untold, err = r.l.untold()
	return s, err
}
