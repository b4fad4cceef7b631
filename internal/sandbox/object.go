package sandbox

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// posted is the answer of POST, in the field order of the page.
type posted struct {
	SessionID         string  `json:"session_id"`
	AccountAuthID     string  `json:"account_auth_id"`
	CustomerEmail     *string `json:"customer_email"`
	EmailDispatchedTo *string `json:"email_dispatched_to"`
	KYCType           *string `json:"kyc_type"`
	Status            string  `json:"status"`
	ExpiresAt         stamp   `json:"expires_at"`
	WidgetURL         *string `json:"widget_url"`
	KYCLink           *string `json:"kyc_link"`
	Message           string  `json:"message"`
}

func (s *session) posted(link string) *posted {
	p := &posted{
		SessionID:     s.ID,
		AccountAuthID: s.Account,
		Status:        s.states[0].status,
		ExpiresAt:     stamp(s.Expires),
		Message:       "KYC email dispatched successfully",
	}
	if s.Flow == flowRedirect {
		p.WidgetURL = &link
		p.Message = "KYC session created — redirect your customer to widget_url to begin."
		return p
	}
	email, masked := s.Email, mask(s.Email)
	p.CustomerEmail, p.EmailDispatchedTo = &email, &masked
	return p
}

// object is the page's "Session object", in the field order of its examples.
type object struct {
	ID               string          `json:"id"`
	AccountAuthID    string          `json:"account_auth_id"`
	CustomerEmail    *string         `json:"customer_email"`
	KYCType          *string         `json:"kyc_type"`
	Status           string          `json:"status"`
	ExpiresAt        stamp           `json:"expires_at"`
	FirstOpenedAt    *stamp          `json:"first_opened_at"`
	CompletedAt      *stamp          `json:"completed_at"`
	WebhookURL       *string         `json:"webhook_url"`
	RedirectURL      *string         `json:"redirect_url"`
	ReminderSchedule json.RawMessage `json:"reminder_schedule"`
	Metadata         json.RawMessage `json:"metadata"`
	VerifiedData     json.RawMessage `json:"verified_data"`
	CreatedAt        stamp           `json:"created_at"`
	UpdatedAt        stamp           `json:"updated_at"`
}

func (s *session) object(r *Readings, asOf time.Time) object {
	st := s.at(asOf)
	o := object{
		ID:               s.ID,
		AccountAuthID:    s.Account,
		CustomerEmail:    orNull(s.Email),
		KYCType:          orNull(st.kycType),
		Status:           r.status(s, st, asOf),
		ExpiresAt:        stamp(s.Expires),
		FirstOpenedAt:    orNullTime(st.firstOpened),
		CompletedAt:      orNullTime(st.completed),
		WebhookURL:       orNull(s.Webhook),
		RedirectURL:      orNull(s.RedirectTo),
		ReminderSchedule: s.Reminders,
		Metadata:         s.Metadata,
		VerifiedData:     s.verifiedData(st),
		CreatedAt:        stamp(s.Created),
		UpdatedAt:        stamp(st.since),
	}
	if r.UpdatedFrozen {
		o.UpdatedAt = o.CreatedAt
	}
	if r.EmptyMetadata && emptyObject(s.Metadata) {
		o.Metadata = nil
	}
	return o
}

// emptyObject says whether JSON that is an object has no members.
func emptyObject(raw json.RawMessage) bool {
	return len(raw) > 0 && len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orNullTime(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	st := stamp(t)
	return &st
}

// stamp is a time as the API writes it: UTC, six digits of a second, none where they are all zero.
type stamp time.Time

// MarshalJSON writes the stamp as a JSON string.
func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s).UTC()
	layout := `"2006-01-02T15:04:05.000000Z"`
	if t.Nanosecond()/1000 == 0 {
		layout = `"2006-01-02T15:04:05Z"`
	}
	return t.AppendFormat(make([]byte, 0, len(layout)), layout), nil
}

// mask shows an address the way email_dispatched_to does: c***@example.com.
func mask(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	first := ""
	for _, r := range local { // the first character, not the first byte
		first = string(r)
		break
	}
	return first + "***@" + domain
}
