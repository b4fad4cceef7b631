package campaign

import (
	"fmt"
	"slices"
)

// found decides about a session that an attempt of this round made and whose answer was lost. In the email
// flow the customer has its link, so it is adopted. In the redirect flow the link was in the lost answer and
// nowhere else: unless it reached the links file, nobody can ever use the session. Such an orphan is
// replaced on purpose: it is ended, and the account gets a new round. One that somebody has opened all the
// same is not ours to end.
func (p *Protocol) found(a *Account, s Seen, l Look) Action {
	switch live := s.live(l.Date); {
	case !a.Redirect || s.Linked || s.Status == statusCompleted || p.mutant == adoptOrphan:
		return p.created(a, s.Session, true)
	case s.Status == statusRevoked:
		a.Session = s.Session
		return p.undecided(a, "the link of our session was lost with its answer, and the session was revoked, not by us")
	case live && a.puzzledBy(s.odd()):
		return p.again(a, l.Began)
	case live && !s.untouched() && p.mutant != endOpened:
		a.Session = s.Session
		return p.undecided(a, whyLeft(s))
	case p.Hold || a.hold:
		a.Session = s.Session
		return p.undecided(a, "the link of our session was lost with its answer; --on-unknown hold sends no second request")
	case a.Orphans >= p.MaxAttempts:
		a.Session = s.Session
		return p.undecided(a, fmt.Sprintf("the links of %d sessions in a row were lost with their answers", a.Orphans+1))
	case !live:
		return p.renew(a, Ending{})
	default:
		return p.renew(a, Ending{Session: s.ID})
	}
}

// whyLeft is why an orphan is left alone.
func whyLeft(s Seen) string {
	if s.odd() {
		return "the link of our session was lost with its answer, and the session's status is a word that nobody knows"
	}
	return "the link of our session was lost with its answer, and yet somebody has opened the session"
}

// puzzledBy says whether to look once more, because something hangs on a word that nobody knows: one answer of a kind may be a slip.
func (a *Account) puzzledBy(odd bool) bool {
	if !odd {
		a.odd = 0
		return false
	}
	a.odd++
	return a.odd < maxUnknown
}

// newcomers says whether somebody else created a session while the round before this one, whose ids of the first
// guard are still on record, lost its link. Our POST may have revoked it, and no audit looks at that round.
func (p *Protocol) newcomers(a *Account, l Look) bool {
	return a.Orphans > 0 && a.Attempt == 0 && slices.ContainsFunc(p.strangers(a, l), func(s Seen) bool { return s.ID != a.End.Session })
}

// renew opens the account's next round, because the session of this one has no link. What has to end is
// durable before its DELETE leaves: from then on whoever looks knows that we meant it.
func (p *Protocol) renew(a *Account, end Ending) Action {
	a.Record = Record{
		Account: a.Account, State: Pending, Round: a.Round + 1, Redirect: true, Orphans: a.Orphans + 1, End: end,
		Guard: a.Guard, Campaign: a.Campaign, Digest: a.Digest, Incident: a.Incident, Correction: a.Correction,
	}.keeping(a.Record)
	a.phase = renewing
	if a.held { // the row may not be sent any more as it was
		a.phase = deciding
	}
	return Action{Kind: Put}
}
