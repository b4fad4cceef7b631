package campaign

import (
	"crypto/md5"
	"fmt"
	"slices"
	"time"
)

// The explorer walks through everything that can happen to one account: every answer, every crash, every
// moment at which a request can take effect or a stranger can act. It runs the very Step that the
// program runs, so the model is the code. Time goes in ticks of a second; a request takes effect
// within lateBy of its leaving and shows in a listing within lagBy of that, together the settle time.
const (
	tick   = time.Second
	lateBy = 1 // ticks
	lagBy  = 1
	slowBy = 6 // a server that is slower than the settle time: not preventable, to be found by the audit
	ledger = "L"
)

// session is one at the modelled API. Ages in ticks grow with time and are cut where they stop to matter.
type session struct {
	round, attempt int // 0, 0: a stranger's
	made, ended    int // ages; ended -1: live
	completed      bool
	old            bool // there before the first move
	hurt           bool // ended by somebody's POST, not by its own end
	hurtByUs       bool // by ours
	linked         bool // its link is in the links file
	opened         int  // age; -1: no customer was there
	openShown      bool // the newest look was begun when every replica showed that a customer was there
	shown          bool // the newest look was begun when every replica showed it
	mustBeTold     bool // the newest audit look was begun when every replica showed its end
	ordered        bool // a person ordered that it ends
	erased         bool // a DELETE of ours ended it
}

// flight is a POST that has left and will take effect.
type flight struct {
	round, attempt, age int
	bound               int // the age by which it takes effect
	known               int // the sessions that the look before it must have shown, a bit each
}

// erasure is a DELETE that has left and will take effect.
type erasure struct{ session, age int }

// world is one state of everything. It holds no pointer that a successor may change.
type world struct {
	durable Record
	acct    Account
	act     Action
	audit   bool // the process is in its audit
	down    bool // crashed, or between two runs
	done    bool

	now      int // ticks since the process took the ledger
	jump     int // what a clock that jumps adds
	sessions []session
	flights  []flight
	erasures []erasure
	looked   bool // an audit looked at the account

	attempts int // that a round may have; 0: 3

	restored bool // the ledger was an earlier copy once

	wasSlow bool // a POST was slower than the settle time: a second invitation can't be prevented any more

	crashes, strangers, troubles, jumps, slow, opens, words, strangersEnds int // still allowed; words are a person's

	order  *Ending // that a person may give once; its session is the first one
	orders int     // given by now
}

func (w world) clone() world {
	w.sessions, w.flights, w.erasures = slices.Clone(w.sessions), slices.Clone(w.flights), slices.Clone(w.erasures)
	return w
}

// ageless is an age above every limit of the model: the settle time and a tick, and as much for a guard.
const ageless = lateBy + lagBy + 1

func cut(n int) int { return min(n, ageless) }

// key tells two states apart up to the moment at which they are reached: times are kept as ages.
func (w world) key() [16]byte {
	var b []byte
	num := func(ns ...int) {
		for _, n := range ns {
			b = append(b, byte(n+1))
		}
	}
	flag := func(fs ...bool) {
		for _, f := range fs {
			if f {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		}
	}
	text := func(ts ...string) {
		for _, t := range ts {
			b = append(append(b, t...), 0)
		}
	}
	age := func(d time.Duration) int { return max(-1, cut(w.now+w.jump-int(d/tick))) }
	record := func(r Record) {
		text(string(r.State), r.Session.ID, r.Incident)
		text(r.Guard...)
		num(r.Round, r.Attempt, r.Free, len(r.Guard), r.Orphans)
		flag(r.Adopted, r.Audited, r.Redirect, r.End.Started, r.End.Only, r.End.byHand())
		text(r.End.Session)
	}
	record(w.durable)
	flag(w.down, w.done, w.audit, w.looked, w.wasSlow)
	num(w.crashes, w.strangers, w.troubles, w.jumps, w.slow, w.opens, w.words, w.strangersEnds, w.orders)
	num(len(w.sessions), len(w.flights), len(w.erasures))
	for _, s := range w.sessions {
		num(s.round, s.attempt, s.made, s.ended, s.opened)
		flag(s.completed, s.old, s.hurt, s.hurtByUs, s.shown, s.mustBeTold, s.linked, s.openShown, s.ordered, s.erased)
	}
	for _, e := range w.erasures {
		num(e.session, e.age)
	}
	for _, f := range w.flights {
		num(f.round, f.attempt, f.age, f.bound, f.known)
	}
	if !w.down && !w.done {
		a := w.acct
		record(a.Record)
		text(a.seen...)
		num(len(a.seen), int(a.phase), a.busy, a.absent, a.trouble, int(w.act.Kind), w.jump)
		if a.phase == turning || a.phase == intending {
			num(age(a.fresh))
		}
		if a.Attempt > 0 || a.phase == resolving || a.End.byHand() {
			num(age(a.left))
		}
		if a.absent > 0 {
			num(age(a.looked))
		}
		if a.lagging {
			num(age(a.laggingSince))
		}
		flag(a.lagging, a.guarded, a.unsent, a.refusal != "", a.endNow, a.over)
		text(string(a.decision.Verb))
		if w.act.Kind == Wait {
			num(w.ticksLeft())
		}
	}
	return md5.Sum(b)
}

// ticksLeft is how many ticks a Wait has to go.
func (w world) ticksLeft() int { return max(0, int((w.act.Until-w.clock()+tick-1)/tick)) }

// explorer is one search.
type explorer struct {
	p       Protocol
	mutant  mutant
	violate string // the first broken promise
	culprit string // the move that broke it
	final   int
	words   int // that a person had at the beginning
}

func (x *explorer) broken(format string, args ...any) {
	if x.violate == "" {
		x.violate = fmt.Sprintf(format, args...)
	}
}

func (w world) clock() time.Duration { return time.Duration(w.now+w.jump) * tick }

// feed gives the process an event and takes its next action.
func (x *explorer) feed(w *world, e Event) {
	e.Now = w.clock()
	w.acct, w.act = x.p.Step(w.acct, e)
	if w.act.Kind == End {
		x.ended(w)
	}
}

// ended is the run around the account: create, then audit, then the process is over.
func (x *explorer) ended(w *world) {
	if !w.audit && w.acct.State != Started && w.acct.Posted() && !w.acct.Audited && x.mutant != noAudit {
		w.audit = true
		w.acct, w.act = x.p.Step(w.acct, Event{Kind: BeginAudit, Now: w.clock(), Left: w.acct.left})
		if w.act.Kind != End {
			return
		}
	}
	switch w.durable.Current() {
	case Pending, Started:
		w.down = true
	default:
		w.done = w.durable.Audited || !w.durable.Posted() || x.mutant == noAudit
		w.down = !w.done
	}
	w.act = Action{}
	if w.down || w.done {
		w.acct, w.audit = Account{}, false
	}
}

// commit lets a POST take effect: it makes a session and silently revokes the live one.
func (x *explorer) commit(w *world, round, attempt, known int) {
	for i, s := range w.sessions {
		if s.round == round && round > 0 && !w.wasSlow {
			x.broken("a second invitation: attempt %d.%d worked after %d.%d did", round, attempt, s.round, s.attempt)
		}
		if s.ended >= 0 {
			continue
		}
		if round > 0 && (s.round > 0 && !w.wasSlow || s.old || known&(1<<i) != 0) {
			x.broken("attempt %d.%d revoked a live session (%d.%d)", round, attempt, s.round, s.attempt)
		}
		w.sessions[i].ended, w.sessions[i].hurt, w.sessions[i].hurtByUs = 0, true, round > 0
	}
	w.sessions = append(w.sessions, session{round: round, attempt: attempt, ended: -1, opened: -1})
}

// erase lets a DELETE take effect.
func (x *explorer) erase(w *world, i int) {
	s := &w.sessions[i]
	switch {
	case s.ended >= 0 || s.completed:
		return
	case s.round == 0 && !s.ordered:
		x.broken("a stranger's session was ended, and nobody ordered that")
	case s.linked && !s.ordered:
		x.broken("session %d.%d was ended, and the customer has its link", s.round, s.attempt)
	case s.openShown && (!s.ordered || !w.order.Started):
		x.broken("session %d.%d was ended, and somebody has opened it", s.round, s.attempt)
	}
	s.ended, s.erased = 0, true
}

// listing is what the API shows, lag ticks late.
func (w *world) listing(lag int) Look {
	l := Look{Began: w.clock(), Date: time.Unix(1e9, 0)}
	for i, s := range w.sessions {
		if s.made < lag {
			continue
		}
		seen := Seen{Session: Session{ID: fmt.Sprint("s", i), Status: "opened"}}
		seen.Linked, seen.WasOpened = s.linked, s.opened >= lag
		switch {
		case seen.WasOpened:
		case w.durable.Redirect:
			seen.Status = statusLinkReady
		default:
			seen.Status = statusEmailSent
		}
		if s.ended >= lag {
			seen.Status = statusRevoked
		}
		if s.completed {
			seen.Status = statusCompleted
		}
		if s.round > 0 {
			seen.Attempt = AttemptID{ledger, s.round, s.attempt}
		}
		l.Sessions = append(l.Sessions, seen)
	}
	return l
}

// look notes what a look begun now shows, however late the replica that answers it.
func (w *world) look() {
	for i := range w.sessions {
		s := &w.sessions[i]
		s.shown, s.openShown = s.made >= lagBy, s.opened >= lagBy
		s.mustBeTold = w.audit && s.ended >= lagBy
	}
	w.looked = w.looked || w.audit
}

// known are the sessions that the newest look must have shown, a bit each.
func (w *world) known() int {
	bits := 0
	for i, s := range w.sessions {
		if s.shown {
			bits |= 1 << i
		}
	}
	return bits
}

// check holds the promises of a state in which nothing more will happen.
func (x *explorer) check(w world) {
	if !w.done || len(w.flights)+len(w.erasures) > 0 {
		return
	}
	x.final++
	r := w.durable
	byHand := w.words < x.words // a person may adopt what no attempt of ours made
	for i, s := range w.sessions {
		id := fmt.Sprint("s", i)
		named := r.State == Created && r.Session.ID == id
		if r.State == Undecided && r.Session.ID == id {
			continue // a person is shown this very session
		}
		if w.wasSlow && r.State == Undecided {
			continue // a person looks: that is all that can be promised of a server slower than the settle time
		}
		switch {
		case s.round == max(r.Round, 1) && s.round > 0 && !s.old && r.State != Created:
			x.broken("attempt %d.%d made a session, and the account is %s", s.round, s.attempt, r.State)
		case s.round > 0 && s.ended < 0 && !named:
			x.broken("our live session %d.%d is lost: the record names %q", s.round, s.attempt, r.Session.ID)
		case named && r.Redirect && !s.linked && !s.completed && s.ended < 0 && !byHand:
			x.broken("the account is created, and nobody has the link of its session %d.%d", s.round, s.attempt)
		case named && s.erased:
			x.broken("the account is created, and we ended its session %d.%d", s.round, s.attempt)
		case r.State == Withdrawn && s.ordered && s.ended < 0:
			x.broken("the account is withdrawn, and the session that was to end lives")
		case named && (s.round == 0 || s.round != r.Round) && !byHand:
			x.broken("the record names a session (%d.%d) that no attempt of round %d made", s.round, s.attempt, r.Round)
		case s.round == 0 && s.hurtByUs && s.mustBeTold && r.Incident == "" && r.State == Created:
			x.broken("we revoked a stranger's session, and nobody was told")
		case named && s.hurt && (s.mustBeTold || !w.looked) && r.Incident == "" && !s.old:
			x.broken("our session %d.%d was revoked, and nobody was told", s.round, s.attempt)
		}
	}
	if r.State == Created && !byHand && !slices.ContainsFunc(w.sessions, func(s session) bool { return s.round == r.Round }) {
		x.broken("created, and no session of round %d exists", r.Round)
	}
}
