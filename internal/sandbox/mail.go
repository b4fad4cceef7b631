package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// mail is one mail that left: to whom and what about is its session's. Redirect-flow sessions get none.
type mail struct {
	session *session
	kind    mailKind
	nth     int // of its session, from 1
	at      time.Time
}

// mailKind is what made a mail leave.
type mailKind string

const (
	mailInvitation mailKind = "invitation" // the session was created
	mailResend     mailKind = "resend"     // the partner asked for it
	mailReminder   mailKind = "reminder"   // its reminder_schedule asked for it
)

// mail puts a mail into the outbox.
func (w *world) mail(s *session, kind mailKind, at time.Time) {
	s.mails++
	w.mails = append(w.mails, mail{s, kind, s.mails, at})
}

// subject is the mail's subject line.
func (m mail) subject() string {
	switch m.kind {
	case mailResend:
		return "Your KYC link, once more"
	case mailReminder:
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
