package campaign

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// explore searches breadth first, so that the trace it returns is a shortest one.
func (x *explorer) explore(start world) (states int, trace []string) {
	type from struct {
		state int32
		what  string
	}
	var (
		all    []*world // nil once its successors are known
		end    []bool
		via    []from
		next   [][]int32 // successors, for the search backwards
		number = map[[16]byte]int32{}
		words  = map[string]string{}
	)
	add := func(w world, f from) int32 {
		k := w.key()
		if n, ok := number[k]; ok {
			return n
		}
		if _, ok := words[f.what]; !ok {
			words[f.what] = f.what
		}
		f.what = words[f.what]
		number[k] = int32(len(all))
		all, via, next = append(all, &w), append(via, f), append(next, nil)
		end = append(end, w.done && len(w.flights) == 0)
		return int32(len(all) - 1)
	}
	tell := func(n int) []string {
		var t []string
		for ; n >= 0; n = int(via[n].state) {
			t = append(t, via[n].what)
		}
		slices.Reverse(t)
		return t
	}
	add(start, from{-1, "begin: " + describe(start)})
	for n := 0; n < len(all); n++ {
		x.check(*all[n])
		if x.violate != "" {
			return len(all), append(tell(n), "BROKEN: "+x.violate)
		}
		moves := x.moves(*all[n])
		if x.violate != "" {
			return len(all), append(tell(n), x.culprit, "BROKEN: "+x.violate)
		}
		for _, m := range moves {
			next[n] = append(next[n], add(m.to, from{int32(n), m.what}))
		}
		all[n] = nil
	}
	if n := stuck(end, next); n >= 0 {
		return len(all), append(tell(n), "BROKEN: from here on no end can be reached")
	}
	return len(all), nil
}

// stuck finds a state from which no final state can be reached; -1 if there is none.
func stuck(end []bool, next [][]int32) int {
	before := make([][]int32, len(end))
	var queue []int32
	reaches := make([]bool, len(end))
	for n, succ := range next {
		for _, m := range succ {
			before[m] = append(before[m], int32(n))
		}
		if end[n] {
			reaches[n], queue = true, append(queue, int32(n))
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, m := range before[n] {
			if !reaches[m] {
				reaches[m], queue = true, append(queue, m)
			}
		}
	}
	return slices.Index(reaches, false)
}

func describe(w world) string {
	if len(w.sessions) == 0 {
		if w.durable.Redirect {
			return "an account without sessions, redirect flow"
		}
		return "an account without sessions"
	}
	var parts []string
	for _, s := range w.sessions {
		what := "a stranger's"
		if s.round > 0 {
			what = fmt.Sprintf("our %d.%d,", s.round, s.attempt)
		}
		switch {
		case s.completed:
			what += " completed"
		case s.ended >= 0:
			what += fmt.Sprintf(" ended %d s ago", s.ended)
		default:
			what += " live"
		}
		parts = append(parts, what)
	}
	return fmt.Sprintf("round %d, sessions: %s", w.durable.Round, strings.Join(parts, "; "))
}

// beginnings are the worlds in which a run can find an account.
func beginnings(m mutant) []world {
	at := func(round int, sessions ...session) world {
		for i := range sessions {
			sessions[i].old, sessions[i].opened = true, -1
		}
		w := world{durable: Record{Round: round}, sessions: sessions, down: true, crashes: 2, strangers: 1}
		if len(sessions) == 0 && (!testing.Short() || m != "") {
			w.troubles = 1
		}
		if m == jumpingClock {
			w.jumps = 1
		}
		return w
	}
	slow := at(0)
	slow.slow, slow.strangers, slow.troubles = 1, 0, 0
	rolledBack := at(1, session{round: 1, attempt: 2, made: lagBy, ended: -1})
	rolledBack.durable.State, rolledBack.durable.Attempt = Started, 1
	restored := func(w world) world { w.restored = true; return w }
	forgetful := restored(at(0))
	forgetful.troubles = 0
	create := []world{
		restored(rolledBack),
		slow,
		at(0),
		at(0, session{made: lagBy, ended: -1}),
		at(0, session{made: lagBy, ended: lagBy}),
		at(0, session{made: lagBy, ended: lagBy, completed: true}),
		restored(at(0, session{round: 1, attempt: 1, made: lagBy, ended: -1})),
		restored(at(0, session{round: 1, attempt: 1, made: lagBy, ended: lagBy})),
		forgetful,
		at(2, session{round: 1, attempt: 1, made: lagBy, ended: lagBy}),
		at(2, session{round: 1, attempt: 1, made: lagBy, ended: 0}), // just replaced
	}
	switch m {
	case "":
		return slices.Concat(create, redirects(), decisions(), orders())
	case adoptOrphan, endOpened:
		return redirects()
	case postUnended, endNotDurable, startedUnchecked, callOffEarly:
		return orders()
	case retryUnsettled:
		return decisions()
	case anyRound: // only where there was an earlier one
		return create[len(create)-2:]
	default:
		return create
	}
}

// redirects are the worlds in which a run of the redirect flow can find an account.
func redirects() []world {
	empty := world{durable: Record{Redirect: true}, down: true, attempts: 1} // rounds that follow one another multiply
	crashing, opened, troubled, stranger := empty, empty, empty, empty
	crashing.crashes = 2
	opened.crashes, opened.opens = 1, 1
	troubled.crashes, troubled.troubles = 1, 1
	stranger.strangers, stranger.attempts = 1, 2
	return []world{crashing, opened, troubled, stranger}
}

// decisions are the worlds in which a person has to decide, sooner or later.
func decisions() []world {
	w := world{down: true, crashes: 1, strangers: 1, strangersEnds: 1, words: 2, attempts: 1}
	link := w
	link.durable.Redirect, link.strangers, link.strangersEnds, link.opens, link.words = true, 0, 0, 1, 1
	return []world{w, link}
}

// orders are the worlds in which a person has a session replaced or revoked.
func orders() []world {
	ours := world{
		durable:  Record{State: Created, Round: 1, Attempt: 1, Audited: true, Session: Session{ID: "s0"}},
		sessions: []session{{round: 1, attempt: 1, made: lagBy, ended: -1, opened: -1, old: true}},
		order:    &Ending{Session: "s0", Why: "ordered"},
		done:     true, attempts: 1, crashes: 2,
	}
	strangers := ours
	strangers.durable = Record{State: Skipped, Session: Session{ID: "s0"}}
	strangers.sessions = []session{{made: lagBy, ended: -1, opened: -1, old: true}}
	opened, started, revoked, troubled, raced := ours, ours, ours, ours, ours
	opened.opens, strangers.opens, revoked.opens, started.opens = 1, 1, 1, 1
	started.order = &Ending{Session: "s0", Why: "ordered", Started: true}
	revoked.order = &Ending{Session: "s0", Why: "ordered", Only: true}
	troubled.troubles, troubled.crashes = 1, 1
	raced.strangers, raced.crashes = 1, 0
	linked := opened
	linked.durable.Redirect = true
	linked.sessions = []session{{round: 1, attempt: 1, made: lagBy, ended: -1, opened: -1, old: true, linked: true}}
	linked.crashes = 0
	return []world{ours, opened, started, strangers, revoked, troubled, raced, linked}
}

func newExplorer(m mutant, hold bool, start world) *explorer {
	x := &explorer{mutant: m, words: start.words, p: Protocol{Ledger: ledger, Settle: (lateBy + lagBy) * tick, MaxAttempts: 3,
		Hold: hold, GuardAge: 2 * tick, Restored: start.restored, mutant: m}}
	if start.attempts > 0 {
		x.p.MaxAttempts = start.attempts
	}
	return x
}

func TestExplorer(t *testing.T) {
	for _, hold := range []bool{false, true} {
		all, final := 0, 0
		for _, start := range beginnings("") {
			x := newExplorer("", hold, start)
			states, trace := x.explore(start)
			require.Empty(t, trace, "hold=%v: %s", hold, strings.Join(trace, "\n  "))
			all, final = all+states, final+x.final
		}
		require.NotZero(t, final)
		t.Logf("hold=%v: %d final states", hold, final)
		t.Logf("0 of %d states of the create and replace protocols: promise broken", all)
		t.Logf("0 of %d states of the create and replace protocols: no end can be reached", all)
	}
}

func TestExplorerFindsEveryMutant(t *testing.T) {
	mutants := []mutant{noIntent, retryUnknown, noSettle, guardForReconcile, guardAfterThrottle, noGuard,
		guardForAttemptID, jumpingClock, refuseLater, noAudit, auditNotDurable, anyRound,
		adoptOrphan, endOpened, retryUnsettled, postUnended, endNotDurable, startedUnchecked, callOffEarly}
	noticed := 0
	for _, m := range mutants {
		t.Run(string(m), func(t *testing.T) {
			var trace []string
			states := 0
			for _, start := range beginnings(m) {
				n, found := newExplorer(m, false, start).explore(start)
				states += n
				if trace = found; len(trace) > 0 {
					break
				}
			}
			require.NotEmpty(t, trace, "the mutant broke nothing in %d states", states)
			t.Logf("%d states, then:\n  %s", states, strings.Join(trace, "\n  "))
			noticed++
		})
	}
	t.Logf("%d of %d mutants of the create and replace protocols: not noticed", len(mutants)-noticed, len(mutants))
}
