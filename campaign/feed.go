package campaign

import (
	"iter"
	"time"
)

// feed yields the campaign's accounts that have something to do, in the order of the file. What was
// sent and not audited yet is noted for the audit.
func (r *run) feed() iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		var met bitset // several rows can name one account
		taken := 0
		for row, err := range r.l.Rows(r.campaign) {
			if err != nil {
				yield(nil, err)
				return
			}
			r.progress.Fed.Add(1)
			if row.Record == 0 || met.has(row.Record) {
				continue
			}
			rec, err := r.l.record(row.Record)
			if err != nil {
				yield(nil, err)
				return
			}
			rec.Account = row.Account
			todo := r.todo(row, rec)
			if todo == nothing || r.cfg.AuditOnly && todo != auditOnly {
				continue
			}
			met.set(row.Record)
			j := &job{account: Account{Record: rec}, durable: rec, number: row.Record}
			switch todo {
			case auditOnly:
				r.toAudit(row.Record)
				continue
			case sendIt:
				if taken++; r.cfg.Limit > 0 && taken > r.cfg.Limit {
					continue
				}
				err = r.newRound(j, row)
			case resolveIt:
				j.request, err = decodeRequest(rec.Request)
			}
			if !yield(j, err) || err != nil {
				return
			}
		}
	}
}

// todo is what a run has to do for a row's account.
type todo uint8

const (
	nothing   todo = iota
	sendIt         // its round is still to be begun
	resolveIt      // an attempt is in doubt
	auditOnly      // it was sent, and not looked at again since
)

func (r *run) todo(row Row, rec Record) todo {
	own := rec.Campaign == r.campaign.ID
	switch {
	case rec.State == Started: // also where the row was changed or is gone: what was sent was sent
		return resolveIt
	case rec.Posted() && own && (!rec.Audited || r.cfg.AuditAll):
		return auditOnly
	case r.sends(row, rec):
		return sendIt
	default:
		return nothing
	}
}

// sends says whether the row would be sent as things stand.
func (r *run) sends(row Row, rec Record) bool {
	return sends(row, rec, r.campaign.ID, r.cfg.RetryRefused, time.Now()) && !r.excluded(row)
}

func (r *run) excluded(row Row) bool {
	if r.cfg.Exclude == nil || row.Request == nil {
		return false
	}
	q, err := decodeRequest(row.Request)
	return err != nil || r.cfg.Exclude.Names(row.Account, q.Email)
}

// sends is the one place that says which rows a create pass sends. now is only compared with expiries
// far away from it: what lives is the guard's business.
func sends(row Row, rec Record, campaign uint64, retryRefused bool, now time.Time) bool {
	if !row.sendable() {
		return false
	}
	own := rec.Campaign == campaign
	switch rec.Current() {
	case Pending:
		return true
	case Refused: // a mended row is a new one
		return retryRefused || !own || digestOf(row.Request) != rec.Digest
	case Skipped: // another campaign may look again
		return !own
	case Created: // a later campaign opens a new round once the session has ended
		return !own && rec.Audited && rec.Session.over(now)
	default:
		return false
	}
}

// over says whether a session has ended without success, as far as the record knows.
func (s Session) over(now time.Time) bool {
	if s.Status == statusCompleted {
		return false
	}
	return s.Status == statusRevoked || !s.Expires.IsZero() && now.After(s.Expires.Add(graceAfter))
}

// newRound makes the job's record that of a round not begun yet, with what the row asks for.
func (r *run) newRound(j *job, row Row) error {
	q, err := decodeRequest(row.Request)
	if err != nil {
		return err
	}
	j.request = q.with(r.cfg.Defaults)
	round := j.account.Round
	if j.account.Current() != Pending || round == 0 {
		round++
	}
	j.account.Record = Record{
		Account: row.Account, State: Pending, Round: round, Campaign: r.campaign.ID, Digest: digestOf(row.Request),
	}
	return nil
}
