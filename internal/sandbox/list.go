package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// page is the answer of a listing.
type page struct {
	Sessions []object `json:"sessions"`
	Total    int      `json:"total"`
	Page     int      `json:"page"`
	Size     int      `json:"size"`
}

func (s *Server) list(q listQuery, l lens) answer {
	size, echo := q.size, q.size
	if most := s.cfg.MaxPageSize; size > most {
		switch s.readings.Size {
		case SizeRefused:
			d := queryDetail("less_than_equal", "size", strconv.Itoa(size), "Input should be less than or equal to "+strconv.Itoa(most))
			d.Ctx = map[string]any{"le": most}
			return invalid(d)
		case SizeEchoReal:
			echo = most
		}
		size = most
	}
	if l.lieSize {
		size, echo = (size+1)/2, echo+1
	}
	if d, ok := s.checkFilters(q); !ok {
		return invalid(d)
	}

	asOf := s.asOf(l)
	found := s.readings.ordered(s.matching(q, l, asOf), asOf)
	total := len(found)
	// Page numbers so large that the product overflows are past the end too.
	if past := q.page > 1 && q.page-1 > (total-1)/size; past && !s.readings.PastEndEmpty {
		return invalid(queryDetail("value_error", "page", strconv.Itoa(q.page), "Page is past the end"))
	}
	shown := s.cut(found, q.page, size, l)
	out := page{Sessions: make([]object, 0, len(shown)), Total: total, Page: q.page, Size: echo}
	for i, one := range shown {
		if !l.lost && (q.account == "" || q.account == one.Account) {
			s.world.show(one) // an ignored filter shows what nobody asked for, and proves nothing about it
		}
		o := one.object(&s.readings, asOf)
		if i > 0 {
			l.status = "" // only the first one has an unknown status
		}
		l.colour(&o)
		out.Sessions = append(out.Sessions, o)
	}
	if !l.lost {
		s.looked(q)
	}
	if l.lieTotal > 0 || len(shown) == total && total > 0 {
		// One too few is only said where the whole list is on this page: elsewhere nobody could
		// tell it from the truth.
		out.Total += l.lieTotal
	}
	return answer{status: http.StatusOK, value: out}
}

// checkFilters refuses filters that nothing can match, where the reading says so.
func (s *Server) checkFilters(q listQuery) (detail, bool) {
	if q.account != "" && !exists(q.account) && !s.readings.UnknownAccountEmpty {
		return queryDetail("value_error", "account_auth_id", q.account, "Account not found"), false
	}
	switch q.status {
	case "", statusEmailSent, statusLinkReady, statusOpened, statusInProgress, statusCompleted, statusRevoked:
		return detail{}, true
	}
	known := q.status == statusExpired && s.readings.Expired == ExpiredWord
	d := queryDetail("enum", "status", q.status, "Input should be a status of the session lifecycle")
	return d, known || s.readings.UnknownStatusEmpty
}

// matching gives the sessions that the filters leave, oldest first. Without a status filter it is a
// part of an index and costs no scan.
func (s *Server) matching(q listQuery, l lens, asOf time.Time) []*session {
	all := s.world.order
	if q.account != "" && !l.unfilter {
		all = nil
		if a := s.world.account(q.account); a != nil {
			all = a.sessions
		}
	}
	all = before(all, asOf)
	hiding := l.hideFresh && q.account != ""
	if q.status == "" && !hiding {
		return all
	}
	var left []*session
	for _, one := range all {
		if hiding && one.hide(l) || q.status != "" && s.readings.status(one, one.at(asOf), asOf) != q.status {
			continue
		}
		left = append(left, one)
	}
	return left
}

// ordered puts sessions, which are in the order of their creation, into the one that they are listed in, but
// for its direction.
func (r *Readings) ordered(found []*session, asOf time.Time) []*session {
	if !r.OrderedByUpdate {
		return found
	}
	found = slices.Clone(found) // it is a part of an index
	slices.SortStableFunc(found, func(a, b *session) int { return a.at(asOf).since.Compare(b.at(asOf).since) })
	return found
}

// cut takes one page out of sessions, which are oldest first.
func (s *Server) cut(found []*session, number, size int, l lens) []*session {
	if number-1 > len(found)/size {
		return nil
	}
	from := (number - 1) * size
	to := min(from+size, len(found))
	nth := func(i int) *session {
		if s.readings.OldestFirst {
			return found[i]
		}
		return found[len(found)-1-i]
	}
	var shown []*session
	for i := from; i < to; i++ {
		if l.shift && i == from && from > 0 {
			shown = append(shown, nth(i-1))
			continue
		}
		shown = append(shown, nth(i))
	}
	return shown
}

// looked remembers that the client was shown an account's sessions, or a page of everybody's.
func (s *Server) looked(q listQuery) {
	if q.status != "" {
		return
	}
	s.world.seq++
	if q.account == "" {
		s.world.swept = s.world.seq
	} else if exists(q.account) {
		s.world.open(q.account).looked = s.world.seq
	}
}
