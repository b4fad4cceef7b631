package campaign

import "time"

// toEnd lets the DELETE of what has to end leave, on a look begun at fresh, when the brake gives the turn
// (design, rule 8). A session that a customer is half-way through is ended only where a person said so.
func (p Protocol) toEnd(a Account, s Seen, fresh time.Duration) (Account, Action) {
	switch {
	case a.End.Started, s.untouched(), p.mutant == endOpened:
	case a.puzzledBy(s):
		return p.again(a, fresh)
	default:
		return p.callOff(a, s)
	}
	a.phase, a.fresh, a.endNow = turning, fresh, true
	return a, Action{Kind: TakeTurn}
}

// callOff leaves a session alone that was to be ended and that a customer has opened meanwhile.
func (p Protocol) callOff(a Account, s Seen) (Account, Action) {
	switch end := a.End; {
	case end.orphan():
		a.Session = s.Session
		return p.undecided(a, whyLeft(s))
	case s.Attempt.Ledger != p.Ledger:
		return p.skip(a, s, "not replaced: the customer has opened the session meanwhile")
	default:
		a.Round, a.Attempt = s.Attempt.Round, s.Attempt.Attempt
		a, put := p.created(a, s.Session, true)
		a.Reason = "not replaced: the customer has opened the session meanwhile"
		return a, put
	}
}

// ended goes on after the answer to a DELETE. Only a look shows what there is now; that the API said "ended"
// is believed before a list that lags.
func (p Protocol) ended(a Account, e Event) (Account, Action) {
	a.phase = guarding
	switch e.Answer.Kind {
	case AnswerEnded:
		a.over = true
		return a, Action{Kind: List}
	case AnswerUnauthorized:
		return a, Action{Kind: End}
	default:
		return p.again(a, e.Now)
	}
}

// withdraw closes the account: nothing more is sent for it.
func (p Protocol) withdraw(a Account, reason string) (Account, Action) {
	a.State, a.Attempt, a.Reason, a.Audited = Withdrawn, 0, reason, true
	return p.decide(a)
}
