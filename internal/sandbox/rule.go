package sandbox

import (
	"fmt"
	"path"
	"slices"
	"time"
)

// The defaults of [Faults].
const (
	DefaultLateBy  = time.Second
	DefaultStaleBy = 2 * time.Second
	DefaultSkewBy  = time.Hour
)

// Faults are what goes wrong. The zero value is nothing.
type Faults struct {
	// Rules are tried in order; the first that fires decides about the request.
	Rules []Rule

	// LateBy bounds the delay of timeout_late's effect. Zero is [DefaultLateBy].
	LateBy time.Duration

	// StaleBy is how far stale_list looks back, on the world's clock. Zero is [DefaultStaleBy].
	StaleBy time.Duration

	// SkewBy is how far skewed_date's Date is ahead; negative is behind. Zero is [DefaultSkewBy].
	SkewBy time.Duration

	// Scripts come before the rules, in order.
	Scripts []Script
}

// Rule says when a class of failure happens. All its conditions must hold.
//
// Requests are counted per route and entity: the account where the request or its session names
// one, else the session id, else (a list of everything) all together. The chance is drawn from a
// hash of seed, route, entity, count and the rule's place, so a run repeats itself under any
// concurrency.
type Rule struct {
	Route Route // [AnyRoute] applies it wherever the class makes sense
	Class Fault

	// P is the probability. Zero is 1: a rule is written to fire.
	P float64

	// From and To bound the count of the request, from 1, both included. Zero is no bound.
	From int
	To   int

	// Nth lists the counts at which the rule may fire. Nil is every one.
	Nth []int

	// Account is the account that the rule is about, exact or with the wildcards of [path.Match].
	// Empty is any.
	Account string

	// Until ends the rule this long after the faults were set. Zero is never.
	Until time.Duration
}

// check refuses rules that could never fire.
func (f Faults) check() error {
	if f.LateBy < 0 || f.StaleBy < 0 {
		return fmt.Errorf("sandbox: faults late by %v, stale by %v; neither may be negative", f.LateBy, f.StaleBy)
	}
	for i, r := range f.Rules {
		if err := r.check(); err != nil {
			return fmt.Errorf("sandbox: fault rule %d: %w", i+1, err)
		}
	}
	for i, s := range f.Scripts {
		if err := s.check(); err != nil {
			return fmt.Errorf("sandbox: fault script %d: %w", i+1, err)
		}
	}
	return nil
}

// SetFaults changes what goes wrong from now on; scripts begin anew. Requests go on being counted from the
// start of the server. It refuses rules that could never fire, and then changes nothing.
func (s *Server) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.since, s.played = f, time.Now(), make([]int, len(f.Scripts))
	return nil
}

// Faults gives what goes wrong now. It shares its slices with the server: do not change them.
func (s *Server) Faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

func (r Rule) check() error {
	if _, known := r.Class.routesOf(); !known {
		return fmt.Errorf("there is no class %q", r.Class)
	}
	switch r.Route {
	case RouteCreate, RouteList, RouteGet, RouteResend, RouteRevoke:
		if !r.Class.on(r.Route) {
			return fmt.Errorf("class %q makes no sense for route %q", r.Class, r.Route)
		}
	case AnyRoute:
	default:
		return fmt.Errorf("there is no route %q", r.Route)
	}
	if !(r.P >= 0 && r.P <= 1) { // also refuses NaN
		return fmt.Errorf("probability %v is not between 0 and 1", r.P)
	}
	if r.From < 0 || r.To < 0 || (r.To > 0 && r.From > r.To) {
		return fmt.Errorf("from request %d to request %d is empty", r.From, r.To)
	}
	if r.Until < 0 {
		return fmt.Errorf("it ends %v before it begins", -r.Until)
	}
	if _, err := path.Match(r.Account, ""); err != nil {
		return fmt.Errorf("account %q: %w", r.Account, err)
	}
	return nil
}

// fires says whether the rule, the i-th of its list, decides the n-th request of an entity.
func (r Rule) fires(i int, route Route, entity string, n int, since time.Duration, d draw) bool {
	if r.Route != AnyRoute && r.Route != route || !r.Class.on(route) {
		return false
	}
	if n < r.From || r.To > 0 && n > r.To || r.Nth != nil && !slices.Contains(r.Nth, n) {
		return false
	}
	if r.Until > 0 && since >= r.Until {
		return false
	}
	if r.Account != "" {
		if match, _ := path.Match(r.Account, entity); !match { // the pattern was checked
			return false
		}
	}
	return r.P == 0 || d.float(uint64(i)) < r.P
}

// choose gives the class that befalls a request, "" for none.
func (f Faults) choose(route Route, entity string, n int, since time.Duration, d draw) Fault {
	for i, r := range f.Rules {
		if r.fires(i, route, entity, n, since, d) {
			return r.Class
		}
	}
	return ""
}
