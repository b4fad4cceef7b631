package campaign

import (
	"iter"
	"slices"
	"strings"
	"time"

	"kycbatch/internal/intake"
)

// Remindable are the rows of a campaign that a resend pass has to judge, in their order: one an account, of those that this
// campaign created, with the owner that the policy names, in its newest file and on no exclusion list. What is under way is
// always among them; where its row is one that nobody may be mailed for, as OutcomeSkipped: it is only found out.
func (l *Ledger) Remindable(c Campaign, p Policy, exclude *intake.Exclusions) iter.Seq2[Result, error] {
	column := slices.Index(c.Header, p.Column)
	return func(yield func(Result, error) bool) {
		var met bitset // several rows can name one account
		for row, err := range l.Rows(c) {
			if err == nil && (row.Record == 0 || met.has(row.Record)) {
				continue
			}
			var rec Record
			if err == nil {
				rec, err = l.record(row.Record)
			}
			if err != nil {
				yield(Result{}, err)
				return
			}
			if rec.State != Created || rec.Campaign != c.ID {
				continue
			}
			owned := p.Column == "" || column >= 0 && column < len(row.Cells) && strings.TrimSpace(row.Cells[column]) == p.Value
			silent := row.Gone || row.Excluded || row.DuplicateOf > 0 || row.Problem != "" || excluded(exclude, row, rec) || !owned
			if silent && rec.Resend.First.IsZero() {
				continue
			}
			met.set(row.Record)
			res := Result{Row: row, Record: rec, Outcome: OutcomeAlready}
			if silent {
				res.Outcome = OutcomeSkipped
			}
			if !yield(res, nil) {
				return
			}
		}
	}
}

// Reminder is one account in the calendar of a resend pass.
type Reminder struct {
	Row     Row
	Record  Record
	Verdict Verdict   // when we remind, or why not
	API     time.Time // the next reminder of the API's own; zero: none is to come
}

// Calendar says who would get what when, by the policy and by what the ledger knows at the server's time now: every account that a
// resend pass would judge, in the order of the file. It takes each account by itself, without the daily cap and the window.
func (l *Ledger) Calendar(c Campaign, p Policy, exclude *intake.Exclusions, now time.Time) iter.Seq2[Reminder, error] {
	return func(yield func(Reminder, error) bool) {
		p, err := l.remembering(p, now)
		var book *addressBook
		if err == nil {
			book, err = newAddressBook(l, p)
		}
		if err != nil {
			yield(Reminder{}, err)
			return
		}
		for res, err := range l.Remindable(c, p, exclude) {
			one := Reminder{Row: res.Row, Record: res.Record}
			if err == nil {
				var others []time.Time
				if others, err = book.others(res.Record, now); err != nil {
					yield(Reminder{}, err)
					return
				}
				one.Verdict = p.Next(res.Record, others, now)
				for _, at := range res.Record.ServerReminders() {
					if at.After(now) && one.API.IsZero() {
						one.API = at
					}
				}
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}
