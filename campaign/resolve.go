package campaign

import "fmt"

// Decision is what a person wants done about an undecided account. Each is carried out after a fresh look
// at the API, and only where the look allows it: what does not go is said in the record's reason, and the account
// stays undecided. The zero value decides nothing.
type Decision struct {
	Verb    Verb
	Session string // of Adopt: which session; "" where there is but one that lives or was completed
	Why     string // of GiveUp: for the record, without personal data
}

// Verb is the kind of a Decision.
type Verb string

// The decisions.
const (
	Adopt  Verb = "adopt"   // take a session that lives or was completed for the account's own, whoever made it
	Retry  Verb = "retry"   // prove that no session lives, then make the account pending in a new round
	GiveUp Verb = "give-up" // nothing more is sent for the account
)

// beginResolve takes up an undecided account. An account that is anything else needs no decision.
func (p *Protocol) beginResolve(a *Account, e *Event) Action {
	*a = Account{Record: a.Record, left: e.Left, phase: resolving, decision: e.Decision}
	if a.State != Undecided {
		return Action{Kind: End}
	}
	return Action{Kind: List}
}

// resolve carries the decision out on what a look shows. A POST of ours may still be on its way, and a list may lag;
// the audit of an undecided account has waited for both, and where there was none, this does.
func (p *Protocol) resolve(a *Account, e *Event, whole bool) Action {
	if !whole {
		return p.again(a, e.Now)
	}
	a.trouble = 0
	if !a.Audited && p.mutant != retryUnsettled {
		if wait, settled := p.settle(a, e); !settled {
			return wait
		}
	}
	var alive []Seen // or completed: what a customer has in hand
	for _, s := range e.Look.Sessions {
		if s.Status == statusCompleted || s.live(e.Look.Date) {
			alive = append(alive, s)
		}
	}
	switch {
	case a.decision.Verb == Adopt:
		return p.adopt(a, alive)
	case len(alive) > 0:
		return p.unresolved(a, fmt.Sprintf("session %s lives or was completed: adopt it, or replace it", alive[0].ID))
	case a.decision.Verb == GiveUp:
		return p.giveUp(a)
	}
	a.Record = Record{
		Account: a.Account, State: Pending, Round: a.Round + 1, Redirect: a.Redirect, Orphans: a.Orphans,
		Guard: a.Guard, Campaign: a.Campaign, Digest: a.Digest, Correction: a.Correction, Incident: a.Incident,
	}.keeping(a.Record)
	return p.decide(a)
}

// unresolvable is the end of a decision about an account that the API refuses to list. What lives there is not known,
// but to give the account up sends nothing.
func (p *Protocol) unresolvable(a *Account, reason string) Action {
	if a.decision.Verb == GiveUp {
		return p.giveUp(a)
	}
	return p.unresolved(a, "the API refuses to list the account: "+reason)
}

func (p *Protocol) giveUp(a *Account) Action {
	return p.withdraw(a, "given up by hand: "+a.decision.Why)
}

// linkLost is what a person is told who adopts a session of the redirect flow that nobody has the link of.
const linkLost = "adopted by hand, and its link is lost: only a customer who has opened it already can go on"

// adopt takes a session for the account's own. The audit looks at it once more.
func (p *Protocol) adopt(a *Account, alive []Seen) Action {
	for _, s := range alive {
		if s.ID == a.decision.Session || a.decision.Session == "" && len(alive) == 1 {
			put := p.created(a, s.Session, true)
			a.Reason = "adopted by hand"
			if a.needsLink() && !s.Linked {
				a.Reason = linkLost
			}
			return put
		}
	}
	switch {
	case a.decision.Session != "":
		return p.unresolved(a, fmt.Sprintf("session %s is not among the account's live or completed ones", a.decision.Session))
	case len(alive) == 0:
		return p.unresolved(a, "no session of the account lives or was completed: there is nothing to adopt")
	default:
		return p.unresolved(a, fmt.Sprintf("%d sessions of the account live or were completed: name the one to adopt", len(alive)))
	}
}

// unresolved leaves the account as it is, with what stands in the way.
func (p *Protocol) unresolved(a *Account, why string) Action {
	a.Reason = why
	return p.decide(a)
}
