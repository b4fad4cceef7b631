package campaign

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"kycbatch/internal/vobiz"
)

// maxHeard is how much of an answer's text the trail keeps, in bytes.
const maxHeard = 300

// hear notes the answer to a POST. It is made durable with what comes of it, or when the job ends: an answer that
// decided nothing is not worth an fsync of its own, and a crash that loses it leaves the attempt in doubt, as it was.
func (j *job) hear(answer Answer, id AttemptID, http vobiz.Answer, err error) {
	e := Entry{
		At: time.Now(), Kind: kindOf(answer.Kind), Round: id.Round, Attempt: id.Attempt,
		Session: answer.Session.ID, Status: statusOf(http, err), Reason: answer.Reason,
	}
	switch {
	case e.Kind == KindCreated || e.Reason != "":
	case err != nil:
		e.Reason = err.Error()
	default:
		e.Reason = "the answer does not fit the request"
	}
	if len(e.Reason) > maxHeard {
		cut := maxHeard
		for !utf8.RuneStart(e.Reason[cut]) {
			cut--
		}
		e.Reason = e.Reason[:cut] + "…"
	}
	j.heard = append(j.heard, e)
}

func kindOf(a AnswerKind) Kind {
	switch a {
	case AnswerCreated:
		return KindCreated
	case AnswerRefused:
		return KindRefused
	case AnswerThrottled:
		return KindThrottled
	case AnswerUnauthorized:
		return KindUnauthorized
	case AnswerUnsent:
		return KindUnsent
	default:
		return KindUnknown
	}
}

// statusOf is the HTTP status of an answer, 0 where there was none.
func statusOf(answer vobiz.Answer, err error) int {
	var (
		api        *vobiz.APIError
		unreadable *vobiz.AnswerError
	)
	switch {
	case errors.As(err, &api):
		return api.Status
	case errors.As(err, &unreadable):
		return unreadable.Status
	}
	return answer.Status
}

// note makes entries about a job's account durable by themselves, beside a record that does not change otherwise.
func (r *run) note(ctx context.Context, j *job, entries []Entry) bool {
	if len(entries) == 0 {
		return true
	}
	rec := j.durable
	if err := r.l.s.Put(finishing(ctx), r.writes(j.number, j.durable, &rec, entries)...); err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	j.durable, j.account.Trail = rec, rec.Trail
	return true
}
