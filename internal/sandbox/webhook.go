package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// How webhooks are delivered. The page says "retried with exponential backoff on non-2xx responses"; the
// figures are the sandbox's own.
const (
	WebhookTries      = 8                // attempts at one delivery, the first one included
	WebhookFirstDelay = 10 * time.Second // between the first answer and the second attempt, on the world's clock; doubled after each
	WebhookMaxDelay   = 10 * time.Minute // the longest that it grows to
	WebhookTimeout    = 10 * time.Second // an attempt without an answer for so long has failed, on the process's clock
	WebhookStraggle   = 2 * time.Minute  // the longest that the first attempt is held back, where webhooks come out of order
)

// The events of the page, "Webhook events".
const (
	hookCompleted = "kyc.completed"
	hookFailed    = "kyc.failed"
	hookRevoked   = "kyc.session_revoked"
)

// Webhook is one event that a session's webhook_url is told of.
type Webhook struct {
	Event string       `json:"event"` // "kyc.completed", "kyc.failed" or "kyc.session_revoked"
	At    time.Time    `json:"at"`    // when it happened
	State WebhookState `json:"state"`
	Tries []WebhookTry `json:"tries,omitempty"`
}

// WebhookTry is one attempt at a delivery.
type WebhookTry struct {
	At     time.Time `json:"at"`               // when it left, on the world's clock
	Status int       `json:"status,omitempty"` // that the receiver answered; 0: none
	Error  string    `json:"error,omitempty"`  // why there was no answer
}

// WebhookState is how far a delivery came.
type WebhookState string

// The states of a delivery.
const (
	WebhookPending   WebhookState = "pending"   // an attempt is under way or to come
	WebhookDelivered WebhookState = "delivered" // the receiver answered 2xx
	WebhookGivenUp   WebhookState = "given up"  // WebhookTries attempts failed
	WebhookNotSent   WebhookState = "not sent"  // webhook_url is not on loopback: nothing leaves this machine
)

// webhook is a Webhook in the world. It changes by events alone.
type webhook struct {
	event string
	at    time.Time
	tries []WebhookTry
	last  time.Time // when the last attempt ended
}

func (t WebhookTry) delivered() bool { return t.Status >= 200 && t.Status <= 299 }

func (h *webhook) state() WebhookState {
	failed := 0
	for _, t := range h.tries {
		switch {
		case t.delivered():
			return WebhookDelivered
		case t.Error == notLoopback:
			return WebhookNotSent
		}
		failed++
	}
	if failed >= WebhookTries {
		return WebhookGivenUp
	}
	return WebhookPending
}

// next says when the next attempt is due, if there is one.
func (s *Server) nextTry(one *session, n int) (time.Time, bool) {
	h := one.webhooks[n-1]
	switch state := h.state(); {
	case len(h.tries) == 0:
		return h.at.Add(s.straggle(one, n)), true
	case state == WebhookDelivered:
		again := s.readings.WebhookRepeated && h.tries[len(h.tries)-1].delivered() &&
			(len(h.tries) == 1 || !h.tries[len(h.tries)-2].delivered())
		return h.last.Add(WebhookFirstDelay), again
	case state == WebhookPending:
		return h.last.Add(backOff(len(h.tries))), true
	}
	return time.Time{}, false
}

// backOff is the wait after the n-th failure.
func backOff(n int) time.Duration { return min(WebhookFirstDelay<<(n-1), WebhookMaxDelay) }

// straggle is how long the first attempt is held back.
func (s *Server) straggle(one *session, n int) time.Duration {
	if !s.readings.WebhookOutOfOrder {
		return 0
	}
	return time.Duration(newDraw(s.cfg.Seed, "webhook", one.ID, n).float(saltDelay) * float64(WebhookStraggle))
}

// announce decides which webhook an event fires, and notes it in the event.
func (s *Server) announce(e *event) {
	about := s.world.byID[e.about()]
	if about == nil || about.Webhook == "" {
		return
	}
	switch {
	case e.Kind == eventCreated:
		if s.readings.WebhookAutoRevoke {
			e.Webhook = hookRevoked
		}
	case e.Status == statusCompleted:
		e.Webhook = hookCompleted
	case e.Status == statusRevoked && e.Revoke != RevokeFailed:
		e.Webhook = hookRevoked
	case e.Status == statusRevoked, e.Status == FailedWord.status(), e.Status == FailedKYC.status():
		e.Webhook = hookFailed
	}
}

// webhookBody is what a receiver gets, in the order of the notes beside the page.
type webhookBody struct {
	Event         string          `json:"event"`
	Timestamp     stamp           `json:"timestamp"`
	SessionID     string          `json:"session_id"`
	AccountAuthID string          `json:"account_auth_id"`
	CustomerEmail *string         `json:"customer_email"`
	KYCType       *string         `json:"kyc_type"`
	SessionStatus string          `json:"session_status,omitempty"`
	Status        string          `json:"status,omitempty"`
	Reason        string          `json:"reason,omitempty"` // of a DELETE, or of the failure
	Metadata      json.RawMessage `json:"metadata"`
	CreatedAt     stamp           `json:"created_at"`
	UpdatedAt     stamp           `json:"updated_at"`
	Extra         *webhookExtra   `json:"delivery,omitempty"`
	Version       string          `json:"version,omitempty"`
}

// webhookExtra is what nobody documented.
type webhookExtra struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"`
}

// body makes the n-th webhook's body out of the session as it was when the event happened.
func (s *Server) webhookBody(one *session, n int) ([]byte, error) {
	h := one.webhooks[n-1]
	o := one.object(&s.readings, h.at)
	status := one.at(h.at).status
	b := webhookBody{
		Event: h.event, Timestamp: stamp(h.at), SessionID: one.ID, AccountAuthID: one.Account,
		CustomerEmail: o.CustomerEmail, KYCType: o.KYCType, Reason: one.reason, Metadata: o.Metadata,
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	if s.readings.WebhookStatus != PlainStatusMember {
		b.SessionStatus = status
	}
	if s.readings.WebhookStatus != SessionStatusMember {
		b.Status = status
	}
	if s.readings.WebhookExtraFields {
		b.Version = "2"
		b.Extra = &webhookExtra{ID: sessionID(s.cfg.Seed, "webhook "+one.ID, n), Attempt: len(h.tries) + 1}
	}
	a := answer{value: b}
	err := a.encode()
	return a.body, err
}

// signature is the value of X-Vobiz-Signature: HMAC-SHA256 of the body as it is sent, by the partner's token.
func (s *Server) signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(s.token))
	mac.Write(body)
	digits := hex.EncodeToString(mac.Sum(nil))
	if s.readings.SignatureBare {
		return digits
	}
	return "sha256=" + digits
}
