package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func TestFollow(t *testing.T) {
	at := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	opened := at.Add(-time.Hour)
	rec := Record{State: Created, Session: Session{ID: "s", Status: statusOpened, Expires: at.Add(48 * time.Hour), Created: at.Add(-24 * time.Hour), Opened: opened}}
	seen := func(status string) Session { return Session{ID: "s", Status: status} }
	for _, c := range []struct {
		what     string
		seen     Session
		at       time.Time
		status   string
		ended    bool
		incident bool
	}{
		{"goes on", seen(statusInProgress), at, statusInProgress, false, false},
		{"completed", seen(statusCompleted), at, statusCompleted, true, false},
		{"an older copy", seen(statusEmailSent), at, statusOpened, false, false},
		{"a word that nobody knows", seen("paused"), at, "paused", false, false},
		{"revoked unasked", seen(statusRevoked), at, statusRevoked, true, true},
		{"an API that shows expired sessions so", seen(statusRevoked), at.Add(48 * time.Hour), statusRevoked, true, false},
		{"failed", seen(statusKYCFailed), at, statusKYCFailed, true, false},
		{"its time is over, but something may be under way", seen(statusOpened), at.Add(48*time.Hour + 59*time.Minute), statusOpened, false, false},
		{"its time is over", seen(statusOpened), at.Add(50 * time.Hour), statusOpened, true, false},
		{"another session", Session{ID: "other", Status: statusCompleted}, at, statusOpened, false, false},
	} {
		after := rec
		after.follow(c.seen, c.at, c.at)
		require.Equal(t, c.status, after.Session.Status, c.what)
		require.Equal(t, c.ended, after.Session.Ended.Equal(c.at), c.what)
		require.Equal(t, c.incident, after.revokedUnasked(rec.Session, c.at), c.what)
		require.Equal(t, opened, after.Session.Opened, "%s: what an answer leaves out is kept", c.what)
	}

	// Between two bounds: over is what is over by the earlier one, and expired what may have by the later one.
	for _, c := range []struct {
		what            string
		seen            Session
		from, to        time.Time
		ended, incident bool
	}{
		{"over by the later bound only", seen(statusOpened), at, at.Add(50 * time.Hour), false, false},
		{"over by both", seen(statusOpened), at.Add(50 * time.Hour), at.Add(60 * time.Hour), true, false},
		{"over by a time that nothing confirms", seen(statusOpened), time.Time{}, at.Add(50 * time.Hour), false, false},
		{"completed, while the time is not known for certain", seen(statusCompleted), time.Time{}, at, true, false},
		{"completed, while no time is known", seen(statusCompleted), time.Time{}, time.Time{}, false, false},
		{"revoked, and it may have expired", seen(statusRevoked), at, at.Add(48 * time.Hour), true, false},
		{"revoked, and it has not expired", seen(statusRevoked), at, at.Add(47 * time.Hour), true, true},
		{"revoked, or expired by a time that nothing confirms", seen(statusRevoked), time.Time{}, at.Add(48 * time.Hour), false, false},
		{"revoked, while no time is known", seen(statusRevoked), time.Time{}, time.Time{}, false, true},
	} {
		after := rec
		after.follow(c.seen, c.from, c.to)
		require.Equal(t, c.ended, !after.Session.Ended.IsZero(), c.what)
		require.Equal(t, c.incident, after.revokedUnasked(rec.Session, c.to), c.what)
	}

	wrong := rec
	wrong.Session.Ended = at.Add(50 * time.Hour)
	for _, c := range []struct {
		what     string
		from, to time.Time
		lives    bool
	}{
		{"its end is still ahead", at, at.Add(time.Second), true},
		{"perhaps it is ahead", at, at.Add(50 * time.Hour), false},
		{"ahead of a time that nothing confirms", time.Time{}, at, false},
	} {
		after := wrong
		after.follow(seen(statusEmailSent), c.from, c.to) // a lagging replica: only the end is taken back
		require.Equal(t, c.lives, after.Session.Ended.IsZero(), c.what)
		require.Equal(t, statusOpened, after.Session.Status)
	}

	ended := rec
	ended.follow(seen(statusCompleted), at, at)
	again := ended
	again.follow(seen(statusRevoked), at.Add(time.Hour), at.Add(time.Hour))
	require.Equal(t, ended, again, "what has ended stays as it ended")
}

// TestStatusNeverGoesBack: also not over a word that nobody knows, as far as the session itself tells how far it has come.
func TestStatusNeverGoesBack(t *testing.T) {
	at := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what  string
		was   Session
		shown string
		want  string
	}{
		{"a lagging replica of before it was opened", Session{Opened: at}, statusEmailSent, "under_review"},
		{"a lagging replica of before it was begun", Session{Opened: at, KYCType: "individual"}, statusOpened, "under_review"},
		{"a lagging replica of before it was completed", Session{Completed: at}, statusInProgress, "under_review"},
		{"where it was before", Session{Opened: at}, statusOpened, statusOpened},
		{"further", Session{Opened: at, KYCType: "company"}, statusCompleted, statusCompleted},
		{"nobody was there: a word for what comes before the mail", Session{}, statusEmailSent, statusEmailSent},
		{"another word", Session{Opened: at}, "paused", "paused"},
	} {
		rec := Record{State: Created, Session: c.was}
		rec.Session.ID, rec.Session.Status, rec.Session.Expires = "s", statusEmailSent, at.Add(7*days)
		rec.follow(Session{ID: "s", Status: "under_review"}, at, at)
		rec.follow(Session{ID: "s", Status: c.shown}, at, at)
		require.Equal(t, c.want, rec.Session.Status, c.what)
	}
}

// TestCalendarOfARecord: which mails a customer gets besides ours, and which was the newest.
func TestCalendarOfARecord(t *testing.T) {
	made := time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return made.AddDate(0, 0, n) }
	rec := Record{Session: Session{Created: made, Expires: day(14)}, Reminders: []int{1, 3, 3, 20}, Mails: []time.Time{day(0), day(5)}}
	require.Equal(t, []time.Time{day(11), day(13)}, rec.ServerReminders(), "once each, ascending, none before there was a session")
	require.Equal(t, day(5), rec.LastMail(day(10)))
	require.Equal(t, day(11), rec.LastMail(day(11)))
	rec.Resend.Last = day(12)
	require.Equal(t, day(12), rec.LastMail(day(12)))
	rec.Redirect = true
	require.Empty(t, rec.ServerReminders(), "nobody is mailed in the redirect flow")
	require.Equal(t, time.Time{}, Record{}.LastMail(made))
}

// TestRecordKeepsItsMails: on the server's clock, over rounds, and where the mail goes.
func TestRecordKeepsItsMails(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", func(c *Config) { c.Settings = &Settings{RemindBefore: []int{3, 1}} })
		rec := d.record("MA_000")
		require.Equal(t, "customer0@example.com", rec.Address)
		require.Equal(t, []int{3, 1}, rec.Reminders)
		require.Len(t, rec.Mails, 1)
		require.WithinDuration(t, d.api.Sessions("MA_000")[0].Created, rec.Mails[0], 2*time.Second)

		next := rec.order(Ending{Why: "x"}, Digest{})
		require.Equal(t, rec.Mails, next.Mails)
		require.Zero(t, next.Resend)
	})
	var rec Record
	for i := range maxMails + 3 {
		rec.mailed(time.Unix(int64(i), 0))
	}
	rec.mailed(time.Unix(1, 0))
	require.Len(t, rec.Mails, maxMails)
	require.Equal(t, time.Unix(maxMails+2, 0), rec.Mails[maxMails-1], "a clock that was set back doesn't disturb the order")
	require.Equal(t, time.Unix(4, 0), rec.Mails[0])
}
