package vobiz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"unicode/utf8"
)

// The two flows (section "Flow types"). An empty flow type means the email flow.
const (
	FlowEmail    = "email"
	FlowRedirect = "redirect"
)

// DaysBeforeExpiry is the one documented trigger of a [Reminder].
const DaysBeforeExpiry = "days_before_expiry"

// CreateRequest is the body of POST /kyc-sessions (section "Request body"). Empty fields are left out. Its content
// is for the server to judge; refused here is only what would reach it as something else than was meant.
//
// It prints without the customer's address, the links and the metadata.
type CreateRequest struct {
	AccountAuthID    string     // required in both flows; case-sensitive
	FlowType         string     // "" or FlowEmail, FlowRedirect
	CustomerEmail    string     // required in the email flow
	RedirectURL      string     // required in the redirect flow
	WebhookURL       string     // https
	ExpiresInDays    int        // days; 0 leaves it to the server (7)
	ReminderSchedule []Reminder // automatic reminder mails before expiry

	// Metadata is a JSON object, sent as it is and echoed by GET and the list; nil leaves it out. It is raw, as
	// the caller keeps it raw: so it is encoded once for a row, not once for each look at it.
	Metadata json.RawMessage
}

// Reminder is one item of a reminder schedule: Value days before expiry where Trigger is [DaysBeforeExpiry].
type Reminder struct {
	Trigger string `json:"trigger"`
	Value   int    `json:"value"`
}

type createBody struct {
	AccountAuthID    string          `json:"account_auth_id"`
	FlowType         string          `json:"flow_type,omitempty"`
	CustomerEmail    string          `json:"customer_email,omitempty"`
	RedirectURL      string          `json:"redirect_url,omitempty"`
	WebhookURL       string          `json:"webhook_url,omitempty"`
	ExpiresInDays    int             `json:"expires_in_days,omitempty"`
	ReminderSchedule []Reminder      `json:"reminder_schedule,omitempty"`
	Metadata         json.RawMessage `json:"metadata,omitempty"`
}

// encode returns the body, or an error that wraps ErrInvalid and quotes nothing of the request.
func (r CreateRequest) encode() ([]byte, error) {
	if r.AccountAuthID == "" {
		return nil, fmt.Errorf("%w: account_auth_id is empty", ErrInvalid)
	}
	// encoding/json would replace bad UTF-8, and the request would name another account.
	for _, field := range []struct{ name, text string }{
		{"account_auth_id", r.AccountAuthID},
		{"flow_type", r.FlowType},
		{"customer_email", r.CustomerEmail},
		{"redirect_url", r.RedirectURL},
		{"webhook_url", r.WebhookURL},
	} {
		if !utf8.ValidString(field.text) {
			return nil, fmt.Errorf("%w: %s is not valid UTF-8", ErrInvalid, field.name)
		}
	}
	if len(r.Metadata) > 0 && (!bytes.HasPrefix(bytes.TrimLeft(r.Metadata, " \t\r\n"), []byte("{")) || !utf8.Valid(r.Metadata)) {
		return nil, fmt.Errorf("%w: metadata is not a JSON object", ErrInvalid)
	}
	body, err := json.Marshal(createBody(r))
	if err != nil { // only the raw metadata can do this, and its error may quote it
		return nil, fmt.Errorf("%w: metadata is not a JSON object", ErrInvalid)
	}
	return body, nil
}

// String names the account and the flow only.
func (r CreateRequest) String() string {
	flow := r.FlowType
	if flow == "" {
		flow = FlowEmail
	}
	return "create " + clean(r.AccountAuthID) + " (" + clean(flow) + " flow)"
}

// Format prints String under every verb.
func (r CreateRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String for log/slog.
func (r CreateRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

// ListQuery chooses one page of the list (section "List KYC Sessions"). Zero values are left out.
type ListQuery struct {
	Account string // account_auth_id; "" lists all accounts
	Status  Status // "" lists all; never set it where absence is to be proved
	Page    int    // from 1; 0 leaves it to the server (1)
	Size    int    // items a page; 0 leaves it to the server (20), which may also cap it silently
}

func (q ListQuery) encode() (string, error) {
	if q.Page < 0 || q.Size < 0 {
		return "", fmt.Errorf("%w: page %d, size %d", ErrInvalid, q.Page, q.Size)
	}
	query := make([]byte, 0, 64)
	add := func(name, value string) {
		if len(query) > 0 {
			query = append(query, '&')
		}
		query = append(append(append(query, name...), '='), value...)
	}
	if q.Page > 0 {
		add("page", strconv.Itoa(q.Page))
	}
	if q.Size > 0 {
		add("size", strconv.Itoa(q.Size))
	}
	if q.Status != "" {
		add("status", url.QueryEscape(string(q.Status)))
	}
	if q.Account != "" {
		add("account_auth_id", url.QueryEscape(q.Account))
	}
	return string(query), nil
}
