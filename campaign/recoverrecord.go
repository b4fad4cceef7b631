package campaign

import (
	"cmp"
	"slices"
	"time"
)

// incidentRevokedForgotten is told of a session of ours whose revoke may have been our own doing.
const incidentRevokedForgotten = "the session that we created was revoked, and the ledger that knew by whom was lost"

// whyForgottenLink is why a session of the redirect flow is left to a person.
const whyForgottenLink = "a session that this ledger has forgotten lives, and no links file has its link"

// whyEndedLink is why one that has ended is.
const whyEndedLink = "its session has ended, and no links file has its link: perhaps nobody ever got it"

// whyShared is why an account of several campaigns is left to a person.
const whyShared = "its session has ended, and several of the files that the ledger was recovered from name the account: which of them the session was for is not known"

// rebuilt is what the API's complete list says of an account, as a record: what the create protocol would know by now that
// has made our sessions. The zero Record stands for an account of which nothing counts. shared says that several campaigns name it.
func (f *found) rebuilt(ledger, account string, all []shown, shared bool) (Record, RecoveredAs) {
	var ours, others []shown
	for _, s := range all {
		if s.Attempt.Ledger == ledger {
			ours = append(ours, s)
		} else {
			others = append(others, s)
		}
	}
	if len(ours) == 0 {
		return f.foreign(account, others)
	}
	round := slices.MaxFunc(ours, func(x, y shown) int { return x.Attempt.Round - y.Attempt.Round }).Attempt.Round
	mine := slices.DeleteFunc(slices.Clone(ours), func(s shown) bool { return s.Attempt.Round != round })
	slices.SortStableFunc(mine, func(x, y shown) int {
		return cmp.Or(rank(x.Seen, f.from)-rank(y.Seen, f.from), y.Created.Compare(x.Created))
	})
	s := mine[0]
	rec := Record{
		Account: account, State: Created, Round: round, Session: s.Session, Adopted: true,
		Redirect: s.redirect != "", Address: s.email, Reminders: s.Reminders,
	}
	for _, one := range mine {
		rec.Attempt = max(rec.Attempt, one.Attempt.Attempt)
	}
	rec.Guard, rec.Mails = guardOf(round, all, s), mailsOf(ours)
	for _, other := range others {
		rec.meets(ledger, other.Seen)
	}
	rec.follow(s.Session, f.from, f.to)
	live := s.live(f.from)
	as := RecoveredEnded
	switch {
	case s.Status == statusCompleted:
		as = RecoveredCompleted
	case rec.Redirect && !s.Linked:
		rec.State, rec.Reason, rec.Adopted, as = Undecided, whyForgottenLink, false, RecoveredUndecided
		if !live { // perhaps an orphan that was to be replaced
			rec.Reason = whyEndedLink
		}
	case live:
		as = RecoveredLive
	case shared:
		rec.State, rec.Reason, rec.Adopted, as = Undecided, whyShared, false, RecoveredUndecided
		rec.Attempt, rec.Audited = 0, true // an audit would make it the first file's, and another one's create send it again
	}
	if s.Status == statusRevoked && !s.expiredAt(f.to) {
		rec.Incident = incidentRevokedForgotten
	}
	return rec, as
}

// foreign is the record of an account that has no session of ours: as a round's guard would find it (design, rule 4).
func (f *found) foreign(account string, others []shown) (Record, RecoveredAs) {
	slices.SortStableFunc(others, func(x, y shown) int { return rank(x.Seen, f.from) - rank(y.Seen, f.from) })
	if len(others) == 0 || others[0].Status != statusCompleted && !others[0].live(f.from) {
		return Record{}, RecoveredPending
	}
	rec := Record{Account: account, State: Skipped, Session: others[0].Session, Reason: "the account has a live session that this ledger did not create"}
	if rec.Session.Status == statusCompleted {
		rec.Reason = "the account has completed KYC"
	}
	return rec, RecoveredSkipped
}

// guardOf are the ids that the round's first guard must have seen: what is not of the round, and was not made after its session.
func guardOf(round int, all []shown, s shown) (ids []string) {
	for _, other := range all {
		mine := other.Attempt.Ledger == s.Attempt.Ledger && other.Attempt.Round == round
		if !mine && !other.Created.After(s.Created) {
			ids = append(ids, other.ID)
		}
	}
	return ids
}

// mailsOf are the invitations that our sessions stand for.
func mailsOf(ours []shown) (mails []time.Time) {
	for _, s := range ours {
		if s.redirect == "" && !s.Created.IsZero() {
			mails = append(mails, s.Created)
		}
	}
	slices.SortFunc(mails, time.Time.Compare)
	return mails[max(0, len(mails)-maxMails):]
}
