package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// OneTimeCode is the one-time code of every customer: nobody gets a text message of a sandbox, and the
// widget shows it.
const OneTimeCode = "123456"

// maxWrongCodes is how many wrong one-time codes end a verification.
const maxWrongCodes = 3

// The reasons for which a verification fails (page, "Webhook events").
const (
	FailDocument = "document invalid"
	FailName     = "name mismatch"
	FailCode     = "one-time code wrong"
)

// failReasons are all of them.
func failReasons() []string { return []string{FailDocument, FailName, FailCode} }

// Step is where a customer stands in the hosted widget.
type Step string

// The steps, in their order. StepCode is an individual's, StepGSTIN a company's.
const (
	StepPAN    Step = "pan"   // opened: PAN, with date of birth or entity name
	StepCode   Step = "code"  // in progress: the one-time code that stands for Aadhaar
	StepGSTIN  Step = "gstin" // in progress: the GSTIN
	StepDone   Step = "done"
	StepFailed Step = "failed"
)

// Open has the customer load the widget at the link with that token; the first time opens the session. It
// gives the step that is next. A link that does not work is a [*LinkError].
func (s *Server) Open(token string) (Step, error) {
	return s.customer(token, func(found *session) error { return s.open(found) })
}

// SubmitPAN begins the verification: the session is in progress, and has its kyc_type. An input that has to
// be mended is an [*InputError], and changes nothing. A company under a name that is not the registered one
// fails. A PAN that was taken is not taken again.
func (s *Server) SubmitPAN(token string, p PAN) (Step, error) {
	return s.customer(token, func(found *session) error {
		if err := s.open(found); err != nil || found.now().status != statusOpened {
			return err
		}
		return s.submitPAN(found, p)
	})
}

// SubmitCode gives the one-time code of an individual, with which KYC is completed. A wrong one is an
// [*InputError]; the third ends the verification.
func (s *Server) SubmitCode(token, code string) (Step, error) {
	return s.customer(token, func(found *session) error {
		if found.step() != StepCode {
			return &InputError{"code", "The one-time code comes after a person's PAN."}
		}
		if strings.TrimSpace(code) == OneTimeCode {
			return s.complete(found)
		}
		if err := s.happen(event{Kind: eventWrongCode, At: s.now(), ID: found.ID}); err != nil {
			return err
		}
		left := maxWrongCodes - found.wrongCodes
		if left <= 0 {
			return s.fail(found, FailCode)
		}
		return &InputError{"code", fmt.Sprintf("That is not the code. Tries left: %d.", left)}
	})
}

// SubmitGSTIN gives the GSTIN of a company, with which KYC is completed. One that is not of the company's
// PAN is an [*InputError].
func (s *Server) SubmitGSTIN(token, gstin string) (Step, error) {
	return s.customer(token, func(found *session) error {
		if found.step() != StepGSTIN {
			return &InputError{"gstin", "The GSTIN comes after a company's PAN."}
		}
		if wrong := checkGSTIN(strings.ToUpper(strings.TrimSpace(gstin)), found.now().who.pan); wrong != nil {
			return wrong
		}
		return s.complete(found)
	})
}

// giveUp lets the verification fail by choice, at any step. Reasons other than those that there are are an
// [*InputError].
func (s *Server) giveUp(token, why string) (Step, error) {
	return s.customer(token, func(found *session) error {
		if !slices.Contains(failReasons(), why) {
			return &InputError{"why", "Choose one of the reasons."}
		}
		if err := s.open(found); err != nil {
			return err
		}
		return s.fail(found, why)
	})
}

// customer lets the owner of a link act, if the link works, and says where that leads. The step is given
// beside an InputError too: there the customer still is.
func (s *Server) customer(token string, act func(*session) error) (Step, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	found := s.world.byToken[token]
	if why := s.linkStopped(found); why != nil {
		return "", why
	}
	err := act(found)
	return found.step(), err
}

// open opens a session; a second time changes nothing.
func (s *Server) open(found *session) error {
	switch found.now().status {
	case statusEmailSent, statusLinkReady:
		return s.happen(event{Kind: eventStatus, At: s.now(), ID: found.ID, Status: statusOpened})
	}
	return nil
}

func (s *Server) submitPAN(found *session, p PAN) error {
	kind, wrong := p.check(s.now())
	if wrong != nil {
		return wrong
	}
	e := event{Kind: eventPAN, At: s.now(), ID: found.ID, PAN: p.number()}
	if kind == typeIndividual {
		e.Born = strings.TrimSpace(p.Born)
	} else {
		e.Mismatch = !sameName(p.Entity, registered(found.Account, e.PAN).company)
	}
	if err := s.happen(e); err != nil || !e.Mismatch {
		return err
	}
	return s.fail(found, FailName)
}

func (s *Server) complete(found *session) error {
	return s.happen(event{Kind: eventStatus, At: s.now(), ID: found.ID, Status: statusCompleted})
}

// applies notes in the newest state what the customer submitted.
func (s *session) applies(e event) {
	st := &s.states[len(s.states)-1]
	st.kycType, st.who = typeOf(e.PAN), &applicant{pan: e.PAN, born: e.Born, mismatch: e.Mismatch}
}

// step is where the session's customer stands.
func (s *session) step() Step {
	switch st := s.now(); {
	case st.status == statusCompleted:
		return StepDone
	case !active(st.status):
		return StepFailed
	case st.kycType == typeIndividual:
		return StepCode
	case st.kycType == typeCompany:
		return StepGSTIN
	}
	return StepPAN
}
