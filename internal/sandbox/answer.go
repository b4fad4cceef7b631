package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// answer is what the API says to one request.
type answer struct {
	status     int
	value      any           // encoded as JSON, unless body is set
	body       []byte        // sent as it is
	kind       string        // content type of body; "" for JSON
	retryAfter int           // seconds for the Retry-After header; 0 for none
	skew       time.Duration // added to the Date header
	throttled  bool          // a 429 about the whole API, not of a resend's cooldown
}

// apiError is the shape that all errors share (page, "Errors").
type apiError struct {
	Error      string   `json:"error"`
	Message    string   `json:"message"`
	Details    []detail `json:"details,omitempty"`
	StatusCode int      `json:"status_code"`
}

func refuse(status int, format string, args ...any) answer {
	return answer{status: status, value: apiError{Error: "HTTPError", Message: fmt.Sprintf(format, args...), StatusCode: status}}
}

func invalid(details ...detail) answer {
	return answer{status: http.StatusUnprocessableEntity, value: apiError{
		Error: "ValidationError", Message: "Request validation failed",
		Details: details, StatusCode: http.StatusUnprocessableEntity,
	}}
}

// encode turns the value into the body. It is called without the world's lock: values hold copies.
func (a *answer) encode() error {
	if a.value == nil {
		return nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a link's & stays an &, as the API sends it
	if err := enc.Encode(a.value); err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	a.body, a.value = bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
	return nil
}

// header gives the answer's headers; date is the server's time.
func (a *answer) header(date time.Time) http.Header {
	kind := a.kind
	if kind == "" {
		kind = "application/json"
	}
	h := http.Header{
		"Content-Length": {strconv.Itoa(len(a.body))},
		"Content-Type":   {kind},
		"Date":           {date.UTC().Format(http.TimeFormat)}, // whole seconds, cut off
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	return h
}

// htmlPage is what something between client and API answers in its stead.
func htmlPage(status int) answer {
	text := http.StatusText(status)
	return answer{status: status, kind: "text/html",
		body: fmt.Appendf(nil, "<html><head><title>%d %s</title></head><body><h1>%s</h1></body></html>\n", status, text, text)}
}

// reshape gives the errors that something between client and API can answer as well the body of the reading.
func (s *Server) reshape(a *answer) {
	if a.status < http.StatusInternalServerError && a.status != http.StatusRequestEntityTooLarge && !a.throttled {
		return
	}
	page := htmlPage(a.status)
	switch s.readings.ErrorBodies {
	case ErrorHTML:
		a.value, a.body, a.kind = nil, page.body, page.kind
	case ErrorEmpty:
		a.value, a.body, a.kind = nil, []byte{}, page.kind
	}
}
