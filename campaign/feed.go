package campaign

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"kycbatch/internal/vobiz"
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

// audit looks at every account that was POSTed once more (design, rule 6), by reading the whole list
// where that takes fewer requests.
func (r *run) audit(ctx context.Context) {
	r.progress.ToAudit.Store(int64(len(r.audits)))
	if len(r.audits) == 0 {
		return
	}
	r.proved.Store(true) // nothing is sent any more: all workers may look
	if r.fewerPages(ctx) {
		wanted := map[string]bool{}
		for _, n := range r.audits {
			if rec, err := r.l.record(n); err == nil {
				wanted[rec.Account] = true
			}
		}
		r.sweepFor(ctx, func(account string) bool { return wanted[account] })
	}
	r.pass(ctx, r.feedAudits)
}

// toAudit notes a record for the audit. Feed and workers both do.
func (r *run) toAudit(number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.audits = append(r.audits, number)
}

// fewerPages asks for one page to learn how many there are.
func (r *run) fewerPages(ctx context.Context) bool {
	if len(r.audits) < 3 {
		return false
	}
	page, _, err := r.listPage(ctx, vobiz.ListQuery{Page: 1, Size: 1})
	return err == nil && (page.Total+sweepPage-1)/sweepPage+1 < len(r.audits)
}

func (r *run) feedAudits() iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		for _, n := range r.audits {
			rec, err := r.l.record(n)
			j := &job{account: Account{Record: rec}, durable: rec, number: n, audit: true}
			j.account.Audited = false
			if !yield(j, err) || err != nil {
				return
			}
		}
	}
}

// canary proves, with the first session that this run created, that the API gives our attempt id back:
// without that a lost answer could never be told from a lost request (design, rule 5). A session that was
// adopted was found by its attempt id, which is the proof.
func (r *run) canary(ctx context.Context, j *job) {
	if r.proved.Load() {
		return
	}
	rec := j.account.Record
	want := AttemptID{Ledger: r.p.Ledger, Round: rec.Round, Attempt: rec.Attempt}.String()
	pause := min(r.cfg.Settle/8, 2*time.Second)
	halt := HaltReadBack
	for trimmed, until := 0, r.now()+r.cfg.Settle; !rec.Adopted && trimmed < 3; {
		var s vobiz.Session
		if !r.turn(ctx) {
			return
		}
		err := r.request(ctx, func(ctx context.Context) (err error) {
			s, _, err = r.cfg.Client.Get(ctx, rec.Session.ID)
			var api *vobiz.APIError
			if errors.As(err, &api) && api.Status == http.StatusNotFound {
				return nil // it may take a moment to appear
			}
			return err
		})
		if tag, _ := s.MetadataString(MetadataKey); tag == want {
			rec.Adopted = true
			break
		} else if err == nil && s.ID != "" {
			halt = HaltMetadata
			trimmed++
		}
		if r.now() > until {
			break
		}
		if !r.sleep(ctx, pause) {
			return
		}
	}
	if !rec.Adopted {
		r.halt(halt, nil)
		return
	}
	r.proved.Store(true)
}
