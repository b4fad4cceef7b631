package campaign

import (
	"slices"
	"time"
)

// Step takes an account one event further and says what to do next. With a Put, the account it returns
// holds the record to be made durable. An event that the account's phase does not expect changes
// nothing and ends it for this run: a driver that is wrong can lose time, never a session.
func (p Protocol) Step(a Account, e Event) (Account, Action) {
	switch {
	case e.Kind == Begin:
		return p.begin(a, e)
	case e.Kind == BeginAudit:
		return p.beginAudit(a, e)
	case e.Kind == Stop:
		return p.rest(a)
	case a.phase == guarding || a.phase == doubting || a.phase == auditing:
		return p.look(a, e)
	case a.phase == turning && e.Kind == Due:
		return a, Action{Kind: TakeTurn}
	case a.phase == turning && e.Kind == Turn:
		return p.turn(a, e)
	case a.phase == intending && e.Kind == Stored:
		return p.intended(a, e)
	case a.phase == posting && e.Kind == Answered:
		return p.answered(a, e)
	default: // deciding: the outcome is durable
		return a, Action{Kind: End}
	}
}

// begin takes up an account from what is durable. A restart and a retry are the same code: both start here.
func (p Protocol) begin(a Account, e Event) (Account, Action) {
	a = Account{Record: a.Record, left: e.Left}
	switch a.Current() {
	case Pending:
		a.phase = guarding
		if p.mutant == noGuard {
			return p.clear(a, e.Now)
		}
		return a, Action{Kind: List}
	case Started:
		a.phase = doubting
		if p.mutant == guardForReconcile {
			a.phase = guarding
		}
		return a, Action{Kind: List}
	default:
		return a, Action{Kind: End}
	}
}

// rest leaves the account for the next run. An attempt that is known never to have left is taken back,
// so that nobody has to look for a session that can't exist.
func (p Protocol) rest(a Account) (Account, Action) {
	if a.phase != deciding && a.State == Started && a.unsent && a.Attempt == 1 {
		a.State, a.Attempt = Pending, 0
		return p.decide(a)
	}
	return a, Action{Kind: End}
}

func (p Protocol) decide(a Account) (Account, Action) {
	a.phase = deciding
	return a, Action{Kind: Put}
}

// look handles what the three phases that look at the API share: waiting, and a look that shows nothing.
func (p Protocol) look(a Account, e Event) (Account, Action) {
	known := a.Guard
	if a.phase == guarding {
		known = a.seen
	}
	switch {
	case e.Kind == Due:
		return a, Action{Kind: List}
	case e.Kind == LookRefused:
		return p.unlisted(a, e)
	case e.Kind != Looked:
		return p.again(a, e.Now)
	}
	// What a look shows is there, however little of it was read; that something is absent takes all of it.
	whole := !e.Look.Partial && e.Look.covers(known)
	a.refusals = 0
	switch a.phase {
	case guarding:
		return p.guard(a, e, whole)
	case doubting:
		return p.reconcile(a, e, whole)
	}
	if !whole {
		return p.again(a, e.Now)
	}
	return p.audit(a, e)
}

// unlisted handles an API that refuses to list the account, once it is said often enough not to be a
// lagging replica. Before the first POST that is as good as a refusal of the POST. Later it proves
// nothing, for that an account can't be listed does not mean that it has no session: a person has to look.
func (p Protocol) unlisted(a Account, e Event) (Account, Action) {
	if a.refusals++; a.refusals < maxUnknown {
		return p.again(a, e.Now)
	}
	switch {
	case a.phase == guarding:
		a.Attempt = 0
		return p.refuse(a, e.Answer.Reason)
	case a.phase == doubting && e.Now <= a.left+p.Settle:
		return a, Action{Kind: Wait, Until: a.left + p.Settle + 1}
	case a.phase == doubting:
		return p.undecided(a, "the API refuses to list the account: "+e.Answer.Reason)
	case a.phase == auditing && a.State != Created:
		a.Audited = true
		return p.decide(a)
	default:
		return p.again(a, e.Now)
	}
}

// again waits before the next try, longer each time, and gives up for this run after maxTrouble.
func (p Protocol) again(a Account, now time.Duration) (Account, Action) {
	a.trouble++
	if a.trouble > maxTrouble {
		return p.rest(a)
	}
	pause := min(time.Second<<(a.trouble-1), maxPause)
	return a, Action{Kind: Wait, Until: now + pause}
}

// guard decides before a round's first POST (design, rule 4).
func (p Protocol) guard(a Account, e Event, whole bool) (Account, Action) {
	l := e.Look
	if whole && !a.guarded {
		a.guarded, a.seen = true, ids(l)
	}
	newest := 0
	var live, completed, mine, former *Seen
	for i := range l.Sessions {
		s := &l.Sessions[i]
		ofLedger, ended := s.Attempt.Ledger == p.Ledger, !s.live(l.Date)
		if ofLedger {
			newest = max(newest, s.Attempt.Round)
		}
		switch {
		case ofLedger && s.Attempt.Round < a.Round && !ended:
			former = s
		case ofLedger && s.Attempt.Round >= a.Round && (!ended || s.Status == statusCompleted):
			mine = s
		case s.Status == statusCompleted:
			completed = s
		case !ended:
			live = s
		}
	}
	switch {
	case mine != nil && whole: // a ledger that was restored has forgotten it
		a.State, a.Session, a.Adopted, a.Guard = Created, mine.Session, true, ids(l)
		a.Round, a.Attempt = mine.Attempt.Round, mine.Attempt.Attempt
		return p.decide(a)
	case completed != nil:
		return p.skip(a, *completed, "the account has completed KYC")
	case live != nil:
		return p.skip(a, *live, "the account has a live session that this ledger did not create")
	case former != nil, !whole: // this round was opened because that one ended: the look is older than its end
		return p.again(a, e.Now)
	}
	// Attempt ids are never used twice, not even by a ledger that has forgotten that it used them.
	if a.Attempt == 0 {
		a.Round = max(a.Round, newest+1)
	}
	return p.clear(a, l.Began)
}

func (p Protocol) skip(a Account, s Seen, reason string) (Account, Action) {
	a.State, a.Attempt, a.Session, a.Reason = Skipped, 0, s.Session, reason
	return p.decide(a)
}

func ids(l Look) []string {
	all := make([]string, len(l.Sessions))
	for i, s := range l.Sessions {
		all[i] = s.ID
	}
	return all
}

// clear lets the next POST leave, on a look begun at fresh, when the brake gives the turn.
func (p Protocol) clear(a Account, fresh time.Duration) (Account, Action) {
	a.phase, a.fresh, a.trouble = turning, fresh, 0
	a.Round = max(a.Round, 1)
	return a, Action{Kind: TakeTurn}
}

// turn is the moment before a POST: brake, then the durable intent, then the POST (design, rule 1).
func (p Protocol) turn(a Account, e Event) (Account, Action) {
	if p.stale(a, e.Now) {
		return p.lookAgain(a)
	}
	if a.unsent {
		return p.send(a)
	}
	if a.Attempt == 0 {
		a.Guard = a.seen
	}
	a.State, a.Attempt, a.refusal = Started, a.Attempt+1, ""
	if p.mutant == noIntent {
		return p.send(a)
	}
	a.phase = intending
	return a, Action{Kind: Put}
}

// intended goes on when the intent is durable. A commit that took so long that the look is too old by
// now sends nothing: the attempt is known not to have left.
func (p Protocol) intended(a Account, e Event) (Account, Action) {
	if p.stale(a, e.Now) {
		a.unsent = true
		return p.lookAgain(a)
	}
	return p.send(a)
}

func (p Protocol) stale(a Account, now time.Duration) bool {
	return now-a.fresh > p.GuardAge && p.mutant != noGuard
}

// lookAgain renews the look on which the next POST leaves.
func (p Protocol) lookAgain(a Account) (Account, Action) {
	a.phase = doubting
	if a.Attempt == 0 || a.Attempt == 1 && a.unsent {
		a.phase = guarding
	}
	return a, Action{Kind: List}
}

func (p Protocol) send(a Account) (Account, Action) {
	a.phase, a.unsent = posting, false
	return a, Action{Kind: Post, Attempt: AttemptID{Ledger: p.Ledger, Round: a.Round, Attempt: a.Attempt}}
}

// answered judges what the answer to a POST means for the account (design, rule 2).
func (p Protocol) answered(a Account, e Event) (Account, Action) {
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
		return a, Action{Kind: End}
	case AnswerRefused:
		if a.Attempt == 1 {
			return p.refuse(a, e.Answer.Reason)
		}
		if p.mutant == refuseLater {
			a, put := p.refuse(a, e.Answer.Reason)
			a.Audited = true
			return a, put
		}
		a.refusal = e.Answer.Reason
	case AnswerThrottled:
		a.Free++
		if p.mutant == guardAfterThrottle {
			a.phase, a.guarded = guarding, false
			return a, Action{Kind: List}
		}
	}
	switch p.mutant {
	case retryUnknown:
		return p.clear(a, e.Now)
	case guardForReconcile:
		a.phase, a.guarded = guarding, false
		return a, Action{Kind: List}
	}
	a.phase = doubting
	return a, Action{Kind: List}
}

func (p Protocol) created(a Account, s Session, adopted bool) (Account, Action) {
	a.State, a.Session, a.Adopted, a.Reason = Created, s, adopted, ""
	a.Audited = p.mutant == auditNotDurable
	return p.decide(a)
}

func (p Protocol) refuse(a Account, reason string) (Account, Action) {
	a.State, a.Reason, a.Audited = Refused, reason, false
	return p.decide(a)
}

func (p Protocol) undecided(a Account, reason string) (Account, Action) {
	a.State, a.Reason, a.Audited = Undecided, reason, false
	return p.decide(a)
}

// reconcile decides what became of the attempts of this round (design, rule 3).
func (p Protocol) reconcile(a Account, e Event, whole bool) (Account, Action) {
	if ours := p.ours(a, e.Look); len(ours) > 0 {
		return p.created(a, ours[0].Session, true)
	}
	if strangers := p.strangers(a, e.Look); len(strangers) > 0 {
		if p.mutant == guardForAttemptID {
			return p.created(a, strangers[0].Session, true)
		}
		a.Session = strangers[0].Session
		return p.undecided(a, "a session appeared that carries no attempt id of ours: somebody else's, or ours with its metadata lost")
	}
	if !whole {
		return p.again(a, e.Now)
	}
	a.trouble = 0
	if wait, settled := p.settle(&a, e); !settled {
		return a, wait
	}
	switch {
	case a.unsent: // the look was only renewed
		return p.clear(a, e.Look.Began)
	case a.refusal != "": // no attempt worked and none can any more, so the refusal stands
		return p.refuse(a, a.refusal)
	case p.Hold:
		return p.undecided(a, "no session of ours was found after the settle time; --on-unknown hold sends no second request")
	case a.Free > maxFree:
		return p.rest(a)
	case a.Attempt-a.Free >= p.MaxAttempts:
		return p.undecided(a, "no session of ours was found after the last allowed attempt")
	default:
		return p.clear(a, e.Look.Began)
	}
}

// settle counts a look that shows nothing of ours, and says whether that is proved by now: two looks,
// a gap apart, each begun later than the settle time after the last moment at which a POST can have
// left. Until then it answers with the wait for the next look. Looks before the settle time is over
// only serve to find the session sooner.
func (p Protocol) settle(a *Account, e Event) (Action, bool) {
	gap := min(lookGap, p.Settle/2)
	began, over := e.Look.Began, a.left+p.Settle
	if began <= over && p.mutant != noSettle {
		next := max(e.Now+gap, e.Now+(e.Now-a.left)) // 5 s, 10 s, 20 s … after the POST
		return Action{Kind: Wait, Until: min(next, over+1)}, false
	}
	if a.absent == 0 || began >= a.looked+gap {
		a.absent, a.looked = a.absent+1, began
	}
	if a.absent < 2 && p.mutant != noSettle {
		return Action{Kind: Wait, Until: a.looked + gap}, false
	}
	return Action{}, true
}

// beginAudit takes up an account whose POST had a definite end, for one more look (design, rule 6).
func (p Protocol) beginAudit(a Account, e Event) (Account, Action) {
	a = Account{Record: a.Record, left: e.Left, phase: auditing}
	switch {
	case a.Audited || !a.Posted() || a.State == Started:
		return a, Action{Kind: End}
	case (a.Attempt > 1 || a.State == Undecided) && e.Now <= a.left+p.Settle:
		return a, Action{Kind: Wait, Until: a.left + p.Settle + 1}
	}
	return a, Action{Kind: List}
}

// audit is the look after everything: is the session that we believe in there, alone and unrevoked?
func (p Protocol) audit(a Account, e Event) (Account, Action) {
	ours := p.ours(a, e.Look)
	if len(ours) == 0 && a.State != Created { // refused or undecided: still nothing of ours
		a.Audited = true
		return p.decide(a)
	}
	if a.State == Created && !slices.ContainsFunc(ours, func(s Seen) bool { return s.ID == a.Session.ID }) {
		if wait, settled := p.settle(&a, e); !settled {
			return a, wait
		}
		a.Incident = "the session that we created is not listed any more"
		if len(ours) == 0 {
			a.Audited = true
			return p.decide(a)
		}
	}
	// From here on at least one session of this round is there; the first one matters most.
	switch best := ours[0]; {
	case len(ours) > 1:
		a.Incident = "more than one of our own requests worked: the customer was mailed more than once"
	case best.Status == statusRevoked:
		a.Incident = "the session that we created was revoked, and not by us"
	}
	if a.Incident == "" && len(p.strangers(a, e.Look)) > 0 {
		a.Incident = "somebody else created a session for the account at the same time; it may be revoked by ours"
	}
	if a.State != Created {
		a.Adopted, a.Reason = true, ""
	}
	a.State, a.Session, a.Audited = Created, ours[0].Session, true
	return p.decide(a)
}
