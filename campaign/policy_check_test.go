package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A policy is refused where no run could ever remind anybody under it, and only there.
func TestPolicyCheck(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		days   int
		before []int
		want   bool
	}{
		{Policy{}, 0, nil, true},
		{Policy{}, 7, []int{1}, false}, // 72 hours on both sides leave one moment
		{Policy{}, 8, []int{1}, true},
		{Policy{MinAge: 71 * time.Hour}, 7, []int{1}, true},
		{Policy{}, 7, []int{3, 1}, false},
		{Policy{MinAge: 36 * time.Hour}, 7, []int{3, 1}, true},
		{Policy{}, 3, nil, false},
		{Policy{MinAge: Cooldown}, 1, nil, true},
		{Policy{MinAge: Cooldown - 1}, 7, nil, false},
		{Policy{ExpiringWithin: 2 * 24 * time.Hour}, 14, []int{3}, false},
		{Policy{ExpiringWithin: 2 * 24 * time.Hour, MinAge: 12 * time.Hour}, 14, []int{3}, true},
	} {
		err := c.policy.Check(Settings{ExpiresInDays: c.days, RemindBefore: c.before})
		if c.want {
			require.NoError(t, err, c)
		} else {
			require.ErrorIs(t, err, ErrPolicy, c)
		}
	}
	require.ErrorIs(t, Policy{MaxMails: 1, MailsWithin: 30 * 24 * time.Hour}.Check(Settings{}), ErrPolicy, "that one is the invitation")
	require.NoError(t, Policy{MaxMails: 4, MailsWithin: 14 * 24 * time.Hour}.Check(Settings{}))
	require.Error(t, Policy{MaxMails: maxMails + 1, MailsWithin: time.Hour}.Check(Settings{}))
	require.Error(t, Policy{MaxMails: 1}.Check(Settings{}))
}

// What passes the check reminds: a run each minute of the link's life meets a moment at which a mail may leave, and where the check
// refuses, no two in a row do for as long as an hour.
func TestPolicyCheckLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 14).Draw(t, "days")
		before := rapid.SliceOfN(rapid.IntRange(1, 14), 0, 3).Draw(t, "before")
		p := Policy{
			MinAge:         time.Duration(rapid.IntRange(1, 96).Draw(t, "age")) * time.Hour,
			ExpiringWithin: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "within")) * 24 * time.Hour,
		}
		err := p.Check(Settings{ExpiresInDays: days, RemindBefore: before})
		made := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		rec := Record{
			State: Created, Reminders: before, Mails: []time.Time{made},
			Session: Session{ID: "s", Status: statusEmailSent, Created: made, Expires: made.AddDate(0, 0, days)},
		}
		var longest, stretch time.Duration
		for at := made; at.Before(rec.Session.Expires); at = at.Add(15 * time.Minute) {
			if !p.Judge(rec, nil, at, at).Due {
				stretch = 0
				continue
			}
			stretch += 15 * time.Minute
			longest = max(longest, stretch)
		}
		if err == nil {
			require.GreaterOrEqual(t, longest, leastOpen)
		} else {
			require.LessOrEqual(t, longest, leastOpen)
		}
	})
}
