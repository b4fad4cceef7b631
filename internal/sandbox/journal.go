package sandbox

import (
	"slices"
	"time"
)

// View is one session as the sandbox itself knows it.
type View struct {
	ID      string  `json:"id"`
	Account string  `json:"account"`
	Creator Creator `json:"creator"`
	// Tag is the value of the metadata key "kycbatch" as it was sent, "" if there was none. It is
	// here also when a fault trimmed the metadata.
	Tag       string    `json:"tag,omitempty"`
	Flow      string    `json:"flow"`   // "email" or "redirect"
	Status    string    `json:"status"` // the last one entered; expiry does not change it
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	Updated   time.Time `json:"updated"`             // when Status was entered
	Revoke    Revoke    `json:"revoke,omitempty"`    // why it was revoked, "" if it was not
	Cause     string    `json:"cause,omitempty"`     // "superseded by <id>", or the reason of the revoke
	Reason    string    `json:"reason,omitempty"`    // the DELETE's free text, or why it failed
	Mails     int       `json:"mails"`               // invitations by POST: 1 in the email flow, else 0
	Resends   int       `json:"resends,omitempty"`   // invitations by resend
	Reminders int       `json:"reminders,omitempty"` // mails by the reminder_schedule
	Sent      []Mail    `json:"sent,omitempty"`      // all these mails, oldest first
	Opened    time.Time `json:"opened,omitzero"`     // when the customer first loaded the widget; zero: never
	Webhooks  []Webhook `json:"webhooks,omitempty"`  // what its webhook_url was told, in the order it happened
	// Email is where Sent went, "" in the redirect flow and in JSON: it is personal data.
	Email string `json:"-"`
	// Link is the customer's, "" in JSON: who has it can act for the customer.
	Link string `json:"-"`
}

func (s *Server) view(one *session) View {
	st := one.now()
	v := View{
		ID: one.ID, Account: one.Account, Creator: one.Creator, Tag: one.Tag, Flow: one.Flow, Status: st.status,
		Created: one.Created, Expires: one.Expires, Updated: st.since,
		Revoke: one.revoke, Cause: one.cause, Reason: one.reason,
		Mails: one.count(MailInvitation), Resends: one.count(MailResend), Reminders: one.count(MailReminder), Sent: slices.Clone(one.sent),
		Opened: st.firstOpened, Email: one.Email, Link: s.link(one),
	}
	for _, h := range one.webhooks {
		v.Webhooks = append(v.Webhooks, Webhook{Event: h.event, At: h.at, State: h.state(), Tries: slices.Clone(h.tries)})
	}
	return v
}

// Live says whether the session is one that a new POST for its account would revoke, at time t on
// the world's clock.
func (v View) Live(t time.Time) bool { return active(v.Status) && t.Before(v.Expires) }

// Journal is what the sandbox did. Sessions outlive the process where there is a world file; the
// other figures are of this process alone, so a second one can prove that it was asked for nothing.
type Journal struct {
	// Sessions are all of them, in the order they were made.
	Sessions []View `json:"sessions,omitempty"`

	// Requests counts what arrived, by route ("other" is none of the five) and status. Status 0 is
	// a request whose answer never began to leave. What found no connection did not arrive.
	Requests map[Route]map[int]int `json:"requests"`

	// Faults counts the classes that were carried out.
	Faults map[Fault]int `json:"faults"`

	// WorstSecond is the largest number of requests that arrived in any one-second window (sliding,
	// half-open), and WorstAt when that window's last one arrived.
	WorstSecond int       `json:"worst_second"`
	WorstAt     time.Time `json:"worst_at,omitzero"`

	// Seconds counts the requests of each second of the clock that had any, in order.
	Seconds []Second `json:"seconds,omitempty"`

	// After401 is how many requests arrived after the first answer of 401 or 403.
	After401 int `json:"after_401"`

	// First and Last are when the first and the last request arrived; zero without any.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`

	// At is the world's time when the journal was read; what is live depends on it.
	At time.Time `json:"at"`
}

// Second is how many requests arrived in one second of the clock.
type Second struct {
	Unix     int64 `json:"unix"`
	Requests int   `json:"requests"`
}

// Total is the number of requests that arrived on a route, AnyRoute for all.
func (j Journal) Total(route Route) int {
	n := 0
	for r, byStatus := range j.Requests {
		if r == route || route == AnyRoute {
			for _, k := range byStatus {
				n += k
			}
		}
	}
	return n
}

// Journal gives what happened so far. The caller owns it.
func (s *Server) Journal() Journal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	j := s.tally.journal()
	j.At = s.now()
	j.Sessions = make([]View, 0, len(s.world.order))
	for _, one := range s.world.order {
		j.Sessions = append(j.Sessions, s.view(one))
	}
	return j
}

// Report is the answer of GET /journal: the journal and its verdict. With ?sessions=0 it leaves the
// sessions out. GET /journal/verdict is the verdict alone.
type Report struct {
	Journal Journal `json:"journal"`
	Verdict Verdict `json:"verdict"`
}

func (s *Server) report(sessions bool) Report {
	r := Report{Journal: s.Journal()}
	if r.Verdict = r.Journal.Verdict(); !sessions {
		r.Journal.Sessions = nil
	}
	return r
}
