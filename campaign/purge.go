package campaign

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kycbatch/internal/intake"
)

// Purge says what personal data is to be removed from the ledger, of one campaign. Of a row that is purged stay its line, its
// account and its outcome; of an account the record with its state, its session's id and its times. So every count stays as it
// was, and nothing that was sent is sent again.
type Purge struct {
	Campaign string
	Before   time.Time // what ended later, by the server's clock or this machine's, is left as it is
	Keep     []string  // columns of the file whose cells stay, as [intake.SameColumn] compares them: counts go by them
}

// PurgePlan is what a purge would do. Making one changes nothing.
type PurgePlan struct {
	Purge    Purge
	Rows     int               // whose personal data would be removed
	Accounts int               // whose record would be purged: the campaign's own, once each
	Left     map[PurgeLeft]int // rows that would be left as they are, by why
	Columns  []string          // of the file, those whose cells stay
}

// PurgeLeft is why a row is left as it is.
type PurgeLeft string

// The reasons, in the order in which a plan shows them.
const (
	LeftOpen   PurgeLeft = "open"   // something is still to be done for its account: pending, in doubt, undecided, not audited
	LeftLive   PurgeLeft = "live"   // its session has not ended, as far as is known; only the API knows better
	LeftRecent PurgeLeft = "recent" // it has ended, but not long enough ago
	LeftPurged PurgeLeft = "purged" // it was purged before
)

// PurgeLefts lists every reason, in the order in which a plan shows them.
func PurgeLefts() []PurgeLeft { return []PurgeLeft{LeftOpen, LeftLive, LeftRecent, LeftPurged} }

// PlanPurge finds the rows that a purge would be about. It asks the ledger only. ErrNoCampaign; a column to keep that the file
// does not have is no error, and missing in the plan's Columns.
func (l *Ledger) PlanPurge(what Purge) (PurgePlan, error) {
	p, err := l.newPurger(what)
	if err != nil {
		return PurgePlan{}, err
	}
	plan := PurgePlan{Purge: what, Left: map[PurgeLeft]int{}}
	for i, keep := range p.keep {
		if keep {
			plan.Columns = append(plan.Columns, p.c.Header[i])
		}
	}
	var met bitset // several rows can name one account
	for row, err := range l.Rows(p.c) {
		if err != nil {
			return plan, err
		}
		rec, left, err := p.judge(row)
		if err != nil {
			return plan, err
		}
		if left != "" {
			plan.Left[left]++
		} else {
			plan.Rows++
		}
		if p.takes(rec, left) && !met.has(row.Record) {
			met.set(row.Record)
			plan.Accounts++
		}
	}
	return plan, nil
}

// purged says whether what is personal of the account was removed. Rows of the same campaign that come in later can't be
// compared with what was sent: each counts as changed, and none is sent.
func (rec Record) purged() bool { return rec.Campaign > 0 && rec.Digest == (Digest{}) }

// purger judges the rows of one campaign.
type purger struct {
	l       *Ledger
	c       Campaign
	before  time.Time
	keep    []bool // by column
	waiting bitset // numbers of records that some campaign's row is still to be sent for
}

func (l *Ledger) newPurger(what Purge) (*purger, error) {
	c, err := l.Campaign(what.Campaign)
	if err != nil {
		return nil, err
	}
	p := &purger{l: l, c: c, before: what.Before, keep: make([]bool, len(c.Header))}
	for i, column := range c.Header {
		p.keep[i] = slices.ContainsFunc(what.Keep, func(name string) bool { return intake.SameColumn(name, column) })
	}
	return p, p.findWaiting()
}

// findWaiting notes the accounts that a create pass would still send for, whichever campaign's row it is: it needs what
// the record knows, such as a corrected address.
func (p *purger) findWaiting() error {
	all, err := p.l.Campaigns()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, c := range all {
		for row, err := range p.l.Rows(c) {
			var rec Record
			if err == nil && row.Record > 0 {
				rec, err = p.l.record(row.Record)
			}
			if err != nil {
				return err
			}
			if row.Record > 0 && sends(row, rec, c.ID, false, nil, now) {
				p.waiting.set(row.Record)
			}
		}
	}
	return nil
}

// judge says why a row is left as it is; "" where it is purged.
func (p *purger) judge(row Row) (rec Record, left PurgeLeft, err error) {
	if row.Record > 0 {
		if rec, err = p.l.record(row.Record); err != nil {
			return rec, "", err
		}
	}
	if row.Purged != "" {
		return rec, LeftPurged, nil
	}
	ended, left := p.c.Imported, PurgeLeft("")
	switch {
	case p.waiting.has(row.Record):
		left = LeftOpen
	case rec.Campaign > 0: // otherwise nothing was ever done for it: the row is invalid, excluded, gone, or stands for nothing
		ended, left = rec.workEnded()
	}
	if left == "" && !ended.Before(p.before) {
		left = LeftRecent
	}
	return rec, left, nil
}

// workEnded says when the last thing happened that the record knows of, or why it may not have happened yet. A session
// that has expired by the clock alone may have been completed before: only a look at the API ends it.
func (rec Record) workEnded() (ended time.Time, left PurgeLeft) {
	switch rec.Current() {
	case Created, Skipped:
		if rec.Session.Ended.IsZero() && !rec.Session.hasEnded(time.Time{}) {
			return ended, LeftLive
		}
		ended = cmp.Or(rec.Session.Completed, rec.Session.Ended, rec.Changed)
		if rec.State == Skipped { // the session is somebody else's, and may have ended long before
			ended = rec.Changed
		}
	case Refused, Withdrawn:
		ended = rec.Changed
	default:
		return ended, LeftOpen
	}
	if rec.Posted() && !rec.Audited {
		return ended, LeftOpen
	}
	if n := len(rec.Mails); n > 0 && rec.Mails[n-1].After(ended) { // a cap on mails of an address may still count it
		ended = rec.Mails[n-1]
	}
	return ended, ""
}

// takes says whether the record of a row goes with it: it is the campaign's own. One whose row was purged and that was not is
// what a purge left that was cut short.
func (p *purger) takes(rec Record, left PurgeLeft) bool {
	return (left == "" || left == LeftPurged) && rec.Campaign == p.c.ID && !rec.purged()
}

// strip removes what is personal from a row. Its outcome stays what it is now, for there is nothing left to tell it by.
func (p *purger) strip(row Row, rec Record) Row {
	cells := make([]string, min(len(row.Cells), len(p.c.Header)))
	for i := range cells {
		if p.keep[i] || row.Account != "" && strings.TrimSpace(row.Cells[i]) == row.Account {
			cells[i] = row.Cells[i]
		}
	}
	row.Purged = outcome(p.c, row, rec, 0, nil)
	row.Cells, row.Request = cells, nil
	return row
}

// strip removes what is personal from a record.
func (rec Record) strip() Record {
	if rec.Session.ID != "" && rec.Session.Ended.IsZero() {
		rec.Session.Ended = cmp.Or(rec.Session.Completed, rec.Changed) // so nobody asks for it again, and keeps what is answered
	}
	rec.Request, rec.Digest, rec.Correction, rec.Address, rec.Verified = nil, Digest{}, Correction{}, "", nil
	return rec
}

// Missing are the columns to keep that the campaign's file does not have.
func (p PurgePlan) Missing() (missing []string) {
	for _, name := range p.Purge.Keep {
		if !slices.ContainsFunc(p.Columns, func(column string) bool { return intake.SameColumn(name, column) }) {
			missing = append(missing, name)
		}
	}
	return missing
}
