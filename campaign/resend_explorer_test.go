package campaign

import (
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// resendWorld is one account of which a resend is due, the API, and a process that drives the resend protocol, in ticks of ten
// minutes: the cooldown is three ticks, the settle time one. It is due until it is on record that a mail left, so more
// than one mail of ours is always wrong.
type resendWorld struct {
	at      int    // tick of the server's clock
	durable Record // as the ledger has it
	acct    Resending
	act     Action
	up      bool // a process is there …
	began   int  // … since this tick: its own time is 0 then
	off     int  // by how many ticks this machine's clock is off

	last    int   // tick of the newest mail that the cooldown counts from
	mails   []int // of ours
	others  []int // reminders of the API's own
	flights []int // ticks at which POSTs left whose end is open
	dead    []int // of them, those of which was claimed that nothing can come of them
	ended   bool  // the customer has completed

	crashes, reminders, ends, steps, losses int // that may still happen
}

const (
	resendTick  = 10 * time.Minute
	settleTicks = 1
)

var resendEpoch = time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)

// key tells worlds apart that can go on differently: moments count from now, and long ago is all the same.
func (w resendWorld) key() [16]byte {
	const long = 7 * resendTick
	ago := func(d time.Duration) time.Duration { return min(d, long) }
	since := func(t time.Time) time.Duration {
		if t.IsZero() {
			return -1
		}
		return ago(tickTime(w.at).Sub(t))
	}
	newest := func(ticks []int) time.Duration {
		if len(ticks) == 0 {
			return -1
		}
		return since(tickTime(ticks[len(ticks)-1]))
	}
	ages := func(ticks []int) (all []int) {
		for _, at := range ticks {
			all = append(all, w.at-at)
		}
		return all
	}
	record := func(r Record) []any {
		return []any{r.Session.Status, r.Resend.Sent, since(r.Resend.First), since(r.Resend.Last)}
	}
	a := w.acct
	b := fmt.Append(nil, record(w.durable), w.up, newest([]int{w.last}), len(w.mails), newest(w.mails), newest(w.others), ages(w.flights), ages(w.dead),
		w.ended, w.crashes, w.reminders, w.ends, w.steps, w.losses, w.off)
	if w.up {
		b = fmt.Append(b, w.act.Kind, max(0, w.act.Until-w.now()), record(a.Record), a.phase, since(a.from), ago(w.now()-a.fresh), ago(w.now()-a.got),
			a.lost, ago(w.now()-a.left), a.first > 0, ago(w.now()-a.first), a.unsent, a.trouble)
	}
	return md5.Sum(b)
}

func (w resendWorld) now() time.Duration { return time.Duration(w.at-w.began) * resendTick }

func (w resendWorld) clone() resendWorld {
	w.mails, w.others, w.flights, w.dead = slices.Clone(w.mails), slices.Clone(w.others), slices.Clone(w.flights), slices.Clone(w.dead)
	return w
}

// date is the server's clock, or what a mutant takes for it.
func (x *resendExplorer) date(w resendWorld) time.Time {
	if x.p.mutant == ownClock {
		return tickTime(w.at + w.off)
	}
	return tickTime(w.at)
}

func tickTime(at int) time.Time { return resendEpoch.Add(time.Duration(at) * resendTick) }

type resendMove struct {
	what string
	to   resendWorld
}

type resendExplorer struct {
	p      ResendProtocol
	broken string
	claims map[ResendOutcome]int
}

func (x *resendExplorer) breaks(format string, args ...any) {
	if x.broken == "" {
		x.broken = fmt.Sprintf(format, args...)
	}
}

// moves are all that can happen next.
func (x *resendExplorer) moves(w resendWorld) (all []resendMove) {
	add := func(what string, change func(*resendWorld)) {
		if x.broken == "" {
			next := w.clone()
			change(&next)
			all = append(all, resendMove{what, next})
		}
	}
	if w.act.Kind != SendAgain { // the driver looks at the time once more when a POST leaves
		add("ten minutes pass", func(n *resendWorld) { x.pass(n) })
	}
	for i, left := range w.flights {
		add("a lost POST arrives", func(n *resendWorld) { x.arrive(n, left); n.flights = slices.Delete(n.flights, i, i+1) })
	}
	if w.reminders > 0 && !w.ended {
		add("the API reminds by itself", func(n *resendWorld) { n.reminders--; n.others, n.last = append(n.others, n.at), n.at })
	}
	if w.ends > 0 && !w.ended {
		add("the customer completes", func(n *resendWorld) { n.ends--; n.ended = true })
	}
	if !w.up {
		add("a run begins", func(n *resendWorld) { x.begin(n) })
		if w.steps > 0 {
			add("the machine's clock is set back, and a run begins", func(n *resendWorld) { n.steps--; n.off -= 3; x.begin(n) })
		}
		return all
	}
	if w.crashes > 0 {
		add("CRASH", func(n *resendWorld) { n.crashes--; n.up, n.acct, n.act = false, Resending{}, Action{} })
	}
	return append(all, x.acts(w)...)
}

// pass lets a tick pass. A POST that has not arrived within the settle time never does.
func (x *resendExplorer) pass(n *resendWorld) {
	n.at++
	over := func(left int) bool { return n.at-left > settleTicks }
	n.flights, n.dead = slices.DeleteFunc(n.flights, over), slices.DeleteFunc(n.dead, over)
}

func (x *resendExplorer) begin(n *resendWorld) {
	n.up, n.began = true, n.at
	x.step(n, Resending{Record: n.durable}, Event{Kind: Begin})
}

// step is one call of the protocol, and the claims that it makes.
func (x *resendExplorer) step(n *resendWorld, a Resending, e Event) {
	e.Now = n.now()
	n.acct, n.act = x.p.Step(a, e)
	if n.act.Kind == End {
		n.up, n.acct, n.act = false, Resending{}, Action{}
	}
}

// acts are what can become of the action that the process is about to carry out.
func (x *resendExplorer) acts(w resendWorld) (all []resendMove) {
	add := func(what string, change func(*resendWorld), event Event) {
		if x.broken != "" {
			return
		}
		next := w.clone()
		change(&next)
		x.step(&next, next.acct, event)
		all = append(all, resendMove{what, next})
	}
	nothing := func(*resendWorld) {}
	add("the run is stopped", nothing, Event{Kind: Stop})
	switch w.act.Kind {
	case Get:
		session := w.durable.Session
		add("GET shows it live", nothing, x.looked(w, session))
		if w.ended {
			session.Status = statusCompleted
			add("GET shows it completed", nothing, x.looked(w, session))
		}
	case TakeTurn:
		add("the brake gives the turn", nothing, Event{Kind: Turn})
	case Put:
		add("put", func(n *resendWorld) { x.store(n) }, Event{Kind: Stored})
	case Wait:
		if w.act.Until <= w.now() || w.act.Until < resendTick {
			add("its time has come", nothing, Event{Kind: Due})
		}
	case SendAgain:
		all = append(all, x.posts(w)...)
	}
	return all
}

func (x *resendExplorer) looked(w resendWorld, s Session) Event {
	return Event{Kind: Looked, Look: Look{
		Began: w.now(), Date: x.date(w), From: x.date(w), To: x.date(w).Add(time.Second), Sessions: []Seen{{Session: s}},
	}}
}

// posts are what can become of a POST.
func (x *resendExplorer) posts(w resendWorld) (all []resendMove) {
	var unlucky func(*resendWorld)
	add := func(what string, a Answer, change func(*resendWorld)) {
		if x.broken != "" {
			return
		}
		next := w.clone()
		unlucky(&next)
		change(&next)
		a.Date = x.date(w)
		x.step(&next, next.acct, Event{Kind: Answered, Answer: a})
		all = append(all, resendMove{what, next})
	}
	unlucky = func(*resendWorld) {}
	answer := Answer{Kind: AnswerSent}
	switch {
	case w.ended:
		answer.Kind = AnswerEnded
	case w.cools():
		answer = Answer{Kind: AnswerCooling, Cooldown: Cooldown - time.Duration(w.at-w.last)*resendTick}
	}
	add("POST is answered", answer, func(n *resendWorld) { x.arrive(n, n.at) })
	if w.losses == 0 {
		return all
	}
	unlucky = func(n *resendWorld) { n.losses-- }
	add("POST takes effect, its answer is lost", Answer{}, func(n *resendWorld) { x.arrive(n, n.at) })
	add("POST is lost on its way", Answer{}, func(n *resendWorld) { n.flights = append(n.flights, n.at) })
	add("POST never leaves", Answer{Kind: AnswerUnsent}, func(*resendWorld) {})
	add("POST is refused the credentials", Answer{Kind: AnswerUnauthorized}, func(*resendWorld) {})
	return all
}

func (w resendWorld) cools() bool { return time.Duration(w.at-w.last)*resendTick < Cooldown }

// arrive lets a POST that left at a tick take effect.
func (x *resendExplorer) arrive(n *resendWorld, left int) {
	if n.ended || n.cools() {
		return
	}
	n.mails, n.last = append(n.mails, n.at), n.at
	switch {
	case len(n.mails) > 1:
		x.breaks("a second mail for one due reminder")
	case slices.Contains(n.dead, left) && left != n.at:
		x.breaks("a mail left after it was claimed that none can")
	}
}

// store makes the record durable, and holds its claims against what is true.
func (x *resendExplorer) store(n *resendWorld) {
	before, after := n.durable.Resend, n.acct.Resend
	n.durable = n.acct.Record
	switch {
	case before.First.IsZero() || !after.First.IsZero():
		return
	case after.Sent < before.Sent:
		x.claims[ResendNotDue]++
		if len(n.mails) > 0 {
			x.breaks("the record says that no mail left, and one did")
		}
		n.dead = append(n.dead, n.flights...)
	case after.Unsure > before.Unsure:
		x.claims[ResendUnsure]++
	default:
		x.claims[ResendSent]++
		for _, at := range slices.Concat(n.mails, n.others) {
			if !tickTime(at).Before(before.First.Add(-cooldownSlack)) || x.p.mutant != "" {
				return
			}
		}
		x.breaks("the record says that a mail left, and none did")
	}
}

// check is what holds in every state.
func (x *resendExplorer) check(w resendWorld) {
	if len(w.mails) > 0 && w.durable.Resend.Sent == 0 {
		x.breaks("a mail of ours left that is on no record")
	}
}

// explore searches breadth first, so that the trace it returns is a shortest one.
func (x *resendExplorer) explore(start resendWorld) (states int, trace []string) {
	type from struct {
		state int
		at    int
		what  string
	}
	var (
		all    = []*resendWorld{&start} // nil once its successors are known
		via    = []from{{-1, 0, "begin"}}
		number = map[[16]byte]int{start.key(): 0}
		next   [][]int32
		end    []bool
	)
	tell := func(n int) (t []string) {
		for ; n >= 0; n = via[n].state {
			t = append(t, fmt.Sprintf("%3d min  %s", via[n].at*10, via[n].what))
		}
		slices.Reverse(t)
		return t
	}
	for n := 0; n < len(all); n++ {
		w := *all[n]
		all[n] = nil
		moves := x.moves(w)
		x.check(w)
		if x.broken != "" {
			return len(all), append(tell(n), "BROKEN: "+x.broken)
		}
		var follow []int32
		for _, m := range moves {
			k := m.to.key()
			i, known := number[k]
			if !known {
				i = len(all)
				number[k] = i
				all, via = append(all, &m.to), append(via, from{n, m.to.at, m.what})
			}
			follow = append(follow, int32(i))
		}
		next = append(next, follow)
		end = append(end, !w.up && (w.ended || w.durable.Resend.Sent > 0) && w.durable.Resend.First.IsZero())
	}
	if n := stuck(end, next); n >= 0 {
		return len(all), append(tell(n), "BROKEN: from here on no end can be reached")
	}
	return len(all), nil
}

func newResendExplorer(m mutant, hold, wait bool) (*resendExplorer, []resendWorld) {
	due := func(rec Record, from, to time.Time) Verdict {
		recent := !rec.Resend.Last.IsZero() && from.Before(rec.Resend.Last.Add(Cooldown))
		return Verdict{Due: rec.Resend.Sent == 0 && rec.Session.Status == statusEmailSent && !recent}
	}
	x := &resendExplorer{claims: map[ResendOutcome]int{}, p: ResendProtocol{
		Settle: settleTicks * resendTick, Hold: hold, Wait: wait, Due: due, mutant: m,
	}}
	w := resendWorld{last: -100, losses: 2, durable: Record{State: Created, Session: Session{
		ID: "s", Status: statusEmailSent, Created: tickTime(-100), Expires: tickTime(1000),
	}}}
	crashing, stepped, reminded, completed := w, w, w, w
	crashing.crashes = 2
	stepped.crashes, stepped.steps = 1, 1
	reminded.crashes, reminded.reminders = 1, 1
	completed.crashes, completed.ends, completed.losses = 1, 1, 1
	return x, []resendWorld{crashing, stepped, reminded, completed}
}

// TestResendExplorer walks through everything that can happen to one due reminder.
func TestResendExplorer(t *testing.T) {
	for _, mode := range []struct{ hold, wait bool }{{false, false}, {false, true}, {true, false}} {
		x, starts := newResendExplorer("", mode.hold, mode.wait)
		if mode.hold || mode.wait {
			starts = starts[2:3] // what differs there
		}
		all := 0
		for _, start := range starts {
			states, trace := x.explore(start)
			require.Empty(t, trace, "%+v: %s", mode, strings.Join(trace, "\n  "))
			all += states
		}
		require.NotZero(t, x.claims[ResendSent]*x.claims[ResendUnsure]*x.claims[ResendNotDue], "%v", x.claims)
		t.Logf("%+v: claims: a mail left %d, may have left %d, none left %d", mode, x.claims[ResendSent], x.claims[ResendUnsure], x.claims[ResendNotDue])
		t.Logf("0 of %d states of the resend protocol: second mail, or a false claim", all)
		t.Logf("0 of %d states of the resend protocol: no end can be reached", all)
	}
}

// TestResendExplorerFindsEveryMutant: each of these rules, left out, breaks something.
func TestResendExplorerFindsEveryMutant(t *testing.T) {
	mutants := []mutant{noIntent, retryAnyTime, unsettledRetry, lateBeforeWait, ownClock, blindToReading}
	noticed := 0
	for _, m := range mutants {
		t.Run(string(m), func(t *testing.T) {
			x, starts := newResendExplorer(m, false, false)
			var trace []string
			states := 0
			for _, start := range starts {
				x.broken = ""
				n, found := x.explore(start)
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
	t.Logf("%d of %d mutants of the resend protocol: not noticed", len(mutants)-noticed, len(mutants))
}
