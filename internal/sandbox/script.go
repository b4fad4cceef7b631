package sandbox

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Script is what befalls requests one after the other, in the order in which they arrive. It is asked before
// the rules: a request that it has a line for is theirs no more. Once it is used up, it is as good as none.
//
// It goes by arrival, so where requests of several accounts are under way at once it repeats itself only with an
// Account.
type Script struct {
	// Route is whose requests take from the script. With [AnyRoute], a request takes the next class if
	// that makes sense for its route.
	Route Route

	// Account is the account that the script is about, as in a [Rule]. Empty is any.
	Account string

	// Classes are taken one a request. "" lets a request through.
	Classes []Fault
}

// scriptOK is how a script is written where it lets a request through.
const scriptOK = "ok"

// ParseScript reads a script as in "create: reset_after, ok, error_before", with an account as in
// "create MA_1*: reset_after".
func ParseScript(text string) (Script, error) {
	head, classes, ok := strings.Cut(text, ":")
	words := strings.Fields(head)
	if !ok || len(words) < 1 || len(words) > 2 {
		return Script{}, fmt.Errorf("sandbox: script %q; write ROUTE [ACCOUNT]: CLASS, CLASS, …, as in %q", text, "create: reset_after, ok")
	}
	s := Script{Route: Route(words[0])}
	if len(words) == 2 {
		s.Account = words[1]
	}
	for class := range strings.SplitSeq(classes, ",") {
		if class = strings.TrimSpace(class); class == scriptOK {
			class = ""
		} else if class == "" {
			return Script{}, fmt.Errorf("sandbox: script %q has an empty place; write %q where nothing is to happen", text, scriptOK)
		}
		s.Classes = append(s.Classes, Fault(class))
	}
	return s, s.check()
}

// String writes the script as ParseScript reads it.
func (s Script) String() string {
	head := string(s.Route)
	if s.Account != "" {
		head += " " + s.Account
	}
	words := make([]string, len(s.Classes))
	for i, class := range s.Classes {
		if words[i] = string(class); class == "" {
			words[i] = scriptOK
		}
	}
	return head + ": " + strings.Join(words, ", ")
}

func (s Script) check() error {
	for _, class := range s.Classes {
		if class == "" {
			class = ErrorBefore // any that makes sense everywhere: the route is checked all the same
		}
		if err := (Rule{Route: s.Route, Class: class, Account: s.Account}).check(); err != nil {
			return err
		}
	}
	if len(s.Classes) == 0 {
		return fmt.Errorf("the script for route %q has no class", s.Route)
	}
	return nil
}

// line says whether the next class of the script, the i-th from 0, is for a request, and which it is.
func (s Script) line(i int, route Route, entity string) (Fault, bool) {
	if i >= len(s.Classes) || s.Route != AnyRoute && s.Route != route {
		return "", false
	}
	if match, _ := path.Match(s.Account, entity); s.Account != "" && !match { // the pattern was checked
		return "", false
	}
	class := s.Classes[i]
	return class, class == "" || class.on(route)
}

// choose gives the class that befalls a request, "" for none: by the first script that has a line for it, else by
// the rules.
func (s *Server) choose(v visit, n int, d draw) Fault {
	for i, script := range s.faults.Scripts {
		if class, ok := script.line(s.played[i], v.route, v.entity); ok {
			s.played[i]++
			return class
		}
	}
	return s.faults.choose(v.route, v.entity, n, time.Since(s.since), d)
}
