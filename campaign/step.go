package campaign

import (
	"slices"
	"time"
)

// Step takes an account one event further and says what to do next. With a Put, the account it returns
// holds the record to be made durable. An event that the account's phase does not expect changes
// nothing and ends it for this run: a driver that is wrong can lose time, never a session.
func (p Protocol) Step(a Account, e Event) (Account, Action) {
	action := p.step(&a, &e)
	return a, action
}

// step is Step on one copy of the account, which it changes: an account has more than half a KiB, and to copy it at each
// call below cost more than what is decided there.
func (p *Protocol) step(a *Account, e *Event) Action {
	switch {
	case e.Kind == Begin:
		return p.begin(a, e)
	case e.Kind == BeginAudit:
		return p.beginAudit(a, e)
	case e.Kind == BeginResolve:
		return p.beginResolve(a, e)
	case e.Kind == BeginShow:
		*a = Account{Record: a.Record, phase: showing}
		return Action{Kind: List}
	case e.Kind == Stop:
		return p.rest(a)
	case a.phase == guarding || a.phase == doubting || a.phase == auditing || a.phase == resolving || a.phase == showing:
		return p.look(a, e)
	case a.phase == turning && e.Kind == Due:
		return Action{Kind: TakeTurn}
	case a.phase == turning && e.Kind == Turn:
		return p.turn(a, e)
	case a.phase == intending && e.Kind == Stored:
		return p.intended(a, e)
	case a.phase == sparing && e.Kind == Stored:
		a.phase = doubting
		return Action{Kind: List}
	case a.phase == posting && e.Kind == Answered:
		return p.answered(a, e)
	case a.phase == ending && e.Kind == Ended:
		return p.ended(a, e)
	case a.phase == renewing && e.Kind == Stored:
		return p.begin(a, e)
	default: // deciding: the outcome is durable
		return Action{Kind: End}
	}
}

// begin takes up an account from what is durable. A restart and a retry are the same code: both start here.
func (p *Protocol) begin(a *Account, e *Event) Action {
	*a = Account{Record: a.Record, left: max(e.Left, a.left), held: a.held, hold: a.hold, barred: a.barred}
	switch a.Current() {
	case Pending:
		if a.barred != "" { // whether its old session lives is found out when a person decides
			return p.undecided(a, "its session was to be replaced and may have ended, and no other one follows: "+a.barred)
		}
		a.phase = guarding
		if p.mutant == noGuard {
			return p.clear(a, e.Now)
		}
		return Action{Kind: List}
	case Started:
		a.phase = doubting
		if p.mutant == guardForReconcile {
			a.phase = guarding
		}
		return Action{Kind: List}
	default:
		return Action{Kind: End}
	}
}

// rest leaves the account for the next run. An attempt that is known never to have left is taken back,
// so that nobody has to look for a session that can't exist. Why a session could not be ended is kept for people.
func (p *Protocol) rest(a *Account) Action {
	if a.phase != deciding && a.phase != renewing && a.State == Started && a.unsent && a.Attempt == 1 {
		a.State, a.Attempt = Pending, 0
		return p.decide(a)
	}
	if a.phase != deciding && a.phase != renewing && a.Current() == Pending && a.unended != "" && a.Reason != a.unended {
		a.Reason = a.unended
		return p.decide(a)
	}
	return Action{Kind: End}
}

func (p *Protocol) decide(a *Account) Action {
	a.phase = deciding
	if a.State != Pending && a.State != Started {
		a.End = Ending{}
	}
	return Action{Kind: Put}
}

// look handles what all phases that look at the API share: waiting, and a look that shows nothing.
func (p *Protocol) look(a *Account, e *Event) Action {
	known := a.Guard
	if a.phase == guarding {
		known = a.seen
	}
	// A list that does not show what has to end, or what a person was shown, is older than what it is asked about.
	for _, id := range []string{a.End.Session, a.Session.ID} {
		if id != "" && (a.phase == guarding || a.phase == resolving || a.phase == showing) {
			known = append(slices.Clip(known), id)
		}
	}
	switch {
	case e.Kind == Due:
		return Action{Kind: List}
	case e.Kind == LookRefused:
		return p.unlisted(a, e)
	case e.Kind != Looked:
		return p.again(a, e.Now)
	}
	// What a look shows is there, however little of it was read; that something is absent takes all of it.
	whole := !e.Look.Partial && e.Look.covers(known) && e.Look.covers(a.met)
	a.refusals = 0
	for _, s := range e.Look.Sessions {
		if !slices.Contains(a.met, s.ID) {
			a.met = append(slices.Clip(a.met), s.ID)
		}
	}
	switch a.phase {
	case guarding:
		return p.guard(a, e, whole)
	case doubting:
		return p.reconcile(a, e, whole)
	case resolving:
		return p.resolve(a, e, whole)
	}
	switch {
	case !whole:
		return p.again(a, e.Now)
	case a.phase == showing:
		shown := e.Look
		a.shown = &shown
		return Action{Kind: End}
	}
	return p.audit(a, e)
}

// unlisted handles an API that refuses to list the account, once it is said often enough not to be a
// lagging replica. Before the first POST that is as good as a refusal of the POST. Later it proves
// nothing, for that an account can't be listed does not mean that it has no session: a person has to look.
func (p *Protocol) unlisted(a *Account, e *Event) Action {
	if a.refusals++; a.refusals < maxUnknown {
		return p.again(a, e.Now)
	}
	switch {
	case a.phase == showing:
		a.refusal = e.Answer.Reason
		return Action{Kind: End}
	case a.phase == guarding && a.End.Session != "":
		return p.undecided(a, "the API refuses to list the account, so that its old session can't be ended: "+e.Answer.Reason)
	case a.phase == guarding:
		a.Attempt = 0
		return p.refuse(a, e.Answer.Reason)
	case a.phase == doubting && e.Now <= a.left+p.Settle:
		return Action{Kind: Wait, Until: a.left + p.Settle + 1}
	case a.phase == doubting:
		return p.undecided(a, "the API refuses to list the account: "+e.Answer.Reason)
	case a.phase == auditing && a.State != Created:
		a.Audited = true
		return p.decide(a)
	case a.phase == resolving:
		return p.unresolvable(a, e.Answer.Reason)
	default:
		return p.again(a, e.Now)
	}
}

// again waits before the next try, longer each time, and gives up for this run after maxTrouble.
func (p *Protocol) again(a *Account, now time.Duration) Action {
	a.trouble++
	if a.trouble > maxTrouble {
		return p.rest(a)
	}
	pause := min(time.Second<<(a.trouble-1), maxPause)
	return Action{Kind: Wait, Until: now + pause}
}

// turn is the moment before a POST: brake, then the durable intent, then the POST (design, rule 1).
func (p *Protocol) turn(a *Account, e *Event) Action {
	if p.stale(a, e.Now) {
		return p.lookAgain(a)
	}
	if a.unsent {
		return p.send(a)
	}
	if a.endNow {
		a.phase, a.endNow = ending, false
		return Action{Kind: Revoke}
	}
	if a.Attempt == 0 {
		a.Guard, a.Session = a.seen, Session{}
	}
	a.State, a.Attempt, a.refusal = Started, a.Attempt+1, ""
	if p.mutant == noIntent {
		return p.send(a)
	}
	a.phase = intending
	return Action{Kind: Put}
}

// intended goes on when the intent is durable. A commit that took so long that the look is too old by
// now sends nothing: the attempt is known not to have left.
func (p *Protocol) intended(a *Account, e *Event) Action {
	if p.stale(a, e.Now) {
		a.unsent = true
		return p.lookAgain(a)
	}
	return p.send(a)
}

func (p *Protocol) stale(a *Account, now time.Duration) bool {
	return now-a.fresh > p.GuardAge && p.mutant != noGuard
}

// lookAgain renews the look on which the next POST leaves.
func (p *Protocol) lookAgain(a *Account) Action {
	a.phase, a.endNow = doubting, false
	if a.Attempt == 0 || a.Attempt == 1 && a.unsent {
		a.phase = guarding
	}
	return Action{Kind: List}
}

func (p *Protocol) send(a *Account) Action {
	a.phase, a.unsent = posting, false
	return Action{Kind: Post, Attempt: AttemptID{Ledger: p.Ledger, Round: a.Round, Attempt: a.Attempt}}
}

// answered judges what the answer to a POST means for the account (design, rule 2).
func (p *Protocol) answered(a *Account, e *Event) Action {
	if e.Answer.Kind != AnswerUnsent {
		a.left, a.absent = e.Now, 0
	}
	switch e.Answer.Kind {
	case AnswerCreated:
		a.trouble = 0
		return p.created(a, e.Answer.Session, false)
	case AnswerUnsent:
		a.phase, a.unsent = turning, true
		return p.again(a, e.Now)
	case AnswerUnauthorized:
		a.phase = doubting
		return Action{Kind: End}
	case AnswerRefused:
		if a.Attempt == 1 {
			return p.refuse(a, e.Answer.Reason)
		}
		if p.mutant == refuseLater {
			put := p.refuse(a, e.Answer.Reason)
			a.Audited = true
			return put
		}
		a.refusal = e.Answer.Reason
	case AnswerThrottled:
		a.Free, a.busy = a.Free+1, a.busy+1
		if p.mutant == guardAfterThrottle {
			a.phase, a.guarded = guarding, false
			return Action{Kind: List}
		}
	}
	switch p.mutant {
	case retryUnknown:
		return p.clear(a, e.Now)
	case guardForReconcile:
		a.phase, a.guarded = guarding, false
		return Action{Kind: List}
	}
	a.phase = doubting
	if e.Answer.Kind == AnswerThrottled { // however often the run is cut short before the next intent
		a.phase = sparing
		return Action{Kind: Put}
	}
	return Action{Kind: List}
}
