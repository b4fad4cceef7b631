package sandbox

import (
	"net/http"
	"time"
)

// befall serves a call under a class of failure ("" for none): whether its effect happens and when,
// what is answered, and how the network treats the answer. The lock is held.
func (s *Server) befall(class Fault, c call, d draw) (answer, wire) {
	if class.distorts(c.route) {
		return s.distort(class, c, d), whole
	}
	if !class.conditional() {
		s.tally.fault(class)
	}
	switch class {
	case ConnectRefused:
		return answer{}, refused
	case ResetBefore:
		return answer{}, reset
	case TimeoutNone:
		return answer{}, silent
	case ErrorBefore:
		return errorAnswer(d), whole
	case Throttled:
		return throttledAnswer(time.Duration(1+d.pick(saltRetry, 3)) * time.Second), whole
	case ThrottledBare:
		return throttledBare(d), whole
	case Unauthorized:
		return s.unauthorized(), whole

	case ResetAfter:
		s.perform(c, lens{lost: true})
		return answer{}, reset
	case TimeoutEarly:
		s.perform(c, lens{lost: true})
		return answer{}, silent
	case TimeoutLate:
		s.at(s.now().Add(s.lateBy(d)), func() { s.perform(c, lens{lost: true}) })
		return answer{}, silent
	case ErrorAfter:
		s.perform(c, lens{lost: true})
		return errorAnswer(d), whole
	case Truncated:
		return s.perform(c, lens{lost: true}), half
	case Empty:
		return answer{status: s.perform(c, lens{lost: true}).status, body: []byte{}}, whole
	case HTML:
		status := s.perform(c, lens{lost: true}).status
		if status == http.StatusCreated && d.pick(saltStatus, 2) == 0 {
			status = http.StatusOK
		}
		return htmlPage(status), whole

	case SkewedDate:
		a := s.perform(c, lens{})
		a.skew = orDefault(s.faults.SkewBy, DefaultSkewBy)
		return a, whole

	case StrangerBefore:
		s.strangerAsFault(class, c.account)
		return s.perform(c, lens{}), whole
	case StrangerAfter:
		a := s.perform(c, lens{})
		s.strangerAsFault(class, c.account)
		return a, whole

	// These three are of create; elsewhere the last two distort.
	case WrongEcho:
		return s.misreport(class, c, func(p *posted) { p.AccountAuthID = otherAccount(d, p.AccountAuthID) }), whole
	case UnknownStatus:
		return s.misreport(class, c, func(p *posted) { p.Status = unknownStatus(d) }), whole
	case MetadataTrimmed:
		trimmed := c
		trimmed.create.metadata = nil
		if c.create.metadata == nil {
			return s.perform(c, lens{}), whole
		}
		return s.misreport(class, trimmed, func(*posted) {}), whole
	}
	return s.perform(c, lens{}), whole
}

// lateBy is the delay of a late effect: above zero, at most Faults.LateBy.
func (s *Server) lateBy(d draw) time.Duration {
	return time.Duration((1 - d.float(saltDelay)) * float64(orDefault(s.faults.LateBy, DefaultLateBy)))
}

// conditional says whether a class counts as carried out only where it makes a difference; such a
// class counts itself.
func (f Fault) conditional() bool {
	switch f {
	case "", StrangerBefore, StrangerAfter, WrongEcho, UnknownStatus, MetadataTrimmed:
		return true
	}
	return false
}

// misreport creates a session and changes its 201.
func (s *Server) misreport(class Fault, c call, change func(*posted)) answer {
	a := s.perform(c, lens{})
	if p, ok := a.value.(*posted); ok {
		change(p)
		s.tally.fault(class)
	}
	return a
}

// strangerAsFault lets a stranger in, where the request names an account that there is.
func (s *Server) strangerAsFault(class Fault, account string) {
	if s.stranger(account) != "" {
		s.tally.fault(class)
	}
}
