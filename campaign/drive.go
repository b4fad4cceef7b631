package campaign

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"kycbatch/internal/vobiz"
)

// drive carries out a job's actions until it has to wait for a time, or ends. Each turn of the loop is
// one action and its one event; what they mean is Step's business.
func (r *run) drive(ctx context.Context, j *job) {
	for {
		event, ok := r.act(ctx, j)
		if !ok { // the ledger failed: what is durable is unknown, and the run is over
			j.action = Action{Kind: End}
			return
		}
		event.Now = r.now()
		if j.resend != nil {
			*j.resend, j.action = r.resends.Step(*j.resend, event)
		} else {
			j.action = r.p.step(&j.account, &event)
		}
		switch j.action.Kind {
		case Wait:
			if ctx.Err() == nil {
				return
			}
		case End:
			if j.resend != nil {
				r.resent(j)
			} else {
				r.ended(ctx, j)
			}
			return
		}
	}
}

// act carries out one action and says what happened.
func (r *run) act(ctx context.Context, j *job) (Event, bool) {
	switch j.action.Kind {
	case List:
		return r.look(ctx, j), true
	case TakeTurn:
		return r.takeTurn(ctx, j), true
	case Put:
		if j.resend != nil {
			return Event{Kind: Stored}, r.putResend(ctx, j)
		}
		return Event{Kind: Stored}, r.put(ctx, j)
	case Post:
		answer, ok := r.spend(ctx, j, r.post)
		return Event{Kind: Answered, Answer: answer}, ok
	case Get:
		return r.readSession(ctx, j), true
	case SendAgain:
		answer, ok := r.spend(ctx, j, r.sendAgain)
		return Event{Kind: Answered, Answer: answer}, ok
	case Revoke:
		return Event{Kind: Ended, Answer: r.revoke(ctx, j)}, true
	case Wait:
		if ctx.Err() != nil {
			return Event{Kind: Stop}, true
		}
		return Event{Kind: Due}, true
	default: // the job is new
		if j.show != nil {
			return Event{Kind: BeginShow}, true
		}
		if j.resend != nil {
			return Event{Kind: Begin}, true
		}
		if j.decision.Verb != "" {
			return Event{Kind: BeginResolve, Decision: j.decision}, true
		}
		if !j.audit {
			return Event{Kind: Begin}, true
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		return Event{Kind: BeginAudit, Left: r.lastPost}, true
	}
}

// overruled says whether a later campaign's guard said no to an account that an earlier one had brought to its end: what
// that one did stays on record.
func (j *job) overruled() bool {
	ended := j.durable.Posted() && j.durable.State != Started
	return ended && !j.audit && j.decision.Verb == "" && !j.account.Posted()
}

// put makes the account's record durable.
func (r *run) put(ctx context.Context, j *job) bool {
	if j.overruled() {
		return true
	}
	r.stamp(j)
	if err := r.store(ctx, r.writes(j.number, j.durable, &j.account.Record, j.heard)); err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	j.durable, j.heard = j.account.Record, nil
	return true
}

// stamp fills in what the protocol does not care about. A request is kept while its round may still send it.
func (r *run) stamp(j *job) {
	rec := &j.account.Record
	rec.Changed = time.Now().UTC()
	if rec.State != j.durable.Current() || rec.Round != j.durable.Round || j.decision.Verb != "" {
		rec.Run = r.number
	}
	if rec.State != Started {
		rec.Request = nil
	} else if rec.Request == nil {
		rec.Request = j.request.encode()
	}
	r.stampMails(j)
}

// stampMails keeps what a resend has to know of the account's mails, on the server's clock: one for each attempt that may have mailed, and
// in the end the one that did.
func (r *run) stampMails(j *job) {
	rec, was := &j.account.Record, j.durable
	at, _, _ := r.server.at(r.now())
	switch {
	case rec.State == Started && (was.Current() != Started || rec.Attempt > was.Attempt || rec.Round > was.Round):
		if rec.Attempt == 1 {
			rec.begins(was, at)
		}
		rec.Address, rec.Reminders = j.request.Email, j.request.RemindBefore
		if j.request.mails() {
			rec.mailed(at)
		}
	case rec.Redirect || rec.Round != was.Round && was.State == Started:
	case was.State == Started && (rec.State == Refused || rec.Current() == Pending):
		rec.mailedOnce(was.Attempt, time.Time{})
	case was.State == Started && rec.State == Created && !rec.Session.Created.IsZero():
		rec.mailedOnce(max(was.Attempt, rec.Attempt), rec.Session.Created)
	case rec.State == Created && was.State != Created && rec.Address == "" && j.request.mails(): // adopted: a ledger that was put back has forgotten it
		rec.Address, rec.Reminders = j.request.Email, j.request.RemindBefore
		rec.mailed(cmp.Or(rec.Session.Created, at))
	}
}

// post sends the create request: one POST, one answer, judged. The fence is set first, so that a ledger
// that loses the intent still knows that a POST may have been under way.
func (r *run) post(ctx context.Context, j *job) (answer Answer, ok bool) {
	if !r.fence() {
		return Answer{}, false
	}
	body := j.request.create(j.account.Account, j.action.Attempt)
	var link *string
	err := r.timely(ctx, j, func(ctx context.Context) error { // judge has seen the error
		s, a, err := r.cfg.Client.Create(ctx, body)
		answer, link = judge(body.AccountAuthID, s, a, err), s.WidgetURL
		j.hear(answer, j.action.Attempt, a, err)
		r.listen(answer) // before another one has the slot
		return err
	})
	if wasHeldBack(err) {
		answer = Answer{Kind: AnswerUnsent}
		j.hear(answer, j.action.Attempt, vobiz.Answer{}, err)
		return answer, true
	}
	r.mu.Lock()
	r.lastPost = r.now()
	r.mu.Unlock()
	if j.account.Redirect && answer.Kind == AnswerCreated {
		return r.keepLink(j, answer, link)
	}
	return answer, true
}

// keepLink makes the link of a session durable, before the ledger says that the session was created. An answer
// without a link is as good as none.
func (r *run) keepLink(j *job, answer Answer, link *string) (Answer, bool) {
	if link == nil || *link == "" {
		return Answer{}, true
	}
	if err := r.links.add(j.account.Account, answer.Session, *link); err != nil {
		r.halt(HaltLedger, err)
		return Answer{}, false
	}
	return answer, true
}

// revoke sends the DELETE of the session that has to end: like a POST on a look that is young enough, for whoever has begun since
// must not lose the session.
func (r *run) revoke(ctx context.Context, j *job) (answer Answer) {
	why := j.account.End.Why
	if why == "" {
		why = "its link was lost with the answer that held it; a new session follows"
	}
	err := r.timely(ctx, j, func(ctx context.Context) error { // judgeEnd has seen the error
		http, err := r.cfg.Client.Revoke(ctx, j.account.End.Session, why)
		if answer = judgeEnd(err); answer.Kind == AnswerEnded {
			j.heard = append(j.heard, Entry{
				At: time.Now(), Kind: KindRevoked, Session: j.account.End.Session, Status: statusOf(http, err), Reason: why,
			})
		}
		return err
	})
	if wasHeldBack(err) {
		return Answer{Kind: AnswerUnsent}
	}
	return answer
}

// look lists the account's sessions and proves the list complete, or comes back with what was shown. A
// sweep that is young enough serves. Sessions never leave the list, so a look that lacks one that the sweep
// showed is older than the sweep, and not whole: reads can go backwards.
func (r *run) look(ctx context.Context, j *job) Event {
	j.clock = wall().Add(-r.now())
	e := r.list(ctx, j)
	for i := range e.Look.Sessions {
		linked, err := r.linked(j.account, e.Look.Sessions[i])
		if err != nil { // to take a session for an orphan would end it
			r.halt(HaltLinks, err)
			return Event{Kind: LookFailed}
		}
		e.Look.Sessions[i].Linked = linked
	}
	e.Look.Date = r.lookDate(ctx, e.Look.Sessions)
	if j.audit {
		e.Look.From, e.Look.To = r.auditTimes(ctx, e.Look.Sessions)
	}
	return e
}

func (r *run) list(ctx context.Context, j *job) Event {
	if l, ok := r.sweptLook(j); ok {
		return Event{Kind: Looked, Look: l}
	}
	l := Look{Began: -1}
	listing := vobiz.Listing{Account: j.account.Account, Size: accountPage}
	for !listing.Done() {
		if !r.turn(ctx) {
			return l.endedBy(Event{Kind: Stop})
		}
		if l.Began < 0 {
			l.Began = r.now()
		}
		page, err := r.page(ctx, listing.Next())
		l.add(j.account.Account, page)
		if err == nil {
			err = listing.Add(page)
		}
		if err != nil {
			return l.endedBy(noLook(err))
		}
	}
	l.Partial = !l.covers(ids(Look{Sessions: r.sweep.sessions[j.account.Account]}))
	return Event{Kind: Looked, Look: l}
}

// add keeps what a page shows of the account; a session that is shown again has its newest status.
func (l *Look) add(account string, page vobiz.Page) {
	for _, s := range page.Sessions {
		if s.AccountAuthID != account {
			continue
		}
		seen := seenOf(s)
		i := slices.IndexFunc(l.Sessions, func(old Seen) bool { return old.ID == seen.ID })
		if i < 0 {
			l.Sessions = append(l.Sessions, seen)
		} else {
			l.Sessions[i] = seen
		}
	}
}

// endedBy is the event of a listing that broke off: what it showed by then, or what ended it.
func (l *Look) endedBy(e Event) Event {
	if len(l.Sessions) == 0 {
		return e
	}
	l.Partial = true
	return Event{Kind: Looked, Look: *l}
}

// accountPage is the page size of an account's listing: the API's own default, since a larger one may be
// refused, and an account seldom has more sessions than that.
const accountPage = 20

// noLook is the end of a look that proves nothing. An API that does not know the account says so in its
// own words; one that is lagging may say the same.
func noLook(err error) Event {
	var api *vobiz.APIError
	if errors.As(err, &api) && api.Documented && (api.Status == http.StatusNotFound || api.Status == http.StatusUnprocessableEntity) {
		return Event{Kind: LookRefused, Answer: Answer{Reason: refusal(api)}}
	}
	return Event{Kind: LookFailed}
}

// ended keeps the run's counts, and proves the canary.
func (r *run) ended(ctx context.Context, j *job) {
	if j.show != nil {
		j.show(j.account)
		return
	}
	r.note(ctx, j, j.heard)
	r.giveBack(j)
	rec := j.account.Record
	if j.audit && rec.Audited {
		r.progress.Audited.Add(1)
	}
	if j.audit || rec.Run != r.number {
		return
	}
	r.tolerate(rec.State)
	switch rec.State {
	case Created:
		r.mu.Lock()
		r.success, r.refused = true, 0
		r.mu.Unlock()
		r.progress.Created.Add(1)
		r.canary(ctx, j)
	case Refused:
		r.progress.Refused.Add(1)
		r.mu.Lock()
		r.refused++
		limit, why := refusalsInARow, HaltRefusals
		if r.cfg.only != nil {
			limit, why = replacementsRefused, HaltReplacement
		}
		tooMany := r.refused >= limit && !r.success
		r.mu.Unlock()
		if tooMany {
			r.halt(why, nil)
		}
	case Skipped:
		r.progress.Skipped.Add(1)
	}
	if rec.Posted() && rec.State != Started && !rec.Audited {
		r.toAudit(j.number)
	}
}
