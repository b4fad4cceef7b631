package campaign

import (
	"context"
	"slices"
	"time"
)

// A session of ours that was revoked, and not by us, is an incident. Sync, resend and audit come upon it, and this is how each of
// them makes sure: the record follows the session; where that is revoked unasked, the account is listed, which shows whose doing
// it was; and then it is named, once.

// incidentRevoked is told of a session of ours that has ended unasked. There are APIs that show a failed verification so.
const incidentRevoked = "the session that we created was revoked, and not by us: by somebody else, or because the verification failed"

// incidentRevokedToo is told of it where an earlier session of the account still has those very words on record.
const incidentRevokedToo = "another session that we created was revoked, and not by us: by somebody else, or because the verification failed"

// incidentAdoptedRevoked is told of a session that no attempt of ours made.
const incidentAdoptedRevoked = "the session that was adopted by hand was revoked, and not by us"

// incidentsOfRevokes are all the words for it, those of earlier versions included.
var incidentsOfRevokes = [...]string{
	incidentRevoked, incidentRevokedToo, incidentAdoptedRevoked, incidentRevokedForgotten, "the session that we created was revoked, and not by us",
}

// revokeTold says whether it is on record that the session was revoked, which was as had before.
func (rec Record) revokeTold(had Session) bool {
	return had.ID == rec.Session.ID && had.Status == statusRevoked && slices.Contains(incidentsOfRevokes[:], rec.Incident)
}

// revokedUnasked says whether the session, which was as had before, is revoked for all that its record knows unasked, and
// nobody was told of that. There are APIs that show an expired one so: to is the latest that the server's time can be.
func (rec Record) revokedUnasked(had Session, to time.Time) bool {
	return rec.State != Skipped && rec.Session.Status == statusRevoked && !rec.Session.expiredAt(to) && !rec.revokeTold(had)
}

// supersededBy says whether a session was made by a later request of ours than the record knows: its ledger was restored.
func (rec Record) supersededBy(ledger string, other Seen) bool {
	id := other.Attempt
	return id.Ledger == ledger && (id.Round > rec.Round || id.Round == rec.Round && id.Attempt > rec.Attempt)
}

// judgeRevoke names the incident, if it is one, with what words there are for it; all are the account's sessions, as far as they are
// known.
func (rec *Record) judgeRevoke(ledger string, had Session, all []Seen, to time.Time, words string) {
	ours := slices.ContainsFunc(all, func(s Seen) bool { return rec.supersededBy(ledger, s) })
	if ours || !rec.revokedUnasked(had, to) {
		return
	}
	if rec.Incident == words {
		words = incidentRevokedToo
	}
	rec.Incident = words
}

// lookInto lists the account of a session that was revoked unasked, and judges that. An account that can't be listed excuses
// nothing. It says false where the run was halted first: then nothing is known.
func (r *run) lookInto(ctx context.Context, had Session, rec *Record) bool {
	var look Look
	for try := 1; ; try++ {
		e := r.list(ctx, &job{account: Account{Record: *rec}})
		look = e.Look
		if ctx.Err() != nil && (e.Kind != Looked || look.Partial) {
			return false
		}
		// A list that shows our session as it was before is older than the revoke, and than what somebody made instead.
		ours, shown := look.find(rec.Session.ID)
		lags := e.Kind == Looked && shown && rec.Session.Status == statusRevoked && ours.Status != statusRevoked
		if e.Kind != LookFailed && !lags || try == maxReads || !r.sleep(ctx, pauseAfter(try)) {
			break
		}
	}
	for _, other := range look.Sessions {
		rec.meets(r.p.Ledger, other)
	}
	from, to := r.agreedTime(ctx, rec.Session.ID)
	if rec.Session.revokeInDoubt(from, to) { // the next sync asks again
		rec.Session.Ended = time.Time{}
		return true
	}
	rec.judgeRevoke(r.p.Ledger, had, look.Sessions, to, incidentRevoked)
	return true
}

// lookBeside does the same for a resend, which reads the session alone: what comes of it is in the look.
func (r *run) lookBeside(ctx context.Context, rec Record, l *Look) bool {
	had := rec.Session
	rec.follow(l.Sessions[0].Session, l.From, l.To)
	known := !rec.revokedUnasked(had, l.To) || r.lookInto(ctx, had, &rec)
	l.Incident, l.Newer = rec.Incident, rec.Newer
	return known
}
