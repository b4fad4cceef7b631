package campaign

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPolicyLaw: what the policy allows breaks no promise, and the moment that it names is the first one.
func TestPolicyLaw(t *testing.T) {
	made := time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		hours := func(label string, from, to int) time.Duration {
			return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Hour
		}
		p := Policy{MinAge: hours("min age", 1, 100), MaxResends: 3}.withDefaults()
		if rapid.Bool().Draw(t, "capped") {
			p.MaxMails, p.MailsWithin = rapid.IntRange(2, 5).Draw(t, "mails"), hours("within", 24, 24*20)
		}
		if rapid.Bool().Draw(t, "expiring") {
			p.ExpiringWithin = hours("expiring within", 10, 24*9)
		}
		rec := Record{
			State: Created, Mails: []time.Time{made}, Reminders: rapid.SliceOfN(rapid.IntRange(0, 20), 0, 3).Draw(t, "reminders"),
			Session: Session{ID: "s", Status: statusEmailSent, Created: made, Expires: made.Add(hours("expires", 24, 24*40))},
		}
		for range rapid.IntRange(0, 3).Draw(t, "more mails") {
			rec.mailed(rec.Mails[len(rec.Mails)-1].Add(hours("later", 1, 200)))
		}
		var others []time.Time
		for range rapid.IntRange(0, 4).Draw(t, "others") {
			others = append(others, made.Add(hours("other", -300, 900)))
		}
		from := made.Add(hours("from", 0, 900))

		allowed := func(at time.Time) bool {
			all := slices.Concat(rec.mails(), []time.Time{at})
			for _, m := range rec.ourMails() { // one that is dated ahead stands against everything before it
				if at.Sub(m) < p.MinAge {
					return false
				}
			}
			for _, m := range rec.ServerReminders() {
				if at.Sub(m).Abs() < p.MinAge {
					return false
				}
			}
			if p.MaxMails > 0 {
				all = append(all, others...)
				for _, first := range all { // any stretch that begins with a mail and has this one in it
					n := 0
					for _, m := range all {
						if d := m.Sub(first); d >= 0 && d < p.MailsWithin {
							n++
						}
					}
					if d := at.Sub(first); d >= 0 && d < p.MailsWithin && n > p.MaxMails {
						return false
					}
				}
			}
			return at.Before(rec.Session.Expires) && (p.ExpiringWithin == 0 || rec.Session.Expires.Sub(at) <= p.ExpiringWithin)
		}
		require.Equal(t, allowed(from), p.Judge(rec, others, from, from).Due)
		v := p.Next(rec, others, from)
		require.Equal(t, v.Due, allowed(from))
		end := v.When
		if end.IsZero() {
			end = rec.Session.Expires
		} else {
			require.True(t, allowed(v.When), "%s is allowed", v.When)
		}
		for at := from; at.Before(end); at = at.Add(time.Hour) { // everything is in whole hours
			require.False(t, allowed(at), "%s would have been earlier than %s", at, v.When)
		}
	})
}
