package vobiz

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrInvalid means that the request was refused before anything was sent, and will be refused again.
	ErrInvalid = errors.New("request cannot be sent")

	// ErrIncomplete means that the pages that a Listing was given do not prove to be the whole list.
	ErrIncomplete = errors.New("list not proved complete")

	errOtherSession = errors.New("it is about another session")
	errNoID         = errors.New("it has no session id")
)

// TransportError means that no answer came: refused, reset, timed out, cancelled. The outcome of a create is unknown
// unless Sent is false. Err unwraps to the cause, context.DeadlineExceeded and context.Canceled included.
type TransportError struct {
	Op   string // what was asked: "create session", …
	Sent bool   // false only where httptrace saw that no connection was obtained: no request can have left
	Err  error
}

func (e *TransportError) Error() string {
	if e.Sent {
		return e.Op + ": no answer: " + cleanError(e.Err)
	}
	return e.Op + ": nothing was sent: " + cleanError(e.Err)
}

func (e *TransportError) Unwrap() error { return e.Err }

// AnswerError is a 2xx that cannot be read: truncated, empty, too large, not JSON, of the wrong shape. The work may
// have been done.
type AnswerError struct {
	Op     string
	Status int
	Date   time.Time // see Answer.Date
	Err    error     // why; a context error if the time ran out in mid-answer
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s: status %d, but the answer cannot be read: %s", e.Op, e.Status, cleanError(e.Err))
}

func (e *AnswerError) Unwrap() error { return e.Err }

func (c *Client) transportError(op string, sent bool, err error) error {
	return &TransportError{Op: op, Sent: sent, Err: c.quiet(err)}
}

func (c *Client) answerError(op string, answer Answer, err error) error {
	return &AnswerError{Op: op, Status: answer.Status, Date: answer.Date, Err: c.quiet(err)}
}

// quietError is another error with a clean text: net/http quotes what a server sent, and that may be anything. The
// error itself is held in a func for the same reason as a Secret, and is there for errors.Is and errors.As.
type quietError struct {
	text  string
	cause func() error
}

func (e *quietError) Error() string { return e.text }
func (e *quietError) Unwrap() error { return e.cause() }

func (c *Client) quiet(err error) error {
	return &quietError{text: c.clean(err.Error()), cause: func() error { return err }}
}

// cleanError is for the errors that a caller made itself, too.
func cleanError(err error) string {
	if err == nil {
		return "no reason given"
	}
	return clean(err.Error())
}
