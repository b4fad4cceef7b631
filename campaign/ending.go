package campaign

// order makes the record that of a round which a person ordered: what has to end is in it before any DELETE leaves.
// digest is that of what the round sends. It is the one way into such a round, of a create pass and of the explorer.
func (rec Record) order(end Ending, digest Digest) Record {
	return Record{
		Account: rec.Account, State: Pending, Round: rec.Round + 1, Guard: rec.Guard, Session: rec.Session, Redirect: rec.Redirect,
		End: end, Incident: rec.Incident, Campaign: rec.Campaign, Digest: digest, Correction: rec.Correction,
	}.keeping(rec)
}

// toEnd lets the DELETE of what has to end leave, on a look begun at fresh, when the brake gives the turn
// (design, rule 8). A session that a customer is half-way through is ended only where a person said so.
func (p *Protocol) toEnd(a *Account, s Seen, l Look) Action {
	unchecked := p.mutant == endOpened || p.mutant == startedUnchecked && a.End.byHand()
	switch {
	case (p.Hold || a.hold) && a.End.orphan():
		a.Session = s.Session
		return p.undecided(a, "the link of our session was lost with its answer; --on-unknown hold sends no second request")
	case a.End.ends(s), unchecked:
	case a.puzzledBy(s.oddWord()):
		return p.again(a, l.Began)
	default:
		return p.callOff(a, s, l)
	}
	a.phase, a.fresh, a.endNow = turning, l.Began, true
	return Action{Kind: TakeTurn}
}

// ends says whether the session may be ended as a look shows it.
func (e Ending) ends(s Seen) bool { return e.Started || s.untouched() || e.byHand() && s.failed() }

// callOff leaves a session alone that was to be ended, and that a customer has opened or completed meanwhile. A DELETE
// of an earlier process, or one without an answer, may have ended it since a lagging list saw it live: whether it is
// there is only known from a look that is later than the settle time after that.
func (p *Protocol) callOff(a *Account, s Seen, l Look) Action {
	if a.End.orphan() {
		a.Session = s.Session
		return p.undecided(a, whyLeft(s))
	}
	completed := s.Status == statusCompleted
	if settled := a.left + p.Settle; !completed && l.Began <= settled && p.mutant != callOffEarly {
		return Action{Kind: Wait, Until: settled + 1}
	}
	reason := a.End.calledOff(completed)
	a.Digest = a.End.Was
	if s.Attempt.Ledger != p.Ledger {
		return p.skip(a, s, reason)
	}
	a.Round, a.Attempt = s.Attempt.Round, s.Attempt.Attempt
	if a.Redirect && !s.Linked && !completed { // it was undecided before the order, and still is
		a.Session = s.Session
		return p.undecided(a, whyLeft(s))
	}
	put := p.created(a, s.Session, true)
	a.Reason = reason
	return put
}

// calledOff says in words what was not done, and why.
func (e Ending) calledOff(completed bool) string {
	what, why := "not replaced", "the customer has opened the session meanwhile"
	if e.Only {
		what = "not revoked"
	}
	if completed {
		why = "the customer has completed KYC meanwhile"
	}
	return what + ": " + why
}

// ended goes on after the answer to a DELETE. Only a look shows what there is now; that the API said "ended"
// is believed before a list that lags.
func (p *Protocol) ended(a *Account, e *Event) Action {
	a.phase = guarding
	switch {
	case e.Answer.Kind == AnswerEnded, p.mutant == postUnended:
		a.over, a.unended, a.Reason = true, "", ""
		return Action{Kind: List}
	case e.Answer.Kind == AnswerUnauthorized:
		return Action{Kind: End}
	default:
		a.left = e.Now // it may still take effect
		if e.Answer.Reason != "" {
			a.unended = "the session that is to end could not be ended, the next run tries again: " + e.Answer.Reason
		}
		return p.again(a, e.Now)
	}
}

// withdraw closes the account: nothing more is sent for it.
func (p *Protocol) withdraw(a *Account, reason string) Action {
	a.State, a.Attempt, a.Reason, a.Audited = Withdrawn, 0, reason, true
	return p.decide(a)
}
