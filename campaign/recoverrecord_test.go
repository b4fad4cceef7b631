package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRebuilt: what the list shows of an account, as a record.
func TestRebuilt(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	f := &found{from: now.Add(-time.Second), to: now}
	session := func(id, status string, daysAgo int, attempt AttemptID) shown {
		made := now.AddDate(0, 0, -daysAgo)
		return shown{
			Seen: Seen{
				Session: Session{ID: id, Status: status, Created: made, Expires: made.AddDate(0, 0, 7)}, Attempt: attempt, Reminders: []int{3},
			},
			email: "one@example.com",
		}
	}
	link := func(s shown, linked bool) shown {
		s.email, s.redirect, s.Linked = "", "https://shop.example.com", linked
		return s
	}
	L := func(round, attempt int) AttemptID { return AttemptID{"L", round, attempt} }
	none, other := AttemptID{}, AttemptID{"M", 1, 1}
	for name, c := range map[string]struct {
		all    []shown
		shared bool
		as     RecoveredAs
		want   Record // the fields that are compared
	}{
		"nothing":                {nil, false, RecoveredPending, Record{}},
		"live":                   {[]shown{session("a", "opened", 2, L(1, 1))}, false, RecoveredLive, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"live and shared":        {[]shown{session("a", "opened", 2, L(1, 1))}, true, RecoveredLive, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"completed":              {[]shown{session("a", "kyc_completed", 20, L(1, 1))}, true, RecoveredCompleted, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"expired":                {[]shown{session("a", "email_sent", 20, L(1, 1))}, false, RecoveredEnded, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"expired, perhaps":       {[]shown{session("a", "email_sent", 7, L(1, 1))}, false, RecoveredLive, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"revoked":                {[]shown{session("a", "revoked", 2, L(1, 1))}, false, RecoveredEnded, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Incident: incidentRevokedForgotten}},
		"revoked after its time": {[]shown{session("a", "revoked", 20, L(1, 1))}, false, RecoveredEnded, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}}},
		"ended and shared":       {[]shown{session("a", "failed", 20, L(1, 1))}, true, RecoveredUndecided, Record{State: Undecided, Round: 1, Session: Session{ID: "a"}, Reason: whyShared, Audited: true}},
		"the later round": {[]shown{session("b", "email_sent", 1, L(2, 1)), session("a", "revoked", 2, L(1, 3))}, false, RecoveredLive,
			Record{State: Created, Round: 2, Attempt: 1, Session: Session{ID: "b"}, Guard: []string{"a"}}},
		"the later round has ended": {[]shown{session("a", "email_sent", 2, L(1, 1)), session("b", "revoked", 1, L(2, 1))}, false, RecoveredEnded,
			Record{State: Created, Round: 2, Attempt: 1, Session: Session{ID: "b"}, Guard: []string{"a"}, Incident: incidentRevokedForgotten}},
		"two of one round": {[]shown{session("a", "revoked", 2, L(1, 1)), session("b", "email_sent", 2, L(1, 2))}, false, RecoveredLive,
			Record{State: Created, Round: 1, Attempt: 2, Session: Session{ID: "b"}}},
		"beside an earlier stranger": {[]shown{session("s", "revoked", 3, none), session("a", "email_sent", 2, L(1, 1))}, false, RecoveredLive,
			Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Guard: []string{"s"}}},
		"before a stranger": {[]shown{session("a", "revoked", 2, L(1, 1)), session("s", "email_sent", 1, other)}, false, RecoveredEnded,
			Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Newer: "s", Incident: incidentRevokedForgotten}},
		"a live stranger":      {[]shown{session("s", "opened", 2, other)}, false, RecoveredSkipped, Record{State: Skipped, Session: Session{ID: "s"}, Reason: "the account has a live session that this ledger did not create"}},
		"an unknown word":      {[]shown{session("s", "paused", 2, none)}, false, RecoveredSkipped, Record{State: Skipped, Session: Session{ID: "s"}, Reason: "the account has a live session that this ledger did not create"}},
		"a completed stranger": {[]shown{session("x", "revoked", 1, none), session("s", "kyc_completed", 9, none)}, false, RecoveredSkipped, Record{State: Skipped, Session: Session{ID: "s"}, Reason: "the account has completed KYC"}},
		"an ended stranger":    {[]shown{session("s", "revoked", 2, none), session("r", "email_sent", 9, none)}, false, RecoveredPending, Record{}},
		"a link that is there": {[]shown{link(session("a", "link_ready", 2, L(1, 1)), true)}, false, RecoveredLive, Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Redirect: true}},
		"a link that is lost":  {[]shown{link(session("a", "link_ready", 2, L(1, 1)), false)}, false, RecoveredUndecided, Record{State: Undecided, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Redirect: true, Reason: whyForgottenLink}},
		"a lost link, ended":   {[]shown{link(session("a", "link_ready", 9, L(1, 1)), false)}, false, RecoveredUndecided, Record{State: Undecided, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Redirect: true, Reason: whyEndedLink}},
		"a lost link, completed": {[]shown{link(session("a", "kyc_completed", 2, L(1, 1)), false)}, false, RecoveredCompleted,
			Record{State: Created, Round: 1, Attempt: 1, Session: Session{ID: "a"}, Redirect: true}},
	} {
		rec, as := f.rebuilt("L", "MA_1", c.all, c.shared)
		require.Equal(t, c.as, as, name)
		got := Record{
			State: rec.State, Round: rec.Round, Attempt: rec.Attempt, Session: Session{ID: rec.Session.ID}, Guard: rec.Guard, Newer: rec.Newer,
			Incident: rec.Incident, Reason: rec.Reason, Redirect: rec.Redirect, Audited: rec.Audited,
		}
		require.Equal(t, c.want, got, name)
		require.Equal(t, rec.State == Created, rec.Adopted, name)
		ended := as == RecoveredCompleted || as == RecoveredEnded
		if rec.State == Created {
			require.Equal(t, ended, !rec.Session.Ended.IsZero(), name)
			require.Equal(t, !rec.Redirect, len(rec.Mails) > 0, name)
		}
		for i, mail := range rec.Mails {
			require.True(t, i == 0 || !mail.Before(rec.Mails[i-1]), name)
		}
		require.Equal(t, rec, mustDecode(t, rec), name)
	}
}

func mustDecode(t *testing.T, rec Record) Record {
	t.Helper()
	if rec.State == "" {
		return rec
	}
	got, err := decodeRecord(rec.encode())
	require.NoError(t, err)
	return got
}

// TestShownOver: of two copies of a session, each has what the other lacks.
func TestShownOver(t *testing.T) {
	id := AttemptID{"L", 1, 1}
	older := shown{Seen: Seen{Session: Session{ID: "a", Status: "opened"}, Attempt: id, WasOpened: true}}
	newer := shown{Seen: Seen{Session: Session{ID: "a", Status: "email_sent"}}}
	require.Equal(t, older, newer.over(older), "a lagging copy, its metadata lost")
	newer.Status = "revoked"
	got := newer.over(older)
	require.Equal(t, "revoked", got.Status)
	require.Equal(t, id, got.Attempt)
}
