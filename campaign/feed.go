package campaign

import (
	"iter"
	"slices"
	"time"

	"kycbatch/internal/intake"
)

// feed yields the campaign's accounts that have something to do, in the order of the file. What was
// sent and not audited yet is noted for the audit.
func (r *run) feed() iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		var met bitset // several rows can name one account
		records := r.l.onward()
		defer records.close()
		r.progress.Fed.Add(int64(r.settled.already + r.settled.conflicts))
		for at, err := range r.l.rowsAt(r.campaign, r.settled.open) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := at.Row
			r.progress.Fed.Add(1)
			if row.Record == 0 || met.has(row.Record) || r.cfg.only != nil && !r.cfg.only.has(row.Record) {
				continue
			}
			rec, err := records.record(row.Record)
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
				if !r.within(row, rec) {
					continue
				}
				err = r.newRound(j, row)
			case endIt: // nothing follows, so there is nothing to ask for
			case tellIt:
				j.account.barred = row.barred(r.cfg.Exclude, rec)
			case resolveIt:
				j.request, err = decodeRequest(rec.Request)
				j.account.held = r.held(row, rec)
				if err == nil {
					j.account.hold, err = r.holds(rec.Campaign)
				}
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
	endIt          // a person wants its session ended, and nothing more
	tellIt         // its session was to be replaced, and its row can't be sent any more: a person has to know
)

func (r *run) todo(row Row, rec Record) todo {
	switch {
	case rec.State == Started: // also where the row was changed or is gone: what was sent was sent
		return resolveIt
	case rec.Current() == Pending && rec.End.Only: // whatever became of the row
		if rec.Campaign == r.campaign.ID {
			return endIt
		}
		return nothing
	case sends(row, rec, r.campaign.ID, r.cfg.RetryRefused, r.cfg.Exclude, time.Now()):
		return sendIt
	case rec.Current() == Pending && rec.End.byHand() && rec.Campaign == r.campaign.ID && row.DuplicateOf == 0:
		return tellIt
	case rec.Posted() && rec.Campaign == r.campaign.ID && (!rec.Audited || r.cfg.AuditAll):
		return auditOnly
	default:
		return nothing
	}
}

// sends is the one place that says which rows a create pass sends. now is only compared with expiries
// far away from it: what lives is the guard's business.
func sends(row Row, rec Record, campaign uint64, retryRefused bool, exclude *intake.Exclusions, now time.Time) bool {
	if !row.sendable() || excluded(exclude, row, rec) {
		return false
	}
	own := rec.Campaign == campaign
	switch rec.Current() {
	case Pending: // what a person ordered is done by the campaign that it was ordered for
		return own && !rec.End.Only || !rec.End.byHand()
	case Refused: // a mended row is a new one; what no POST left for is never audited
		return (own || rec.Audited || rec.Attempt == 0) && (retryRefused || rec.changed(row) && !rec.purged())
	case Skipped: // another campaign may look again
		return !own
	case Withdrawn: // a mended row is a new one
		return !own || rec.changed(row) && !rec.purged()
	case Created: // a later campaign opens a new round once the session has ended
		return !own && rec.Audited && rec.Session.over(now)
	default:
		return false
	}
}

// barred says in words, without what its cells hold, why a row is not sent now, whatever its account's state; "" it may be.
func (row Row) barred(exclude *intake.Exclusions, rec Record) string {
	switch {
	case row.Purged != "":
		return "what its row asked for was purged"
	case row.Problem != "":
		return "its row is invalid"
	case row.Gone:
		return "its row is gone from the campaign's file"
	case row.Excluded || excluded(exclude, row, rec):
		return excludedInWords
	}
	return ""
}

const excludedInWords = "it, or its address, is on the exclusion list"

// excluded says whether a list names a row's account, its address, or the one that is meant instead.
func excluded(list *intake.Exclusions, row Row, rec Record) bool {
	return excludes(list, row.Account, row.Request) || rec.Correction.Right != "" && list.Names(row.Account, rec.Correction.Right)
}

// excludes says whether a list names an account or the address of a request. A request that can't be read
// is excluded: it can't be sent either.
func excludes(list *intake.Exclusions, account string, request []byte) bool {
	if list == nil || request == nil {
		return false
	}
	q, err := decodeRequest(request)
	return err != nil || list.Names(account, q.Email)
}

// over says whether a session has ended without success, as far as the record knows.
func (s Session) over(now time.Time) bool {
	if s.Status == statusCompleted {
		return false
	}
	return s.Status == statusRevoked || !s.Expires.IsZero() && now.After(s.Expires.Add(graceAfter))
}

// held says whether what is in doubt may only be found out, and not be sent again: the row is on the
// exclusion list, gone, broken or changed since, or it is another campaign's attempt.
func (r *run) held(row Row, rec Record) bool {
	return !row.sendable() || rec.Campaign != r.campaign.ID || rec.changed(row) ||
		excluded(r.cfg.Exclude, row, rec) || excludes(r.cfg.Exclude, row.Account, rec.Request)
}

// holds says whether a campaign never sends a second request, whichever campaign's run it is that finds out.
func (r *run) holds(campaign uint64) (bool, error) {
	if campaign == r.campaign.ID {
		return r.campaign.Settings.Hold, nil
	}
	all, err := r.l.Campaigns()
	i := slices.IndexFunc(all, func(c Campaign) bool { return c.ID == campaign })
	return i >= 0 && all[i].Settings.Hold, err
}

// newRound makes the job's record that of a round not begun yet, with what the row asks for.
func (r *run) newRound(j *job, row Row) error {
	asked, err := j.account.asked(row)
	if err != nil {
		return err
	}
	q, err := decodeRequest(asked)
	if err != nil {
		return err
	}
	j.request = q.with(r.campaign.Settings)
	round := j.account.Round
	if j.account.Current() != Pending || round == 0 {
		round++
	}
	next := Record{
		Account: row.Account, State: Pending, Round: round, Campaign: r.campaign.ID, Digest: digestOf(asked),
		Redirect: j.request.RedirectURL != "", Correction: j.account.Correction,
	}.keeping(j.account.Record)
	if now := j.account.Record; now.Current() == Pending { // begun already, with something to end first
		next.End, next.Orphans, next.Guard, next.Incident, next.Session = now.End, now.Orphans, now.Guard, now.Incident, now.Session
	}
	j.account.Record = next
	return nil
}
