package campaign

import (
	"fmt"
	"iter"
	"time"

	"kycbatch/internal/intake"
)

// Summary is what a run did. The counts come from the ledger, not from memory: they add up to the rows.
type Summary struct {
	Campaign  string
	Rows      int
	Counts    map[Outcome]int
	Incidents []Incident // that no run has named before; name them, then call Ledger.Told
	Unaudited int        // accounts that were sent and still have to be looked at again
	Requests  int
	Elapsed   time.Duration
	Run       uint64 // its number, for Results
	Halt      Halt
	Cause     error // what the halt came from; its text holds no secret and no personal data

	untold []uint64
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
		for row, err := range l.Rows(c) {
			if left == 0 {
				return
			}
			left--
			var rec Record
			if err == nil && row.Record > 0 {
				rec, err = l.record(row.Record)
			}
			res := Result{Row: row, Record: rec}
			if err == nil {
				res.Outcome, err = outcome(c, row, rec, run, exclude)
			}
			if !yield(res, err) || err != nil {
				return
			}
		}
	}
}

func outcome(c Campaign, row Row, rec Record, run uint64, exclude *intake.Exclusions) (Outcome, error) {
	switch {
	case row.Problem != "":
		return OutcomeInvalid, nil
	case row.DuplicateOf > 0:
		return OutcomeAlready, nil
	case row.Excluded:
		return OutcomeSkipped, nil
	}
	switch rec.Current() {
	case Started:
		return OutcomeInDoubt, nil
	case Created:
		switch {
		case rec.Campaign == c.ID && digestOf(row.Request) != rec.Digest:
			return OutcomeConflict, nil
		case rec.Run != run:
			return OutcomeAlready, nil
		case rec.Adopted:
			return OutcomeAdopted, nil
		}
		return OutcomeCreated, nil
	case Refused:
		return OutcomeRefused, nil
	case Skipped:
		return OutcomeSkipped, nil
	case Undecided:
		return OutcomeUndecided, nil
	}
	if exclude != nil {
		q, err := decodeRequest(row.Request)
		if err != nil {
			return "", fmt.Errorf("line %d: %w", row.Line, err)
		}
		if exclude.Names(row.Account, q.Email) {
			return OutcomeSkipped, nil
		}
	}
	return OutcomePending, nil
}

// summarise counts the rows by what the ledger says of them.
func (r *run) summarise() (Summary, error) {
	s := Summary{
		Campaign: r.campaign.Name, Run: r.number, Counts: map[Outcome]int{}, Requests: int(r.progress.Requests.Load()),
		Elapsed: r.now(), Halt: r.why, Cause: r.cause,
	}
	for res, err := range r.l.Results(r.campaign, r.number, r.cfg.Exclude) {
		if err != nil {
			return s, fmt.Errorf("count the rows of campaign %q: %w", s.Campaign, err)
		}
		s.Rows++
		s.Counts[res.Outcome]++
		if rec := res.Record; rec.Posted() && rec.State != Started && !rec.Audited && rec.Campaign == r.campaign.ID {
			s.Unaudited++
		}
	}
	var err error
	s.Incidents, s.untold, err = r.l.untold()
	return s, err
}
