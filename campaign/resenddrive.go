package campaign

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"kycbatch/internal/vobiz"
)

// readSession is the look of a resend: one GET. An answer whose Date does not fit what the run knows of the server's clock
// decides nothing; the next one shows whether that clock was set or the answer was odd.
func (r *run) readSession(ctx context.Context, j *job) Event {
	if !r.turn(ctx) {
		return Event{Kind: Stop}
	}
	j.clock = wall().Add(-r.now())
	began := r.now()
	var (
		s      vobiz.Session
		answer vobiz.Answer
	)
	err := r.request(ctx, func(ctx context.Context) (err error) {
		s, answer, err = r.cfg.Client.Get(ctx, j.resend.Session.ID)
		return err
	})
	counts := r.server.hear(answer.Date, began, r.now())
	if err != nil {
		refused := noLook(err)
		_, refused.Answer.Date, _ = r.server.at(r.now())
		return refused
	}
	if s.AccountAuthID != j.account.Account || !counts {
		return Event{Kind: LookFailed}
	}
	s.ID = j.resend.Session.ID // it was asked for by that id, which may be in another case
	look := Look{Began: began, Date: answer.Date, Sessions: []Seen{seenOf(s)}}
	if look.From, look.To, _ = r.server.at(r.now()); r.p.mutant == ownClock {
		look.From, look.To = r.cfg.clock(), r.cfg.clock()
	}
	if !r.lookBeside(ctx, j.resend.Record, &look) {
		return Event{Kind: Stop}
	}
	return Event{Kind: Looked, Look: look}
}

// sendAgain sends the resend: one POST, one answer, judged. Its 429 is about one session, and never slows the run down.
func (r *run) sendAgain(ctx context.Context, j *job) (answer Answer, ok bool) {
	if !r.fence() {
		return Answer{}, false
	}
	began := r.now()
	err := r.timely(ctx, j, func(ctx context.Context) error { // judgeResend has seen the error
		http, err := r.cfg.Client.Resend(ctx, j.resend.Session.ID)
		answer, j.status = judgeResend(http, err), statusOf(http, err)
		return aboutTheAPI(err)
	})
	if wasHeldBack(err) {
		return Answer{Kind: AnswerUnsent, Reason: err.Error()}, true
	}
	if r.resend.listens(answer) {
		r.halt(HaltOutage, nil)
	}
	if !r.server.hear(answer.Date, began, r.now()) {
		if answer.Date = (time.Time{}); answer.Kind == AnswerCooling {
			answer.Kind = AnswerThrottled
		}
	}
	if r.p.mutant == ownClock {
		answer.Date = r.cfg.clock()
	}
	return answer, true
}

// aboutTheAPI leaves out an error that says nothing about the API as a whole: the cooldown of one session.
func aboutTheAPI(err error) error {
	var api *vobiz.APIError
	if errors.As(err, &api) && api.Status == http.StatusTooManyRequests && api.HasCooldown {
		return nil
	}
	return err
}

// putResend makes the record of a resend durable, if something has changed.
func (r *run) putResend(ctx context.Context, j *job) bool {
	after := j.resend.Record
	told := r.tellResend(j)
	if len(told) == 0 && bytes.Equal(after.encode(), j.durable.encode()) {
		return true
	}
	after.Changed = time.Now().UTC()
	if err := r.store(ctx, r.writes(j.number, j.durable, &after, told)); err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	j.durable, j.resend.Record, j.account.Record = after, after, after
	return true
}

// tellResend is what a change to a resend tells: that one is about to be sent, or what became of it.
func (r *run) tellResend(j *job) []Entry {
	was, is := j.durable.Resend, j.resend.Resend
	tell := Entry{Round: j.durable.Round, Attempt: j.durable.Attempt, Session: j.durable.Session.ID, Status: j.status, Reason: j.resend.Reason}
	switch {
	case was.First.IsZero() && is.First.IsZero(), !was.First.IsZero() && !is.First.IsZero():
		return nil
	case !is.First.IsZero():
		tell.Kind, tell.Mail, tell.Status, tell.Reason = KindResend, true, 0, ""
	case is.Sent < was.Sent:
		tell.Kind = KindNotResent
	case is.Unsure > was.Unsure:
		tell.Kind = KindMayResend
	default:
		tell.Kind = KindResent
	}
	return []Entry{tell}
}
