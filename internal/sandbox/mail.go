package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Mail is one mail that left: to whom and what about is its session's. Redirect-flow sessions get none.
type Mail struct {
	Kind MailKind  `json:"kind"`
	At   time.Time `json:"at"` // on the world's clock
}

// MailKind is what made a mail leave.
type MailKind string

// The kinds of mail.
const (
	MailInvitation MailKind = "invitation" // the session was created
	MailResend     MailKind = "resend"     // the partner asked for it
	MailReminder   MailKind = "reminder"   // its reminder_schedule asked for it
)

// mail is a place in the outbox.
type mail struct {
	session *session
	nth     int // of its session, from 1
}

// sent is the mail itself.
func (m mail) sent() Mail { return m.session.sent[m.nth-1] }

// mail puts a mail into the outbox.
func (w *world) mail(s *session, kind MailKind, at time.Time) {
	s.sent = append(s.sent, Mail{kind, at})
	w.mails = append(w.mails, mail{s, len(s.sent)})
}

// lastOf is when the session last brought a mail of these kinds; zero: never.
func (s *session) lastOf(kinds ...MailKind) time.Time {
	for _, m := range slices.Backward(s.sent) {
		if slices.Contains(kinds, m.Kind) {
			return m.At
		}
	}
	return time.Time{}
}

// count is how many mails of a kind the session brought.
func (s *session) count(kind MailKind) int {
	n := 0
	for _, m := range s.sent {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// subject is the mail's subject line.
func (m mail) subject() string {
	switch m.sent().Kind {
	case MailResend:
		return "Your KYC link, once more"
	case MailReminder:
		return fmt.Sprintf("Reminder: your KYC link works until %s", day(m.session.Expires))
	}
	return "Please complete your KYC"
}

// text is the mail's body as plain text, with its link on a line of its own.
func (m mail) text(link string) string {
	return strings.Join([]string{
		"Hello,",
		fmt.Sprintf("your account %s needs KYC. It takes a few minutes and no documents: have your PAN at hand, and the phone number of your Aadhaar or, for a company, the GSTIN.", m.session.Account),
		"Open this link to begin:\n" + link,
		fmt.Sprintf("It works until %s.", day(m.session.Expires)),
	}, "\n\n") + "\n"
}

// day is a moment as mails and pages write it.
func day(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
