package campaign

import (
	"fmt"
	"slices"
)

type move struct {
	what string
	to   world
}

// moves are all the things that can happen next.
func (x *explorer) moves(w world) []move {
	var all []move
	can := func(what string, change func(*world)) {
		n := w.clone()
		change(&n)
		if x.violate != "" && x.culprit == "" {
			x.culprit = what
		}
		all = append(all, move{what, n})
	}
	for i, f := range w.flights {
		can(fmt.Sprintf("the POST of attempt %d.%d takes effect late", f.round, f.attempt), func(n *world) {
			n.flights = slices.Delete(n.flights, i, i+1)
			x.commit(n, f.round, f.attempt, f.known)
		})
	}
	for i, e := range w.erasures {
		can(fmt.Sprintf("the DELETE of s%d takes effect late", e.session), func(n *world) {
			n.erasures = slices.Delete(n.erasures, i, i+1)
			x.erase(n, e.session)
		})
	}
	if w.done {
		x.wordMoves(w, can)
		x.orderMoves(w, can)
		return all
	}
	x.timeMoves(w, can)
	x.customerMoves(w, can)
	if w.strangers > 0 {
		can("a stranger creates a session", func(n *world) { n.strangers--; x.commit(n, 0, 0, 0) })
	}
	if w.down {
		x.wordMoves(w, can)
		can("a run begins", func(n *world) {
			n.down, n.now, n.jump, n.acct = false, 0, 0, Account{Record: n.durable}
			x.feed(n, Event{Kind: Begin})
			if n.durable.Audited == false && n.durable.State != Started && n.durable.Posted() && n.act.Kind == 0 && !n.done {
				n.down = false
			}
		})
		return all
	}
	if w.crashes > 0 && w.act.Kind != Post {
		can("crash", func(n *world) { x.crash(n) })
	}
	x.processMoves(w, can)
	return all
}

// wordMoves are what a person can say about an undecided account.
func (x *explorer) wordMoves(w world, can func(string, func(*world))) {
	if w.words == 0 || w.durable.State != Undecided {
		return
	}
	for _, verb := range []Verb{Adopt, Retry, GiveUp} {
		can("a person says "+string(verb), func(n *world) {
			n.words--
			n.done, n.now, n.jump, n.acct = false, 0, 0, Account{Record: n.durable}
			n.down = false
			x.feed(n, Event{Kind: BeginResolve, Decision: Decision{Verb: verb}})
		})
	}
}

// orderMoves let a person order, once, that the first session ends. That is durable before the process begins.
func (x *explorer) orderMoves(w world, can func(string, func(*world))) {
	if w.order == nil || w.orders > 0 {
		return
	}
	can("a person orders the end of s0", func(n *world) {
		n.orders++
		n.sessions[0].ordered = true
		n.done, n.now, n.jump, n.acct = false, 0, 0, Account{Record: n.durable.order(*n.order, Digest{})}
		if x.mutant != endNotDurable {
			n.durable = n.acct.Record
		}
		x.feed(n, Event{Kind: Begin})
	})
}

// customerMoves are what people do at the sessions.
func (x *explorer) customerMoves(w world, can func(string, func(*world))) {
	for i, s := range w.sessions {
		if s.ended >= 0 {
			continue
		}
		if w.opens > 0 && s.opened < 0 {
			can(fmt.Sprintf("somebody opens s%d", i), func(n *world) { n.opens--; n.sessions[i].opened = 0 })
		}
		if w.strangersEnds > 0 && s.round == 0 {
			can("the stranger ends its session", func(n *world) { n.strangersEnds--; n.sessions[i].ended = 0 })
		}
	}
}

func (x *explorer) crash(n *world) {
	n.crashes--
	n.down, n.acct, n.act, n.audit = true, Account{}, Action{}, false
}

func (x *explorer) timeMoves(w world, can func(string, func(*world))) {
	if w.jumps > 0 && !w.down {
		can("the clock jumps ahead", func(n *world) { n.jumps--; n.jump = 5 })
	}
	if slices.ContainsFunc(w.flights, func(f flight) bool { return f.age >= f.bound }) ||
		slices.ContainsFunc(w.erasures, func(e erasure) bool { return e.age >= lateBy }) {
		return // it takes effect before time goes on
	}
	if !w.down && (w.act.Kind == List || w.act.Kind == Post || w.act.Kind == Revoke || w.act.Kind == Wait && w.ticksLeft() == 0) {
		return // a look or a POST that takes long is one that is begun later
	}
	can("time passes", func(n *world) {
		n.now++
		for i := range n.sessions {
			s := &n.sessions[i]
			s.made = min(s.made+1, lagBy)
			if s.ended >= 0 {
				s.ended = min(s.ended+1, lagBy)
			}
			if s.opened >= 0 {
				s.opened = min(s.opened+1, lagBy)
			}
		}
		for i := range n.flights {
			n.flights[i].age++
		}
		for i := range n.erasures {
			n.erasures[i].age++
		}
	})
}

// processMoves are the ways in which the process's action can come out.
func (x *explorer) processMoves(w world, can func(string, func(*world))) {
	switch w.act.Kind {
	case List:
		for lag := 0; lag <= lagBy; lag++ {
			can(fmt.Sprintf("the list answers, %d s late", lag), func(n *world) {
				n.look()
				x.feed(n, Event{Kind: Looked, Look: n.listing(lag)})
			})
		}
		if w.troubles > 0 {
			can("the list breaks off", func(n *world) {
				n.troubles--
				n.look()
				l := n.listing(0)
				l.Partial = true
				x.feed(n, Event{Kind: Looked, Look: l})
			})
			can("the list breaks off before it shows anything", func(n *world) {
				n.troubles--
				x.feed(n, Event{Kind: Looked, Look: Look{Began: n.clock(), Partial: true}})
			})
			can("the list fails", func(n *world) { n.troubles--; x.feed(n, Event{Kind: LookFailed}) })
		}
	case TakeTurn:
		can("the brake gives its turn", func(n *world) { x.feed(n, Event{Kind: Turn}) })
		x.stopMove(w, can)
	case Put:
		can("the record is durable", func(n *world) { n.durable = n.acct.Record; x.feed(n, Event{Kind: Stored}) })
		if w.crashes > 0 {
			can("the record is durable, then crash", func(n *world) { n.durable = n.acct.Record; x.crash(n) })
		}
	case Wait:
		if w.clock() >= w.act.Until {
			can("the wait is over", func(n *world) { x.feed(n, Event{Kind: Due}) })
		}
		x.stopMove(w, can)
	case Post:
		x.postMoves(w, can)
	case Revoke:
		x.revokeMoves(w, can)
	}
}

// revokeMoves are the ways of a DELETE.
func (x *explorer) revokeMoves(w world, can func(string, func(*world))) {
	var i int
	_, _ = fmt.Sscanf(w.acct.End.Session, "s%d", &i)
	answer := func(n *world, a Answer) { x.feed(n, Event{Kind: Ended, Answer: a}) }
	del := "DELETE of " + w.acct.End.Session
	can(del+": 200 or 409", func(n *world) { x.erase(n, i); answer(n, Answer{Kind: AnswerEnded}) })
	can(del+" with effect: no answer", func(n *world) { x.erase(n, i); answer(n, Answer{}) })
	if w.troubles > 0 {
		can(del+" without effect: no answer", func(n *world) { n.troubles--; answer(n, Answer{}) })
		can(del+" with effect to come: no answer", func(n *world) {
			n.troubles--
			n.erasures = append(n.erasures, erasure{i, 0})
			answer(n, Answer{})
		})
	}
	if w.crashes > 0 {
		can(del+" with effect: crash", func(n *world) { x.erase(n, i); x.crash(n) })
	}
}

func (x *explorer) stopMove(w world, can func(string, func(*world))) {
	if w.crashes > 0 {
		can("Ctrl-C", func(n *world) { n.crashes--; x.feed(n, Event{Kind: Stop}) })
	}
}

// postMoves are the ways of a POST: does it work, when, and what is heard of it.
func (x *explorer) postMoves(w world, can func(string, func(*world))) {
	id := w.act.Attempt
	effects := []struct {
		what string
		do   func(*world)
	}{
		{"without effect", func(*world) {}},
		{"with effect", func(n *world) { x.commit(n, id.Round, id.Attempt, n.known()) }},
		{"with effect to come", func(n *world) {
			n.flights = append(n.flights, flight{id.Round, id.Attempt, 0, lateBy, n.known()})
		}},
	}
	if w.slow > 0 {
		effects[2].what, effects[2].do = "with effect to come very late", func(n *world) {
			n.slow, n.wasSlow = n.slow-1, true
			n.flights = append(n.flights, flight{id.Round, id.Attempt, 0, slowBy, n.known()})
		}
	}
	answer := func(n *world, a Answer) { x.feed(n, Event{Kind: Answered, Answer: a}) }
	for i, e := range effects {
		post := fmt.Sprintf("POST %d.%d %s: ", id.Round, id.Attempt, e.what)
		can(post+"no answer", func(n *world) { e.do(n); answer(n, Answer{}) })
		if w.troubles > 0 {
			can(post+"429", func(n *world) { n.troubles--; e.do(n); answer(n, Answer{Kind: AnswerThrottled}) })
		}
		if w.crashes > 0 {
			can(post+"crash", func(n *world) { e.do(n); x.crash(n) })
		}
		switch i {
		case 0:
			can(post+"404", func(n *world) { answer(n, Answer{Kind: AnswerRefused, Reason: "no such account"}) })
			if w.troubles > 0 {
				can(post+"401", func(n *world) { n.troubles--; answer(n, Answer{Kind: AnswerUnauthorized}) })
				can(post+"connection refused", func(n *world) { n.troubles--; answer(n, Answer{Kind: AnswerUnsent}) })
			}
		case 1:
			if w.crashes > 0 && w.acct.Redirect {
				can(post+"201, the link is written, crash", func(n *world) {
					e.do(n)
					n.sessions[len(n.sessions)-1].linked = true
					x.crash(n)
				})
			}
			can(post+"201", func(n *world) {
				e.do(n)
				n.sessions[len(n.sessions)-1].linked = n.acct.Redirect
				made := Session{ID: fmt.Sprint("s", len(n.sessions)-1), Status: "email_sent"}
				answer(n, Answer{Kind: AnswerCreated, Session: made})
			})
		}
	}
}
