package campaign

import (
	"slices"
	"time"
)

// guard decides before a round's first POST (design, rule 4).
func (p *Protocol) guard(a *Account, e *Event, whole bool) Action {
	l := e.Look
	if whole && !a.guarded {
		a.guarded, a.seen = true, ids(l)
	}
	if whole && a.Incident == "" && p.newcomers(a, l) {
		a.Incident = incidentStranger
	}
	newest := 0
	var live, completed, mine, past, former, toEnd *Seen
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
		case ofLedger && s.Attempt.Round >= a.Round && p.Restored && (s.Linked || !a.Redirect):
			if past == nil || s.Attempt.after(past.Attempt) {
				past = s
			}
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
		if wait, proved := p.nothingOfOurs(a, l.Began); !proved { // its metadata may be missing only now
			return wait
		}
		return p.skip(a, *live, "the account has a live session that this ledger did not create")
	case toEnd != nil && whole:
		return p.toEnd(a, *toEnd, l)
	case former != nil && whole:
		return p.former(a, *former, e)
	case former != nil, toEnd != nil, !whole: // the look is older than the end of what it shows
		return p.again(a, e.Now)
	}
	if a.End.Only {
		a.Session = Session{ID: a.End.Session, Status: statusRevoked}
		return p.withdraw(a, "revoked by hand: "+a.End.Why)
	}
	if wait, proved := p.nothingOfOurs(a, l.Began); !proved {
		return wait
	}
	if past != nil && !a.End.byHand() { // and nobody is sent twice what has ended since
		a.Guard, a.Round, a.Attempt = ids(l), past.Attempt.Round, past.Attempt.Attempt
		return p.created(a, past.Session, true)
	}
	// Attempt ids are never used twice, not even by a ledger that has forgotten that it used them.
	if a.Attempt == 0 {
		a.Round = max(a.Round, newest+1)
	}
	return p.clear(a, l.Began)
}

// former handles a session of an earlier round of ours that a look shows live, though this round was opened because it had
// ended or was proved absent. A lagging replica shows that for the settle time at most; longer, and the session lives after all:
// its POST took effect later than any should, or its end was judged by a wrong clock. Then it is the account's.
func (p *Protocol) former(a *Account, s Seen, e *Event) Action {
	if !a.lagging {
		a.lagging, a.laggingSince = true, e.Look.Began
	}
	if over := a.laggingSince + p.Settle; e.Look.Began <= over {
		next := max(e.Now+p.gap(), e.Now+(e.Now-a.laggingSince)) // 5 s, 10 s, 20 s …
		return Action{Kind: Wait, Until: min(next, over+1)}
	}
	if a.End.byHand() {
		a.Digest = a.End.Was
	}
	if s.Attempt.Ledger != p.Ledger {
		return p.skip(a, s, "the account has a live session that this ledger did not create")
	}
	a.Round, a.Attempt = s.Attempt.Round, s.Attempt.Attempt
	if a.Redirect && !s.Linked {
		a.Session = s.Session
		return p.undecided(a, "a session of an earlier request of ours lives after all, and no links file has its link")
	}
	put := p.created(a, s.Session, true)
	a.Reason = "a session of an earlier request of ours lives after all"
	return put
}

// nothingOfOurs says whether a guard may believe a look that shows nothing of ours. One look is enough for a ledger that knows
// every POST of its own; one that was put back takes two.
func (p *Protocol) nothingOfOurs(a *Account, began time.Duration) (Action, bool) {
	if !p.Restored || p.mutant == believeOneLook {
		return Action{}, true
	}
	return p.absence(a, began)
}

func (p *Protocol) skip(a *Account, s Seen, reason string) Action {
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
func (p *Protocol) clear(a *Account, fresh time.Duration) Action {
	a.phase, a.fresh, a.trouble = turning, fresh, 0
	a.Round = max(a.Round, 1)
	return Action{Kind: TakeTurn}
}
