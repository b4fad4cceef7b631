package campaign

import "time"

func (p *Protocol) created(a *Account, s Session, adopted bool) Action {
	a.State, a.Session, a.Adopted, a.Reason = Created, s, adopted, ""
	a.Audited = p.mutant == auditNotDurable
	return p.decide(a)
}

func (p *Protocol) refuse(a *Account, reason string) Action {
	a.State, a.Reason, a.Audited = Refused, reason, false
	return p.decide(a)
}

func (p *Protocol) undecided(a *Account, reason string) Action {
	a.State, a.Reason, a.Audited = Undecided, reason, false
	return p.decide(a)
}

// reconcile decides what became of the attempts of this round (design, rule 3).
func (p *Protocol) reconcile(a *Account, e *Event, whole bool) Action {
	if ours := p.ours(a, e.Look); len(ours) > 0 {
		for _, s := range ours {
			a.Attempt = max(a.Attempt, s.Attempt.Attempt)
		}
		return p.found(a, ours[0], e.Look)
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
	if wait, settled := p.settle(a, e); !settled {
		return wait
	}
	switch {
	case a.unsent: // the look was only renewed
		return p.clear(a, e.Look.Began)
	case a.refusal != "": // no attempt worked and none can any more, so the refusal stands
		return p.refuse(a, a.refusal)
	case p.Hold || a.hold:
		return p.undecided(a, "no session of ours was found after the settle time; --on-unknown hold sends no second request")
	case a.held: // proved that nothing was created, so the row is free; whoever may send it sends another round
		a.State, a.Attempt, a.Free, a.Guard, a.Round = Pending, 0, 0, nil, a.Round+1
		return p.decide(a)
	case a.busy > maxFree:
		return p.rest(a)
	case a.Attempt-a.Free >= p.MaxAttempts:
		return p.undecided(a, "no session of ours was found after the last allowed attempt")
	default:
		return p.clear(a, e.Look.Began)
	}
}

// settle says whether it is proved by now that nothing of ours is there: two looks, each begun later than the settle time
// after the last moment at which a POST can have left. Until then it answers with the wait for the next look. Looks before the
// settle time is over only serve to find the session sooner.
func (p *Protocol) settle(a *Account, e *Event) (Action, bool) {
	began, over := e.Look.Began, a.left+p.Settle
	if began <= over && p.mutant != noSettle {
		next := max(e.Now+p.gap(), e.Now+(e.Now-a.left)) // 5 s, 10 s, 20 s … after the POST
		return Action{Kind: Wait, Until: min(next, over+1)}, false
	}
	wait, proved := p.absence(a, began)
	return wait, proved || p.mutant == noSettle
}

// absence counts a look that shows nothing, and says whether that is enough: one look may be an answer of a lagging
// replica, two that were begun a gap apart are proof. Until then it answers with the wait for the next look.
func (p *Protocol) absence(a *Account, began time.Duration) (Action, bool) {
	if a.absent == 0 || began >= a.looked+p.gap() {
		a.absent, a.looked = a.absent+1, began
	}
	return Action{Kind: Wait, Until: a.looked + p.gap()}, a.absent >= 2
}

// gap is the least time between two looks that prove absence.
func (p *Protocol) gap() time.Duration { return min(lookGap, p.Settle/2) }
