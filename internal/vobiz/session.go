package vobiz

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Status is the API's word for where a session stands (section "Session lifecycle"). A word that is not listed here
// is kept as it came.
type Status string

// The documented statuses, and three that the vendor's other material uses.
const (
	StatusEmailSent    Status = "email_sent"    // fresh, email flow: the customer has not opened the link yet
	StatusLinkReady    Status = "link_ready"    // fresh, redirect flow: the widget waits for the redirect
	StatusOpened       Status = "opened"        // the customer has loaded the widget at least once
	StatusInProgress   Status = "in_progress"   // PAN submitted, kyc_type is set
	StatusKYCCompleted Status = "kyc_completed" // all steps succeeded; an end
	StatusRevoked      Status = "revoked"       // by DELETE, or by a newer session for the account; an end

	StatusExpired   Status = "expired"    // undocumented
	StatusFailed    Status = "failed"     // undocumented
	StatusKYCFailed Status = "kyc_failed" // undocumented: the webhook kyc.failed of a sibling endpoint says it
)

// Session is one KYC session: the answer to a create, or an item of GET (section "Session object"). A nil pointer
// is null or absent; raw JSON is the caller's own copy.
//
// It prints as id, account and status: never the customer's address, a link or verified data. json.Marshal does
// show them.
type Session struct {
	ID            string // "session_id" in the answer to a create, "id" elsewhere; never empty
	AccountAuthID string // "" if absent
	Status        Status // "" if absent
	CustomerEmail *string
	KYCType       *string // "individual" or "company" once the PAN is submitted
	WebhookURL    *string
	RedirectURL   *string

	ReminderSchedule []Reminder
	Metadata         json.RawMessage // as echoed, byte for byte; nil if null or absent
	VerifiedData     json.RawMessage // personal data (section "Verified data"); nil if null or absent

	// Times are UTC. A time that is there but cannot be read is the zero time, and its text is in Extra.
	ExpiresAt     time.Time
	CreatedAt     time.Time // zero in the answer to a create
	UpdatedAt     time.Time // zero in the answer to a create; no reliable mark of change
	FirstOpenedAt *time.Time
	CompletedAt   *time.Time

	// In the answer to a create only.
	EmailDispatchedTo *string // masked by the server: c***@example.com
	WidgetURL         *string // redirect flow; whoever has it can do the KYC
	KYCLink           *string // reserved
	Message           string  // for people; never parse it

	// Extra has the fields that the page does not know, and those of its times and reminders that cannot be read.
	Extra map[string]json.RawMessage
}

// MetadataString returns the value of one metadata key, if metadata is an object that has the key exactly once and
// its value is a string.
func (s Session) MetadataString(key string) (string, bool) {
	var text string
	found := 0
	err := eachMember(s.Metadata, func(name, value []byte) error {
		if string(name) != key {
			return nil
		}
		found++
		return decodeString(value, &text)
	})
	return text, err == nil && found == 1
}

// String names the session, its account and its status only.
func (s Session) String() string {
	return "session " + clean(s.ID) + " of " + clean(s.AccountAuthID) + ": " + clean(string(s.Status))
}

// Format prints String under every verb.
func (s Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is String's content for log/slog, as a group.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", clean(s.ID)),
		slog.String("account", clean(s.AccountAuthID)),
		slog.String("status", clean(string(s.Status))),
	)
}
