package campaign

import (
	"slices"
	"time"
)

// guard decides before a round's first POST (design, rule 4).
func (p Protocol) guard(a Account, e Event, whole bool) (Account, Action) {
	l := e.Look
	if whole && !a.guarded {
		a.guarded, a.seen = true, ids(l)
	}
	if whole && a.Incident == "" && p.newcomers(a, l) {
		a.Incident = incidentStranger
	}
	newest := 0
	var live, completed, mine, former, toEnd *Seen
	for i := range l.Sessions {
		s := &l.Sessions[i]
		ofLedger, ended := s.Attempt.Ledger == p.Ledger, !s.live(l.Date)
		if ofLedger {
			newest = max(newest, s.Attempt.Round)
		}
		switch {
		case s.ID == a.End.Session && s.Status != statusCompleted:
			if !ended && !a.over {
				toEnd = s
			}
		case ofLedger && s.Attempt.Round < a.Round && s.failed(): // as ended as it gets: this round was opened in spite of it
		case !ended && (ofLedger && s.Attempt.Round < a.Round || a.Orphans > 0 && a.Attempt == 0 && slices.Contains(a.Guard, s.ID)):
			former = s // the guard of an earlier round saw its end, which this look does not show
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
		a.Guard, a.Round, a.Attempt = ids(l), mine.Attempt.Round, mine.Attempt.Attempt
		if a.Redirect && !mine.Linked && mine.Status != statusCompleted { // that its link was lost is not known
			a.Session = mine.Session
			return p.undecided(a, whyForgottenLink)
		}
		return p.created(a, mine.Session, true)
	case toEnd != nil && whole && a.End.orphan() && toEnd.untouched(): // nobody can ever use it, whatever else there is
		return p.toEnd(a, *toEnd, l)
	case completed != nil && completed.ID == a.End.Session && completed.Attempt.Ledger == p.Ledger && a.End.byHand():
		return p.callOff(a, *completed, l)
	case completed != nil:
		return p.skip(a, *completed, "the account has completed KYC")
	case live != nil && (whole || a.End.Session == ""): // in part, a look may be older than our session that has to end
		return p.skip(a, *live, "the account has a live session that this ledger did not create")
	case toEnd != nil && whole:
		return p.toEnd(a, *toEnd, l)
	case former != nil, toEnd != nil, !whole: // this round was opened because that one ended: the look is older than its end
		return p.again(a, e.Now)
	}
	if a.End.Only {
		a.Session = Session{ID: a.End.Session, Status: statusRevoked}
		return p.withdraw(a, "revoked by hand: "+a.End.Why)
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
