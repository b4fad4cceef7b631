package sandbox

import (
	"fmt"
	"net/http"
)

// widgetPath is where the hosted widget is, below [Config.LinkBase].
const widgetPath = "/verify"

// LinkError is a link that does not work (any more): its session is revoked, expired, completed or failed,
// or there is none. Nothing happened.
type LinkError struct {
	Status string // under which the session is shown; "" where there is none
	Words  string // for the customer
}

func (e *LinkError) Error() string { return e.Words }

// InputError is what the customer is asked to mend. Nothing happened, but that a wrong one-time code is counted.
type InputError struct {
	Field string // "pan", "born", "entity", "code" or "gstin"
	Words string // for the customer
}

func (e *InputError) Error() string { return e.Words }

// link is the address that is mailed, or given as widget_url.
func (s *Server) link(of *session) string { return s.cfg.LinkBase + widgetPath + "?token=" + of.Token }

// linkStopped says why a link does not work; nil while it does. Expiry stops it under every reading of the
// expired session's status.
func (s *Server) linkStopped(found *session) error {
	if found == nil {
		return &LinkError{"", "Nobody was sent this link. It may have been cut: copy all of it from the mail."}
	}
	now := s.now()
	switch status := s.readings.status(found, found.now(), now); {
	case status == statusCompleted:
		return &LinkError{status, "Your KYC is completed. There is nothing more to do."}
	case found.now().status == statusRevoked && found.revoke != RevokeFailed:
		return &LinkError{status, "This link was withdrawn. If you got a newer mail, use the link in that one."}
	case active(found.now().status) && found.expired(now):
		return &LinkError{status, fmt.Sprintf("This link worked until %s. Ask for a new one.", day(found.Expires))}
	case !active(status):
		return &LinkError{status, "Your KYC could not be verified. Ask whoever sent you here what to do next."}
	}
	return nil
}

// linkStatus is the HTTP status of a page about a link that does not work.
func (e *LinkError) httpStatus() int {
	switch e.Status {
	case "":
		return http.StatusNotFound
	case statusCompleted:
		return http.StatusOK
	}
	return http.StatusGone
}
