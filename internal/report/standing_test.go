package report

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// TestSessionStandings holds, for each word of the API and each way in which a session can be over, what a person is told.
func TestSessionStandings(t *testing.T) {
	expires := start().AddDate(0, 0, 14)
	before, after := expires.Add(-time.Minute), expires.Add(time.Hour)
	for status, want := range map[string]struct{ live, over standing }{
		statusEmailSent:  {invited, expired},
		statusLinkReady:  {invited, expired},
		statusOpened:     {opened, expired},
		statusInProgress: {begun, expired},
		statusCompleted:  {completed, completed},
		statusFailed:     {failed, failed},
		statusKYCFailed:  {failed, failed},
		statusExpired:    {expired, expired},
		"on_hold":        {other, other},
		"":               {other, other},
	} {
		s := campaign.Session{Status: status, Expires: expires}
		require.Equal(t, want.live, sessionAs(s, before), status)
		require.Equal(t, want.live, sessionAs(s, time.Time{}), "%q: nobody has looked since, so nothing is known to be over", status)
		require.Equal(t, want.over, sessionAs(s, expires), "%q: to the microsecond", status)
		require.Equal(t, want.live, sessionAs(campaign.Session{Status: status}, after), "%q: no time is known at which it would end", status)
		s.Ended = after
		require.Equal(t, want.over, sessionAs(s, before), "%q: seen to be over", status)
	}
	gone := campaign.Session{Status: statusRevoked, Expires: expires, Ended: before}
	require.Equal(t, revoked, sessionAs(gone, after), "it was revoked before its time")
	gone.Ended = after
	require.Equal(t, expired, sessionAs(gone, after), "its time was over when it was seen: there are APIs that say so of expired ones")
	require.Equal(t, revoked, sessionAs(campaign.Session{Status: statusRevoked}, after))
	require.Equal(t, opened, sessionAs(campaign.Session{Status: statusEmailSent, Opened: start(), Expires: expires}, before), "the API's times know more than its word")
}

// TestEveryCombinationHasOneStanding walks through every outcome, state, status and end: each adds to exactly one count, and has words.
func TestEveryCombinationHasOneStanding(t *testing.T) {
	asOf := start().AddDate(0, 0, 10)
	states := []campaign.State{"", campaign.Pending, campaign.Started, campaign.Created, campaign.Refused, campaign.Skipped, campaign.Undecided, campaign.Withdrawn}
	statuses := []string{"", statusEmailSent, statusLinkReady, statusOpened, statusInProgress, statusCompleted, statusRevoked, statusExpired, statusFailed, statusKYCFailed, "on_hold"}
	met := map[standing]bool{}
	combinations := 0
	for _, outcome := range campaign.Outcomes() {
		for _, state := range states {
			for _, status := range statuses {
				for bits := range 1 << 5 {
					is := func(bit int) bool { return bits&(1<<bit) != 0 }
					res := campaign.Result{Outcome: outcome, Record: campaign.Record{State: state, Redirect: is(0)}}
					s := &res.Record.Session
					if s.Status, s.Expires = status, asOf.Add(time.Hour); is(1) {
						s.Expires = asOf.Add(-time.Hour)
					}
					if is(2) {
						s.Ended = asOf.Add(-time.Minute)
					}
					if is(3) {
						res.Row.DuplicateOf = 7
					}
					if is(4) {
						res.Record.End.Session = "old"
					}
					m := &maker{zone: india()}
					l := customer{Result: res, asOf: asOf, standing: standingOf(res, asOf)}
					met[l.standing] = true
					combinations++

					var c Counts
					count(&c, &l)
					require.Equal(t, 1, disjoint(c), "%+v", res)
					for _, text := range []string{words(l.standing, res), m.next(l.standing, res, asOf)} {
						require.NotEmpty(t, text, "%+v", res)
						require.NotContains(t, text, "%", "%+v", res)
					}
				}
			}
		}
	}
	require.Len(t, met, len(standings), "each standing is one that a row can have")
	t.Logf("%d combinations, %d standings", combinations, len(met))
}

// disjoint adds up the counts that a row can be in only once.
func disjoint(c Counts) int {
	sum := 0
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		switch v.Type().Field(i).Name {
		case "Rows", "Opened", "Started":
		default:
			sum += int(v.Field(i).Int())
		}
	}
	return sum
}

// TestNextReminder holds which mail is announced: the earliest one to come, the API's own or ours, in the report's zone.
func TestNextReminder(t *testing.T) {
	asOf := start().AddDate(0, 0, 3)
	rec := campaign.Record{State: campaign.Created, Reminders: []int{1, 3, 12}, Session: campaign.Session{
		Status: statusEmailSent, Created: start(), Expires: start().AddDate(0, 0, 14).Add(13 * time.Hour),
	}}
	says := func(change func(*maker, *campaign.Record)) string {
		m, rec := &maker{zone: india()}, rec
		change(m, &rec)
		return m.next(invited, campaign.Result{Record: rec}, asOf)
	}
	require.Equal(t, "will be reminded on 5 Dec", says(func(*maker, *campaign.Record) {}), "half past one at night in India")
	require.Equal(t, "will be reminded on 4 Dec", says(func(m *maker, _ *campaign.Record) { m.zone = time.UTC }))
	ours := func(at time.Time) func(*maker, *campaign.Record) {
		return func(m *maker, _ *campaign.Record) {
			m.cfg.Reminder = func(campaign.Record) time.Time { return at }
		}
	}
	require.Equal(t, "will be reminded on 28 Nov", says(ours(start().AddDate(0, 0, 5))))
	require.Equal(t, "will be reminded on 5 Dec", says(ours(start().AddDate(0, 0, 13))), "the API's own comes first")
	require.Equal(t, "will be reminded on 5 Dec", says(ours(time.Time{})), "our policy reminds nobody")
	require.Equal(t, "will be reminded on 2 Jan 2027", says(func(m *maker, r *campaign.Record) {
		r.Reminders = nil
		ours(time.Date(2027, 1, 1, 20, 0, 0, 0, time.UTC))(m, r)
	}), "another year is told")
	require.Equal(t, "not opened, no reminder planned: call before 8 Dec", says(func(_ *maker, r *campaign.Record) { r.Reminders = nil }))
	require.Equal(t, "not opened, no reminder planned: call", says(func(_ *maker, r *campaign.Record) { r.Session.Expires = time.Time{} }))
	require.True(t, strings.HasPrefix(says(func(_ *maker, r *campaign.Record) { r.Redirect = true }), "not opened: give"), "nobody is mailed in the redirect flow")
}

// TestReminders counts mails after the invitation: the API's own stop with the session.
func TestReminders(t *testing.T) {
	b := everyKind()
	at := func(days int) time.Time { return start().AddDate(0, 0, days) }
	for _, c := range []struct {
		name   string
		change func(*campaign.Record)
		want   int
		last   time.Time
	}{
		{"none", func(r *campaign.Record) { r.Reminders = nil }, 0, at(0)},
		{"due ones", func(r *campaign.Record) { r.Reminders = []int{13, 4, 3} }, 2, at(10)},
		{"ours, later than the newest sync", func(r *campaign.Record) { r.Resend.Sent, r.Mails = 1, []time.Time{at(0), at(11)} }, 1, at(11)},
		{"completed before the second", func(r *campaign.Record) {
			r.Reminders, r.Session.Status, r.Session.Completed, r.Session.Ended = []int{13, 4}, statusCompleted, at(5), at(12)
		}, 1, at(1)},
		{"seen to have ended", func(r *campaign.Record) {
			r.Reminders, r.Session.Status, r.Session.Ended = []int{13, 4}, statusFailed, at(5)
		}, 1, at(1)},
		{"redirect", func(r *campaign.Record) { r.Reminders, r.Redirect, r.Mails = []int{13}, true, nil }, 0, time.Time{}},
		{"refused: no mail left", func(r *campaign.Record) { r.State = campaign.Refused }, 0, time.Time{}},
	} {
		res := b.results["spring"][0]
		res.Outcome = campaign.OutcomeAlready
		c.change(&res.Record)
		if res.Record.State == campaign.Refused {
			res.Outcome = campaign.OutcomeRefused
		}
		l := customerOf(res, campaign.Campaign{Name: "spring"}, source{-1, -1, -1, 5}, b.synced["spring"])
		require.Equal(t, c.want, l.reminders(), c.name)
		require.Equal(t, c.last, l.lastMail(), c.name)
	}
}
