package vobiz

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxDetails      = 100 // kept
	maxDetailsShown = 5   // in the error's text
	maxErrorText    = 1500
)

// APIError is an answer with any status but 2xx (section "Errors"). The API documents a shape for it; anything in
// between (proxy, gateway) answers in its own, and then Documented is false and the rest is as far as it could be
// read. A redirect is an APIError too, since it is not followed.
//
// Code, Message and Details are cleaned server text: bounded, addresses masked. They are for people; branch on Status.
type APIError struct {
	Op      string
	Status  int
	Code    string // the field "error": "HTTPError", "ValidationError"
	Message string
	Details []Detail // of a 422; at most 100 are kept

	// RetryAfter is the longer of what the message ("Please wait 1799 seconds") and the header Retry-After say, not
	// capped. HasRetryAfter is false where neither says anything readable; zero can be said.
	RetryAfter    time.Duration
	HasRetryAfter bool

	// Cooldown is what the message of a documented answer says alone: of a resend's 429, the rest of the cooldown. Zero with
	// HasCooldown can be said.
	Cooldown    time.Duration
	HasCooldown bool

	Date time.Time // see Answer.Date

	// Documented: the body is a JSON object with the strings error and message, a status_code equal to the HTTP
	// status, and, if any, an array of details. Only such a 4xx is known to be the API's own word.
	Documented bool
}

// Detail is one complaint of a 422.
type Detail struct {
	Type string   // "missing", "json_invalid", …
	Loc  []string // the path to the field: "body", "customer_email"; positions as decimal numbers
	Msg  string
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: status %d", e.Op, e.Status)
	if e.Code != "" {
		b.WriteString(" " + clean(e.Code))
	}
	switch {
	case e.Message != "":
		b.WriteString(": " + clean(e.Message))
	case e.Status >= 300 && e.Status <= 399:
		b.WriteString(": a redirect, not followed; check the API address")
	default:
		b.WriteString(": not in the API's documented form")
	}
	for i, detail := range e.Details {
		if i == maxDetailsShown {
			fmt.Fprintf(&b, "; and %d more", len(e.Details)-i)
			break
		}
		b.WriteString("; " + clean(strings.Join(detail.Loc, ".")) + ": " + clean(detail.Msg))
	}
	return truncate(b.String(), maxErrorText)
}

// apiError reads what it can of body, which may be nil or anything at all.
func (c *Client) apiError(op string, answer Answer, header http.Header, body []byte) error {
	e := &APIError{Op: op, Status: answer.Status, Date: answer.Date}
	message := c.readErrorBody(e, body)
	if wait, ok := waitSeconds(message); ok {
		e.RetryAfter, e.HasRetryAfter = wait, true
		if e.Documented {
			e.Cooldown, e.HasCooldown = wait, true
		}
	}
	for _, value := range header.Values("Retry-After") {
		if wait, ok := retryAfter(value, answer.Date); ok {
			e.RetryAfter, e.HasRetryAfter = max(e.RetryAfter, wait), true
		}
	}
	return e
}

// readErrorBody fills e and returns the message as the server sent it, for its number of seconds.
func (c *Client) readErrorBody(e *APIError, body []byte) (message string) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return ""
	}
	var code string
	var hasCode, hasMessage, hasStatus, strange bool
	seen := make(map[string]bool)
	err := eachMember(body, func(name, value []byte) error {
		if seen[string(name)] {
			strange = true // two answers in one
			return nil
		}
		seen[string(name)] = true
		switch string(name) {
		case "error":
			hasCode = decodeString(value, &code) == nil
		case "message":
			hasMessage = decodeString(value, &message) == nil
		case "status_code":
			n, err := strconv.Atoi(string(value))
			hasStatus = err == nil && n == e.Status
		case "details":
			if err := c.readDetails(e, value); err != nil {
				strange = true
			}
		}
		return nil
	})
	e.Code, e.Message = c.clean(code), c.clean(message)
	e.Documented = err == nil && hasCode && hasMessage && hasStatus && !strange
	return message
}

func (c *Client) readDetails(e *APIError, raw []byte) error {
	if isNull(raw) {
		return nil
	}
	return eachElement(raw, func(item []byte) error {
		var detail Detail
		err := eachMember(item, func(name, value []byte) error {
			var text string
			switch string(name) {
			case "type":
				err := decodeString(value, &text)
				detail.Type = c.clean(text)
				return err
			case "msg":
				err := decodeString(value, &text)
				detail.Msg = c.clean(text)
				return err
			case "loc":
				detail.Loc = c.readLoc(value)
			}
			return nil // "input" and "ctx" repeat what was sent: personal data
		})
		if err == nil && len(e.Details) < maxDetails {
			e.Details = append(e.Details, detail)
		}
		return err
	})
}

// readLoc accepts names and positions, in an array or alone, and leaves out what is neither.
func (c *Client) readLoc(raw []byte) (loc []string) {
	add := func(item []byte) error {
		var text string
		switch {
		case decodeString(item, &text) == nil:
			loc = append(loc, c.clean(text))
		case item[0] == '-' || item[0] >= '0' && item[0] <= '9':
			loc = append(loc, clean(string(item)))
		}
		return nil
	}
	if eachElement(raw, add) != nil {
		_ = add(raw) // it returns nil always
	}
	return loc
}
