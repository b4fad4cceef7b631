package sandbox

import (
	"encoding/json"
	"fmt"
)

// Stranger has someone else create a session for the account now, by the email flow and with any
// consequence a POST has. It gives the session's id, or "" where the account does not exist or the
// world file could not be written.
func (s *Server) Stranger(account string) (sessionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.stranger(account)
}

func (s *Server) stranger(account string) string {
	a := s.create(createRequest{
		account: account, flow: flowEmail, email: "stranger@example.com",
		days: defaultDays, reminders: json.RawMessage("[]"),
	}, ByStranger, s.world.seq)
	if p, ok := a.value.(*posted); ok {
		return p.SessionID
	}
	return ""
}

// Set lets the customer, or the API itself, act: the session enters the status now, documented or
// not, with the times and the kyc_type that the lifecycle attaches to it.
func (s *Server) Set(sessionID, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if s.world.byID[sessionID] == nil {
		return fmt.Errorf("sandbox: there is no session %q", sessionID)
	}
	e := event{Kind: eventStatus, At: s.now(), ID: sessionID, Status: status}
	if status == statusRevoked {
		e.Revoke = RevokeByHand
	}
	return s.happen(e)
}

// Fail lets a session's verification fail, as kyc.failed has it: why is "Document invalid", say. The session ends
// with the status of [Readings.Failed]. An unknown session and one that has ended are errors.
func (s *Server) Fail(sessionID, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	found := s.world.byID[sessionID]
	if found == nil {
		return fmt.Errorf("sandbox: there is no session %q", sessionID)
	}
	if word := s.endedAs(found); word != "" {
		return fmt.Errorf("sandbox: session %q has ended already, as %q", sessionID, word)
	}
	return s.fail(found, why)
}

// fail is Fail for a session that has not ended, with the lock held.
func (s *Server) fail(found *session, why string) error {
	e := event{Kind: eventStatus, At: s.now(), ID: found.ID, Status: s.readings.Failed.status(), Reason: why}
	if e.Status == statusRevoked {
		e.Revoke = RevokeFailed
	}
	return s.happen(e)
}

// Session gives one session; false where there is none of that id.
func (s *Server) Session(id string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	found := s.world.byID[id]
	if found == nil {
		return View{}, false
	}
	return s.view(found), true
}

// Sessions gives an account's sessions in the order they were made.
func (s *Server) Sessions(account string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	a := s.world.account(account)
	if a == nil {
		return nil
	}
	views := make([]View, 0, len(a.sessions))
	for _, one := range a.sessions {
		views = append(views, s.view(one))
	}
	return views
}

// ClientRestarted says that the client lost its memory: what it was shown by then, and did not write
// down, it can't know any more. It only matters to the verdict on strangers' sessions; one that was made
// by a POST is an accident whenever a POST revokes it.
func (s *Server) ClientRestarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.world.order {
		one.shown = 0
	}
}
