package sandbox

import (
	"bytes"
	"time"
)

// distorts says whether a class only changes how a reading answer looks.
func (f Fault) distorts(r Route) bool {
	switch f {
	case StaleList, ShiftedPage, LyingSize, LyingTotal, FilterIgnored, NotFoundOnce:
		return true
	case MetadataTrimmed, UnknownStatus:
		return r != RouteCreate
	}
	return false
}

// distort answers a list or a GET wrongly. It counts as a fault only where the answer differs from
// the true one.
func (s *Server) distort(class Fault, c call, d draw) answer {
	right := s.perform(c, lens{lost: true})
	wrong := s.perform(c, s.lens(class, d))
	if right.encode() == nil && wrong.encode() == nil && (right.status != wrong.status || !bytes.Equal(right.body, wrong.body)) {
		s.tally.fault(class)
	}
	return wrong
}

// lens is how an answer is looked at. The zero value is the truth, delivered.
type lens struct {
	lost      bool // the client will not see it, so it counts as no look
	stale     time.Duration
	shift     bool
	lieSize   bool
	lieTotal  int
	unfilter  bool
	trim      bool
	status    string // shown for the first session
	hideFresh bool   // hide the sessions that were not hidden yet
}

func (s *Server) lens(class Fault, d draw) lens {
	switch class {
	case StaleList:
		return lens{stale: orDefault(s.faults.StaleBy, DefaultStaleBy)}
	case ShiftedPage:
		return lens{shift: true}
	case LyingSize:
		return lens{lieSize: true}
	case LyingTotal:
		return lens{lieTotal: 1 - 2*d.pick(saltSign, 2)}
	case FilterIgnored:
		return lens{unfilter: true}
	case MetadataTrimmed:
		return lens{trim: true}
	case UnknownStatus:
		return lens{status: unknownStatus(d)}
	case NotFoundOnce:
		return lens{hideFresh: true}
	}
	return lens{}
}

func orDefault(d, missing time.Duration) time.Duration {
	if d == 0 {
		return missing
	}
	return d
}
