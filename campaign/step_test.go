package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testProtocol = Protocol{Ledger: "L", Settle: DefaultSettle, MaxAttempts: DefaultMaxAttempts, GuardAge: DefaultGuardAge}

// guarded steps a pending account through one look of its guard.
func guarded(rec Record, l Look) (Account, Action) {
	a, act := testProtocol.Step(Account{Record: rec}, Event{Kind: Begin})
	if act.Kind != List {
		return a, act
	}
	return testProtocol.Step(a, Event{Kind: Looked, Look: l, Now: l.Began})
}

// TestGuard holds rule 4 of the design: what lets a POST go, and what does not.
func TestGuard(t *testing.T) {
	date := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	seen := func(status string, expires time.Time, id AttemptID) []Seen {
		return []Seen{{Session: Session{ID: "s", Status: status, Expires: expires}, Attempt: id}}
	}
	later, justOver, longOver := date.Add(time.Hour), date.Add(-59*time.Minute), date.Add(-61*time.Minute)
	for what, c := range map[string]struct {
		sessions []Seen
		noDate   bool
		want     State // after the look; Pending: on its way to the POST
	}{
		"nothing there":                   {nil, false, Pending},
		"revoked":                         {seen("revoked", later, AttemptID{}), false, Pending},
		"live":                            {seen("opened", later, AttemptID{}), false, Skipped},
		"live, redirect flow":             {seen("link_ready", later, AttemptID{}), false, Skipped},
		"completed":                       {seen("kyc_completed", longOver, AttemptID{}), false, Skipped},
		"expired an hour ago":             {seen("email_sent", longOver, AttemptID{}), false, Pending},
		"expired less than an hour ago":   {seen("email_sent", justOver, AttemptID{}), false, Skipped},
		"failed, before its expiry":       {seen("kyc_failed", later, AttemptID{}), false, Skipped},
		"failed, long after it":           {seen("failed", longOver, AttemptID{}), false, Pending},
		"a word nobody knows":             {seen("paused", later, AttemptID{}), false, Skipped},
		"expiry unknown":                  {seen("email_sent", time.Time{}, AttemptID{}), false, Skipped},
		"the server's time unknown":       {seen("email_sent", longOver, AttemptID{}), true, Skipped},
		"ours, live: forgotten by us":     {seen("email_sent", later, AttemptID{"L", 1, 2}), false, Created},
		"ours, completed":                 {seen("kyc_completed", later, AttemptID{"L", 1, 1}), false, Created},
		"ours, revoked":                   {seen("revoked", later, AttemptID{"L", 3, 1}), false, Pending},
		"of another ledger":               {seen("email_sent", later, AttemptID{"M", 1, 1}), false, Skipped},
		"of another ledger and completed": {seen("kyc_completed", later, AttemptID{"M", 1, 1}), false, Skipped},
	} {
		t.Run(what, func(t *testing.T) {
			l := Look{Date: date, Sessions: c.sessions}
			if c.noDate {
				l.Date = time.Time{}
			}
			a, act := guarded(Record{Account: "MA_1"}, l)
			require.Equal(t, c.want, a.Current())
			if c.want == Pending {
				require.Equal(t, TakeTurn, act.Kind)
				return
			}
			require.Equal(t, Put, act.Kind)
		})
	}
}

// TestRoundIsAboveEveryOneThatTheAPIShows: an attempt id is never used twice, also by a restored ledger.
func TestRoundIsAboveEveryOneThatTheAPIShows(t *testing.T) {
	l := Look{Sessions: []Seen{{Session: Session{ID: "s", Status: "revoked"}, Attempt: AttemptID{"L", 3, 2}}}}
	a, _ := guarded(Record{Account: "MA_1"}, l)
	require.Equal(t, 4, a.Round)
}

// TestOldLookIsRenewed: a POST leaves on a look that is at most a minute old when its turn comes, and when
// its intent is durable.
func TestOldLookIsRenewed(t *testing.T) {
	a, _ := guarded(Record{Account: "MA_1"}, Look{})
	_, act := testProtocol.Step(a, Event{Kind: Turn, Now: DefaultGuardAge + 1})
	require.Equal(t, List, act.Kind, "the turn came too late")

	a, act = testProtocol.Step(a, Event{Kind: Turn, Now: DefaultGuardAge})
	require.Equal(t, Put, act.Kind)
	slow, act := testProtocol.Step(a, Event{Kind: Stored, Now: DefaultGuardAge + 1})
	require.Equal(t, List, act.Kind, "the intent took too long to be durable")
	_, act = testProtocol.Step(a, Event{Kind: Stored, Now: DefaultGuardAge})
	require.Equal(t, Post, act.Kind)

	// Nothing has left, so the same attempt goes on, with a new look and no second intent.
	slow, act = testProtocol.Step(slow, Event{Kind: Looked, Look: Look{Began: 2 * time.Minute}, Now: 2 * time.Minute})
	require.Equal(t, TakeTurn, act.Kind)
	_, act = testProtocol.Step(slow, Event{Kind: Turn, Now: 2 * time.Minute})
	require.Equal(t, Action{Kind: Post, Attempt: AttemptID{"L", 1, 1}}, act)
}

// TestPartOfALookProvesPresenceOnly: what it shows counts, that it shows nothing does not.
func TestPartOfALookProvesPresenceOnly(t *testing.T) {
	_, act := guarded(Record{Account: "MA_1"}, Look{Partial: true})
	require.Equal(t, Wait, act.Kind)
	a, act := guarded(Record{Account: "MA_1"}, Look{Partial: true, Sessions: []Seen{{Session: Session{ID: "s", Status: "opened"}}}})
	require.Equal(t, Put, act.Kind)
	require.Equal(t, Skipped, a.State)
}

// TestOrphanOfACompletedAccount: a session whose link was lost is ended also where the account turns out to have completed
// KYC by another one. One that somebody has opened is left alone.
func TestOrphanOfACompletedAccount(t *testing.T) {
	rec := Record{Account: "MA_1", State: Pending, Round: 2, Redirect: true, Orphans: 1, End: Ending{Session: "orphan"}}
	orphan := Seen{Session: Session{ID: "orphan", Status: statusLinkReady}, Attempt: AttemptID{"L", 1, 1}}
	completed := Seen{Session: Session{ID: "other", Status: statusCompleted}}
	a, act := guarded(rec, Look{Sessions: []Seen{orphan, completed}})
	require.Equal(t, TakeTurn, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Turn})
	require.Equal(t, Revoke, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Ended, Answer: Answer{Kind: AnswerEnded}})
	require.Equal(t, List, act.Kind)
	orphan.Status = statusRevoked
	a, act = testProtocol.Step(a, Event{Kind: Looked, Look: Look{Sessions: []Seen{orphan, completed}}})
	require.Equal(t, Put, act.Kind)
	require.Equal(t, []any{Skipped, "other"}, []any{a.State, a.Session.ID})

	orphan.Status, orphan.WasOpened = "opened", true
	a, _ = guarded(rec, Look{Sessions: []Seen{orphan, completed}})
	require.Equal(t, []any{Skipped, "other"}, []any{a.State, a.Session.ID})
}

// TestUnsentLaterAttemptIsSentAgain: attempt 2 that never left isn't counted a second time, and the look
// that lets it leave is renewed.
func TestUnsentLaterAttemptIsSentAgain(t *testing.T) {
	now := DefaultSettle + time.Second
	look := func(a Account, at time.Duration) (Account, Action) {
		return testProtocol.Step(a, Event{Kind: Looked, Look: Look{Began: at}, Now: at})
	}
	a, _ := testProtocol.Step(Account{Record: Record{Account: "MA_1", State: Started, Round: 1, Attempt: 2}}, Event{Kind: Begin})
	a, _ = look(a, now)
	now += lookGap
	a, act := look(a, now)
	require.Equal(t, TakeTurn, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Turn, Now: now})
	require.Equal(t, Put, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Stored, Now: now})
	require.Equal(t, AttemptID{"L", 1, 3}, act.Attempt)
	a, act = testProtocol.Step(a, Event{Kind: Answered, Answer: Answer{Kind: AnswerUnsent}, Now: now})
	require.Equal(t, Wait, act.Kind)
	a, _ = testProtocol.Step(a, Event{Kind: Due, Now: now + 2*time.Minute})
	a, act = testProtocol.Step(a, Event{Kind: Turn, Now: now + 2*time.Minute})
	require.Equal(t, List, act.Kind)
	a, act = look(a, now+2*time.Minute)
	require.Equal(t, TakeTurn, act.Kind, "the last attempt is not used up: it never left")
	_, act = testProtocol.Step(a, Event{Kind: Turn, Now: now + 2*time.Minute})
	require.Equal(t, Action{Kind: Post, Attempt: AttemptID{"L", 1, 3}}, act)
}

// TestRefusedOnALaterAttempt: the 404 of attempt 2 ends the row only when it is proved that no attempt had an effect.
func TestRefusedOnALaterAttempt(t *testing.T) {
	now := DefaultSettle + time.Second
	step := func(a Account, e Event) (Account, Action) {
		e.Now, e.Look.Began = now, now
		return testProtocol.Step(a, e)
	}
	a, _ := testProtocol.Step(Account{Record: Record{Account: "MA_1", State: Started, Round: 1, Attempt: 1}}, Event{Kind: Begin})
	a, _ = step(a, Event{Kind: Looked})
	now += lookGap
	a, _ = step(a, Event{Kind: Looked})
	a, _ = step(a, Event{Kind: Turn})
	a, _ = step(a, Event{Kind: Stored})
	a, act := step(a, Event{Kind: Answered, Answer: Answer{Kind: AnswerRefused, Reason: "no such account"}})
	require.Equal(t, List, act.Kind)
	now += DefaultSettle + time.Second
	a, _ = step(a, Event{Kind: Looked})
	now += lookGap
	a, act = step(a, Event{Kind: Looked})
	require.Equal(t, Put, act.Kind)
	require.Equal(t, Refused, a.State)
	require.Equal(t, "no such account", a.Reason)
}

// TestAuditNeedsALookOfItsTime: one begun before the POST, or before a late effect can have shown, audits nothing.
func TestAuditNeedsALookOfItsTime(t *testing.T) {
	begin := func(rec Record, now time.Duration) (Account, Action) {
		return testProtocol.Step(Account{Record: rec}, Event{Kind: BeginAudit, Now: now, Left: time.Minute})
	}
	refused := Record{Account: "MA_1", State: Refused, Round: 1, Attempt: 1}
	a, act := begin(refused, 2*time.Minute)
	require.Equal(t, List, act.Kind)
	_, act = testProtocol.Step(a, Event{Kind: Looked, Look: Look{Began: time.Minute - 1}, Now: 2 * time.Minute})
	require.Equal(t, List, act.Kind, "the look is older than the POST")
	_, act = testProtocol.Step(a, Event{Kind: Looked, Look: Look{Began: time.Minute}, Now: 2 * time.Minute})
	require.Equal(t, Put, act.Kind)

	late := time.Minute + DefaultSettle
	undecided := Record{Account: "MA_1", State: Undecided, Round: 1, Attempt: 1}
	a, act = begin(undecided, 2*time.Minute)
	require.Equal(t, Action{Kind: Wait, Until: late + 1}, act)
	_, act = testProtocol.Step(a, Event{Kind: Looked, Look: Look{Began: late}, Now: late + time.Second})
	require.Equal(t, List, act.Kind, "an attempt in doubt may have taken effect since")
}

// TestRenewedLookNeedsNoDelete: what the renewed look shows ended is not ended again.
func TestRenewedLookNeedsNoDelete(t *testing.T) {
	look := func(status string, began time.Duration) Look {
		return Look{Began: began, Sessions: []Seen{{Session: Session{ID: "S", Status: status}, Attempt: AttemptID{"L", 1, 1}}}}
	}
	late := DefaultGuardAge + time.Minute
	a := Account{Record: Record{Account: "MA_1", State: Pending, Round: 2, Redirect: true, Orphans: 1, End: Ending{Session: "S"}}}
	a, _ = testProtocol.Step(a, Event{Kind: Begin})
	a, _ = testProtocol.Step(a, Event{Kind: Looked, Look: look(statusLinkReady, 0)})
	a, act := testProtocol.Step(a, Event{Kind: Turn, Now: late})
	require.Equal(t, List, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Looked, Now: late, Look: look(statusRevoked, late)})
	require.Equal(t, TakeTurn, act.Kind)
	_, act = testProtocol.Step(a, Event{Kind: Turn, Now: late})
	require.Equal(t, Put, act.Kind)
}

// TestThrottledNightsCostNoAttempt: each night one POST is answered 429, and the run ends before anything else comes of it: by a
// Ctrl-C, or by a kill.
func TestThrottledNightsCostNoAttempt(t *testing.T) {
	for _, killed := range []bool{false, true} {
		rec := Record{Account: "MA_1"}
		for night := range 20 {
			a, act, now := Account{Record: rec}, Action{}, time.Duration(0)
			step := func(e Event) {
				e.Now = now
				a, act = testProtocol.Step(a, e)
			}
			for throttled := false; !throttled || act.Kind == Put; {
				switch act.Kind {
				case 0:
					step(Event{Kind: Begin})
				case List:
					step(Event{Kind: Looked, Look: Look{Began: now}})
				case Wait:
					now = act.Until
					step(Event{Kind: Due})
				case TakeTurn:
					step(Event{Kind: Turn})
				case Put:
					rec = a.Record
					step(Event{Kind: Stored})
				case Post:
					throttled = true
					step(Event{Kind: Answered, Answer: Answer{Kind: AnswerThrottled}})
				default:
					require.Failf(t, "it came to an end", "night %d: %s (%s)", night, rec.State, rec.Reason)
				}
			}
			require.Equal(t, night+1, rec.Attempt)
			require.Equal(t, night+1, rec.Free)
			if !killed {
				step(Event{Kind: Stop})
				require.Equal(t, End, act.Kind, "nothing is left to be written")
			}
		}
	}
}

// What a look has shown is there, however little of it was read. A later one without it is older, and lets no POST leave, also for
// a ledger that was put back, which asks twice.
func TestALookCoversWhatWasShown(t *testing.T) {
	restored := testProtocol
	restored.Restored = true
	live := []Seen{{Session: Session{ID: "theirs", Status: statusEmailSent}}}
	a, act := restored.Step(Account{Record: Record{Account: "MA_1"}}, Event{Kind: Begin})
	require.Equal(t, List, act.Kind)
	now := time.Second
	a, act = restored.Step(a, Event{Kind: Looked, Now: now, Look: Look{Began: now, Partial: true, Sessions: live}})
	for range 5 {
		require.Equal(t, Wait, act.Kind)
		now = act.Until
		a, act = restored.Step(a, Event{Kind: Due, Now: now})
		require.Equal(t, List, act.Kind)
		a, act = restored.Step(a, Event{Kind: Looked, Now: now, Look: Look{Began: now}})
	}
	require.NotEqual(t, TakeTurn, act.Kind)
}
