package sandbox

import (
	"encoding/json"
	"time"
)

// The statuses of the API page, "Session lifecycle", and the one that notes beside it name.
const (
	statusEmailSent  = "email_sent"
	statusLinkReady  = "link_ready"
	statusOpened     = "opened"
	statusInProgress = "in_progress"
	statusCompleted  = "kyc_completed"
	statusRevoked    = "revoked"
	statusExpired    = "expired"
)

const (
	flowEmail    = "email"
	flowRedirect = "redirect"
)

// session is one KYC session: what never changes, and the states it went through. The world file
// holds it in this form.
type session struct {
	ID         string          `json:"id"`
	Account    string          `json:"account"`
	Creator    Creator         `json:"creator"`
	Tag        string          `json:"tag,omitempty"`
	Flow       string          `json:"flow"`
	Email      string          `json:"email,omitempty"`
	RedirectTo string          `json:"redirect_to,omitempty"`
	Webhook    string          `json:"webhook,omitempty"`
	Token      string          `json:"token"`
	Reminders  json.RawMessage `json:"reminders"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Created    time.Time       `json:"created"`
	Expires    time.Time       `json:"expires"`

	states     []state // oldest first, never empty once in the world
	sent       []Mail  // oldest first, see world.mails
	wrongCodes int     // one-time codes
	webhooks   []*webhook
	revoke     Revoke // why it ended, if it was revoked
	cause      string
	reason     string
	seq        uint64 // position in the world's order of happenings
	shown      uint64 // the world's seq when GET or a list first showed it; 0: never
	hidden     bool   // not_found_once was spent on it
}

// state is what can change in a session. A session keeps its past ones, because a lagging replica
// answers from them.
type state struct {
	since       time.Time
	status      string
	kycType     string
	who         *applicant // set with kycType
	firstOpened time.Time
	completed   time.Time
}

// now is the latest state.
func (s *session) now() state { return s.states[len(s.states)-1] }

// at is the state that was true at time t; for a t before the creation it is the first one.
func (s *session) at(t time.Time) state {
	for i := len(s.states) - 1; i > 0; i-- {
		if !s.states[i].since.After(t) {
			return s.states[i]
		}
	}
	return s.states[0]
}

// enter appends the state that follows from status at time t, with the times that the lifecycle
// attaches to it.
func (s *session) enter(status string, t time.Time) {
	next := s.now()
	next.since, next.status = t, status
	switch status {
	case statusOpened, statusInProgress, statusCompleted:
		if next.firstOpened.IsZero() {
			next.firstOpened = t
		}
	}
	switch status {
	case statusInProgress, statusCompleted:
		if next.kycType == "" {
			// Whoever changed the status did not say for whom: the page's sample.
			who := sampleRegistrant()
			next.kycType, next.who = typeIndividual, &applicant{pan: who.pan, born: who.born}
		}
	}
	if status == statusCompleted {
		next.completed = t
	}
	s.states = append(s.states, next)
}

func (s *session) expired(t time.Time) bool { return !t.Before(s.Expires) }

// active says whether a status is one that a new POST for the account revokes.
func active(status string) bool {
	switch status {
	case statusEmailSent, statusLinkReady, statusOpened, statusInProgress:
		return true
	}
	return false
}

// status is the word under which a session in state st is shown at time t.
func (r *Readings) status(s *session, st state, t time.Time) string {
	if !active(st.status) || !s.expired(t) {
		return st.status
	}
	switch r.Expired {
	case ExpiredWord:
		return statusExpired
	case ExpiredRevoked:
		return statusRevoked
	}
	return st.status
}
