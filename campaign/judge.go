package campaign

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// judge says what the answer to a create proves (design, rule 2). Every answer is judged here and
// nowhere else; whatever is not proved is in doubt.
func judge(account string, s vobiz.Session, answer vobiz.Answer, err error) Answer {
	var (
		api       *vobiz.APIError
		transport *vobiz.TransportError
	)
	switch {
	case err == nil && answer.Status == http.StatusCreated && s.ID != "" && s.AccountAuthID == account:
		created := sessionOf(s)
		if created.Created.IsZero() { // only GET says it
			created.Created = answer.Date
		}
		return Answer{Kind: AnswerCreated, Session: created}
	case errors.Is(err, vobiz.ErrInvalid): // refused on this side of the wire, as it would be again
		return Answer{Kind: AnswerRefused, Reason: err.Error()}
	case errors.As(err, &transport) && !transport.Sent:
		return Answer{Kind: AnswerUnsent}
	case errors.As(err, &api):
		switch api.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			return Answer{Kind: AnswerUnauthorized}
		case http.StatusTooManyRequests:
			return Answer{Kind: AnswerThrottled}
		case http.StatusNotFound, http.StatusUnprocessableEntity:
			if api.Documented {
				return Answer{Kind: AnswerRefused, Reason: refusal(api)}
			}
		}
	}
	return Answer{}
}

// refusal is the API's word for what it refuses, and what to do where that is about the account: no row's cells mend it.
func refusal(api *vobiz.APIError) string {
	about := func(d vobiz.Detail) bool { return len(d.Loc) > 0 && d.Loc[len(d.Loc)-1] == "account_auth_id" }
	if api.Status == http.StatusNotFound || slices.ContainsFunc(api.Details, about) {
		return api.Error() + ": correct the account's id, or see that this partner has the account"
	}
	return api.Error()
}

func sessionOf(s vobiz.Session) Session {
	of := Session{ID: s.ID, Status: string(s.Status), Expires: s.ExpiresAt, Created: s.CreatedAt}
	if s.FirstOpenedAt != nil {
		of.Opened = *s.FirstOpenedAt
	}
	if s.CompletedAt != nil {
		of.Completed = *s.CompletedAt
	}
	if s.KYCType != nil {
		of.KYCType = *s.KYCType
	}
	return of
}

// judgeEnd says what the answer to a DELETE proves: that the session has ended, or nothing.
func judgeEnd(err error) Answer {
	var api *vobiz.APIError
	switch {
	case err == nil:
		return Answer{Kind: AnswerEnded}
	case errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden):
		return Answer{Kind: AnswerUnauthorized}
	case errors.As(err, &api) && api.Status == http.StatusConflict && api.Documented && saysEnded(api.Message):
		return Answer{Kind: AnswerEnded}
	}
	return Answer{Reason: err.Error()}
}

// saysEnded says whether a 409 to a DELETE is the one of the API's page: "Session is already in terminal status: '<status>'". Any
// other conflict may be about a session that lives; and one that was completed has to be seen, for the account gets no other.
func saysEnded(message string) bool {
	_, status, found := strings.Cut(message, "terminal status")
	lives := func(word string) bool { return strings.Contains(status, word) }
	return found && !lives("complet") && !lives(statusEmailSent) && !lives(statusLinkReady) && !lives(statusOpened) && !lives(statusInProgress)
}

// judgeResend says what the answer to a resend proves.
func judgeResend(answer vobiz.Answer, err error) Answer {
	var (
		api       *vobiz.APIError
		transport *vobiz.TransportError
	)
	switch {
	case err == nil:
		return Answer{Kind: AnswerSent, Date: answer.Date}
	case errors.Is(err, vobiz.ErrInvalid):
		return Answer{Kind: AnswerRefused, Reason: err.Error()}
	case errors.As(err, &transport) && !transport.Sent:
		return Answer{Kind: AnswerUnsent}
	case !errors.As(err, &api):
		return Answer{Reason: err.Error()}
	}
	a := Answer{Reason: api.Error()}
	switch api.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		a.Kind = AnswerUnauthorized
	case http.StatusTooManyRequests:
		if a.Kind = AnswerThrottled; api.HasCooldown && !answer.Date.IsZero() {
			a.Kind, a.Date, a.Cooldown = AnswerCooling, answer.Date, api.Cooldown
		}
	case http.StatusConflict:
		if api.Documented {
			a.Kind = AnswerEnded
		}
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		if api.Documented {
			a.Kind = AnswerRefused
		}
	}
	return a
}

// seenOf is a listed session as the protocol sees it.
func seenOf(s vobiz.Session) Seen {
	seen := Seen{Session: sessionOf(s), WasOpened: s.FirstOpenedAt != nil}
	for _, r := range s.ReminderSchedule {
		if r.Trigger == vobiz.DaysBeforeExpiry {
			seen.Reminders = append(seen.Reminders, r.Value)
		}
	}
	if tag, ok := s.MetadataString(MetadataKey); ok {
		if id, err := ParseAttemptID(tag); err == nil {
			seen.Attempt = id
		}
	}
	return seen
}

// hearing is what an answer says about the API as a whole.
type hearing uint8

const (
	heard        hearing = iota // the API answered the question
	unheard                     // no answer, or one that is not the API's own
	unauthorized                // it does not know us
)

// tellBrake lets the brake learn from an answer.
func tellBrake(b *ratelimit.Brake, err error) hearing {
	var (
		api       *vobiz.APIError
		transport *vobiz.TransportError
	)
	switch {
	case errors.Is(err, vobiz.ErrInvalid):
		return heard
	case errors.As(err, &transport):
		b.Unreachable()
		return unheard
	case errors.As(err, &api):
		switch {
		case api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden:
			return unauthorized
		case api.Status == http.StatusTooManyRequests || api.Status == http.StatusServiceUnavailable:
			b.Throttled(api.RetryAfter)
			return unheard
		case api.Status >= 500:
			b.Unreachable()
			return unheard
		}
	}
	b.Succeeded()
	return heard
}
