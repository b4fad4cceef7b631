package sandbox

import (
	"sort"
	"strings"
	"time"
)

// world is everything that outlives a request: the sessions, in the order they were made, by id and
// by account. It has no lock of its own; the server's guards it. It changes through apply alone, be
// it by a request or by reading the world file.
type world struct {
	order    []*session
	byID     map[string]*session
	byToken  map[string]*session
	accounts map[string]*account
	mails    []mail    // all that left, oldest first
	seq      uint64    // counts what happened: sessions made, shown, looked for
	swept    uint64    // seq of the last page of the whole list that was shown
	last     time.Time // when the last event happened
}

type account struct {
	sessions  []*session // in the order they were made
	live      *session   // the one active session, nil for none
	completed bool       // the sub-account's kyc_status is completed
	looked    uint64     // seq of the last list of this account that was shown
}

func newWorld() *world {
	return &world{byID: map[string]*session{}, byToken: map[string]*session{}, accounts: map[string]*account{}}
}

// exists says whether a sub-account is one of ours: case-sensitively, every MA_ except MA_NONE….
func exists(id string) bool {
	return strings.HasPrefix(id, "MA_") && !strings.HasPrefix(id, "MA_NONE")
}

// account gives what is known of an account, nil for nothing.
func (w *world) account(id string) *account { return w.accounts[id] }

// open gives an account to write to.
func (w *world) open(id string) *account {
	a := w.accounts[id]
	if a == nil {
		a = &account{}
		w.accounts[id] = a
	}
	return a
}

// event is one effect, and one line of the world file. Which fields are set depends on Kind.
type event struct {
	Kind       string      `json:"event"`
	At         time.Time   `json:"at"`
	ID         string      `json:"id,omitempty"`
	Session    *session    `json:"session,omitempty"`    // created
	Superseded string      `json:"superseded,omitempty"` // created: the session that it revoked
	Revoke     Revoke      `json:"revoke,omitempty"`     // created with Superseded, or status revoked
	Status     string      `json:"status,omitempty"`     // status
	Reason     string      `json:"reason,omitempty"`     // status revoked, by DELETE, or failed
	PAN        string      `json:"pan,omitempty"`        // pan
	Born       string      `json:"born,omitempty"`       // pan, an individual's
	Mismatch   bool        `json:"mismatch,omitempty"`   // pan: the name given was not the registered one
	Webhook    string      `json:"webhook,omitempty"`    // that it fires; of created about the superseded session
	Nth        int         `json:"nth,omitempty"`        // try: of which of the session's webhooks, from 1
	Try        *WebhookTry `json:"try,omitempty"`        // try
}

// about is the session whose webhook_url an event may concern.
func (e event) about() string {
	if e.Kind == eventCreated {
		return e.Superseded
	}
	return e.ID
}

// The kinds of event.
const (
	eventCreated  = "created"  // a session, its mail where it has one, and the revoke of the one before
	eventMail     = "mail"     // a resend
	eventReminder = "reminder" // a mail by the session's reminder_schedule
	eventStatus   = "status"   // any other change of status
	eventTry      = "try"      // an attempt to deliver a webhook

	eventPAN       = "pan"        // the customer submits one, and the session is in progress
	eventWrongCode = "wrong_code" // the customer gives a wrong one-time code
)

// apply makes an event true. It reports false for one that names a session nobody knows.
func (w *world) apply(e event) bool {
	w.last = e.At
	if e.Kind == eventCreated {
		w.create(e)
	} else if s := w.byID[e.ID]; s == nil || !w.change(s, e) {
		return false
	}
	if e.Webhook == "" {
		return true
	}
	about := w.byID[e.about()]
	if about != nil {
		about.webhooks = append(about.webhooks, &webhook{event: e.Webhook, at: e.At})
	}
	return about != nil
}

// change is apply for an event of a session that there is.
func (w *world) change(s *session, e event) bool {
	switch e.Kind {
	case eventMail:
		w.mail(s, MailResend, e.At)
	case eventReminder:
		w.mail(s, MailReminder, e.At)
	case eventPAN:
		if typeOf(e.PAN) == "" {
			return false
		}
		w.enter(s, statusInProgress, e.At)
		s.applies(e)
	case eventWrongCode:
		s.wrongCodes++
	case eventTry:
		if e.Try == nil || e.Nth < 1 || e.Nth > len(s.webhooks) {
			return false
		}
		h := s.webhooks[e.Nth-1]
		h.tries, h.last = append(h.tries, *e.Try), e.At
	case eventStatus:
		w.enter(s, e.Status, e.At)
		s.reason = e.Reason
		if e.Status == statusRevoked {
			s.revoke, s.cause = e.Revoke, string(e.Revoke)
		}
	default:
		return false
	}
	return true
}

func (w *world) create(e event) {
	s := e.Session
	status := statusLinkReady
	if s.Flow == flowEmail {
		status = statusEmailSent
	}
	s.states = []state{{since: e.At, status: status}}
	w.seq++
	s.seq = w.seq

	if old := w.byID[e.Superseded]; old != nil {
		w.enter(old, statusRevoked, e.At)
		old.revoke, old.cause = e.Revoke, "superseded by "+s.ID
	}
	a := w.open(s.Account)
	a.sessions = append(a.sessions, s)
	a.live = s
	w.order = append(w.order, s)
	w.byID[s.ID] = s
	w.byToken[s.Token] = s
	if s.Flow == flowEmail {
		w.mail(s, MailInvitation, e.At)
	}
}

func (w *world) enter(s *session, status string, t time.Time) {
	s.enter(status, t)
	a := w.accounts[s.Account]
	switch {
	case active(status):
		a.live = s
	case a.live == s:
		a.live = nil
	}
	if status == statusCompleted {
		a.completed = true
	}
}

// show remembers that the client was shown a session.
func (w *world) show(s *session) {
	if s.shown == 0 {
		w.seq++
		s.shown = w.seq
	}
}

// before gives those of sessions, oldest first, that existed at time t.
func before(sessions []*session, t time.Time) []*session {
	return sessions[:sort.Search(len(sessions), func(i int) bool { return sessions[i].Created.After(t) })]
}
