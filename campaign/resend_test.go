package campaign

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// resend runs the pass over a campaign.
func (d *desk) resend(name string, p Policy, change ...func(*Config)) Resent {
	d.t.Helper()
	cfg := d.cfg
	for _, c := range change {
		c(&cfg)
	}
	s, err := Resend(d.t.Context(), cfg, p, name)
	require.NoError(d.t, err)
	return s
}

// mails are how many invitations, resends and reminders the API sent for an account.
func (d *desk) mails(account string) (invitations, resends, reminders int) {
	for _, v := range d.api.Sessions(account) {
		invitations, resends, reminders = invitations+v.Mails, resends+v.Resends, reminders+v.Reminders
	}
	return invitations, resends, reminders
}

func (d *desk) story(account string) (kinds []Kind) {
	story, err := d.ledger.History(account)
	require.NoError(d.t, err)
	for _, e := range story.Entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

const days = 24 * time.Hour

func TestResend(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 4)...)
		d.create("spring")
		s := d.resend("spring", Policy{})
		require.Equal(t, map[Why]int{WhyRecent: 4}, s.Why)
		require.Equal(t, 3, s.Requests, "who is not due costs no request: these are for the API's time")

		time.Sleep(3*days + time.Minute)
		require.NoError(t, d.api.Set(d.api.Sessions("MA_001")[0].ID, "in_progress"))
		require.NoError(t, d.api.Set(d.api.Sessions("MA_002")[0].ID, "kyc_completed"))
		require.NoError(t, d.api.Set(d.api.Sessions("MA_003")[0].ID, "revoked"))
		s = d.resend("spring", Policy{})
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1, ResendNotDue: 3}, s.Counts)
		require.Equal(t, map[Why]int{WhyStatus: 1, WhyCompleted: 1, WhyEnded: 1}, s.Why, "it goes by the status read now")
		require.Len(t, s.Incidents, 1)
		require.Equal(t, "MA_003", s.Incidents[0].Account)
		require.NotZero(t, d.record("MA_002").Session.Ended)
		require.Equal(t, []Kind{KindIntent, KindCreated, KindAudited, KindResend, KindResent}, d.story("MA_000"))
		require.Equal(t, []Kind{KindIntent, KindCreated, KindAudited, KindStatus}, d.story("MA_002"))

		s = d.resend("spring", Policy{})
		require.Empty(t, s.Counts, "once")
		_, resends, _ := d.mails("MA_000")
		require.Equal(t, 1, resends)
		rec := d.record("MA_000")
		require.Len(t, rec.Mails, 2)
		require.Equal(t, Resends{Sent: 1}, rec.Resend)
	})
}

// TestResendLostAnswer: the cooldown tells whether the mail left, and no second one does.
func TestResendLostAnswer(t *testing.T) {
	for class, want := range map[sandbox.Fault]struct {
		outcome ResendOutcome
		told    Kind
		mails   int
	}{
		sandbox.ResetAfter:     {ResendSent, KindResent, 1},
		sandbox.ErrorAfter:     {ResendSent, KindResent, 1},
		sandbox.TimeoutEarly:   {ResendSent, KindResent, 1},
		sandbox.Truncated:      {ResendSent, KindResent, 1},
		sandbox.ErrorBefore:    {ResendSent, KindResent, 1},
		sandbox.TimeoutLate:    {ResendSent, KindResent, 1},
		sandbox.ConnectRefused: {ResendSent, KindResent, 1},
		sandbox.Throttled:      {ResendSent, KindResent, 1},
	} {
		t.Run(string(class), func(t *testing.T) {
			inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
				d.give("spring", rows(0, 1)...)
				d.create("spring")
				time.Sleep(3*days + time.Minute)
				require.NoError(t, d.api.SetFaults(sandbox.Faults{LateBy: time.Minute, Scripts: []sandbox.Script{
					{Route: sandbox.RouteResend, Classes: []sandbox.Fault{class}},
				}}))
				s := d.resend("spring", Policy{})
				require.Equal(t, map[ResendOutcome]int{want.outcome: 1}, s.Counts)
				time.Sleep(time.Hour)
				_, resends, _ := d.mails("MA_000")
				require.Equal(t, want.mails, resends)
				story := d.story("MA_000")
				require.Equal(t, []Kind{KindResend, want.told}, story[len(story)-2:])
			})
		})
	}
}

// TestResendHold: where a lost answer is never followed by a second request, nobody knows, and it is counted.
func TestResendHold(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", func(c *Config) { c.Settings = &Settings{Hold: true} })
		time.Sleep(3*days + time.Minute)
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteResend, Class: sandbox.ErrorBefore, P: 1}}}))
		require.Equal(t, map[ResendOutcome]int{ResendUnsure: 1}, d.resend("spring", Policy{}).Counts)
		require.Equal(t, Resends{Sent: 1, Unsure: 1}, d.record("MA_000").Resend)
		require.Equal(t, 1, d.api.Journal().Total(sandbox.RouteResend))
		require.Empty(t, d.resend("spring", Policy{}).Counts, "not before the next reminder is due")
	})
}

// TestResendCooling: a 429 tells of a mail that was not ours, which counts for the calendar and holds nothing up.
func TestResendCooling(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		id := d.api.Sessions("MA_000")[0].ID
		_, err := d.cfg.Client.Resend(t.Context(), id) // somebody else, by hand
		require.NoError(t, err)
		by := time.Now()
		time.Sleep(10 * time.Minute)
		began := time.Now()
		require.Equal(t, map[ResendOutcome]int{ResendCooling: 1}, d.resend("spring", Policy{}).Counts)
		require.Less(t, time.Since(began), time.Minute, "a cooldown is no trouble of the run's")
		rec := d.record("MA_000")
		require.WithinDuration(t, by, rec.Resend.Last, 2*time.Second)
		require.Equal(t, Resends{Last: rec.Resend.Last}, rec.Resend)
		require.Len(t, rec.Mails, 1)
		require.Equal(t, map[Why]int{WhyRecent: 1}, d.resend("spring", Policy{}).Why)

		// Where the policy allows it so soon, the cooldown can be sat out.
		_, err = d.cfg.Client.Resend(t.Context(), id)
		require.Error(t, err)
		d.change("MA_000", func(r *Record) { r.Resend.Last = time.Time{} })
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1}, d.resend("spring", Policy{MinAge: Cooldown, Wait: true}).Counts)
		_, resends, _ := d.mails("MA_000")
		require.Equal(t, 2, resends)
	})
}

// TestResendBudget: one budget with create, and one limit.
func TestResendBudget(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		time.Sleep(6 * time.Hour)
		d.give("spring", rows(0, 6)...)
		d.create("spring", func(c *Config) { c.Limit = 4 })
		time.Sleep(3*days + time.Minute)
		cap := func(n int) func(*Config) { return func(c *Config) { c.Budget = Budget{DailyCap: n, Zone: time.UTC} } }
		d.create("spring", func(c *Config) { c.Limit = 1 }, cap(3))
		s := d.resend("spring", Policy{}, cap(3))
		require.Equal(t, 2, s.Counts[ResendSent])
		require.Equal(t, 2, s.Left+s.Counts[ResendHeld])
		require.NotNil(t, s.Closed)
		d.create("spring", cap(3))
		require.Equal(t, 5, d.posts(), "and no place is left for another invitation")

		time.Sleep(days)
		s = d.resend("spring", Policy{}, func(c *Config) { c.Limit = 1 })
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1}, s.Counts)
		require.Equal(t, 1, s.Left)

		w, err := ParseWindow("09:00-10:00")
		require.NoError(t, err)
		s = d.resend("spring", Policy{}, func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC} })
		require.Zero(t, s.Counts[ResendSent])
		require.Equal(t, "the window is closed", s.Closed.Why)
		_, resends, _ := d.mails("MA_000")
		require.Equal(t, 1, resends)
	})
}

// TestResendChooses: who was reminded the fewest times comes first, then whose link expires first; the owner that was named alone,
// and nobody who is on a list or gone from the file.
func TestResendChooses(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,a@example.com,gold", "MA_2,b@example.com,starter", "MA_3,c@example.com,starter", "MA_4,d@example.com,starter")
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		d.change("MA_2", func(r *Record) { r.Resend.Sent = 1 })
		d.change("MA_4", func(r *Record) { r.Session.Expires = r.Session.Expires.Add(-time.Hour) })
		only := Policy{Column: "plan", Value: "starter"}
		for _, want := range []string{"MA_4", "MA_3", "MA_2"} {
			require.Equal(t, 1, d.resend("spring", only, func(c *Config) { c.Limit = 1 }).Counts[ResendSent])
			_, resends, _ := d.mails(want)
			require.Equal(t, 1, resends, want)
		}
		require.Empty(t, d.resend("spring", only).Counts)
		d.give("spring", "MA_2,b@example.com,starter", "MA_3,c@example.com,starter", "MA_4,d@example.com,starter")
		require.Empty(t, d.resend("spring", Policy{}).Counts, "who is gone from the file is left alone")
	})
}

// TestResendAddress: a customer with three accounts has one inbox.
func TestResendAddress(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,a@example.com,x", "MA_2,A@example.com,x", "MA_3,a@example.com,x", "MA_4,b@example.com,x")
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		s := d.resend("spring", Policy{MaxMails: 4, MailsWithin: 14 * days})
		require.Equal(t, 2, s.Counts[ResendSent], "three invitations and one of three resends; and the other address")
		require.Equal(t, 2, s.Why[WhyAddress])
	})
}

// TestResendAfterARestore: what a ledger that was put back has forgotten, nobody is reminded of again.
func TestResendAfterARestore(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		earlier := filepath.Join(worldDir(t), "earlier.db")
		require.NoError(t, d.file.Backup(earlier))
		time.Sleep(3*days + time.Minute)
		require.Equal(t, 1, d.resend("spring", Policy{}).Counts[ResendSent])
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(earlier, LedgerPath(d.dir)))
		d.openLedger()

		time.Sleep(time.Hour)
		require.Equal(t, map[Why]int{WhyForgot: 1}, d.resend("spring", Policy{}).Why)
		time.Sleep(3*days + time.Minute)
		require.Equal(t, 1, d.resend("spring", Policy{}).Counts[ResendSent])
	})
}

// TestResendCrash: a process that dies leaves a reminder under way, and the next one finds out, or counts it.
func TestResendCrash(t *testing.T) {
	for _, story := range []struct {
		later time.Duration
		sent  bool
		want  ResendOutcome
		mails int
	}{
		{time.Minute, true, ResendSent, 1},
		{time.Minute, false, ResendSent, 1},
		{days, true, ResendUnsure, 1},
		{days, false, ResendUnsure, 0},
	} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			d.create("spring")
			time.Sleep(3*days + time.Minute)
			at := time.Now().UTC().Truncate(time.Second)
			d.change("MA_000", func(r *Record) { r.Resend = Resends{Sent: 1, First: at}; r.mailed(at) })
			if story.sent {
				_, err := d.cfg.Client.Resend(t.Context(), d.record("MA_000").Session.ID)
				require.NoError(t, err)
			}
			time.Sleep(story.later)
			require.Equal(t, map[ResendOutcome]int{story.want: 1}, d.resend("spring", Policy{}).Counts, story)
			_, resends, _ := d.mails("MA_000")
			require.Equal(t, story.mails, resends, story)
			require.Zero(t, d.record("MA_000").Resend.First)
			require.Empty(t, d.resend("spring", Policy{}).Counts, story)
		})
	}
}

func TestResendRefusesWhatCannotBe(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		_, err := Resend(t.Context(), d.cfg, Policy{}, "autumn")
		require.ErrorIs(t, err, ErrNoCampaign)
		_, err = Resend(t.Context(), d.cfg, Policy{MinAge: time.Minute}, "spring")
		require.ErrorIs(t, err, ErrPolicy)
		_, err = Resend(t.Context(), d.cfg, Policy{MinAge: 8 * days}, "spring")
		require.ErrorIs(t, err, ErrPolicy, "a link works for seven days")
		_, err = Resend(t.Context(), d.cfg, Policy{MinAge: 5 * days}, "spring")
		require.NoError(t, err)
		path := filepath.Join(d.dir, "long.csv")
		require.NoError(t, os.WriteFile(path, []byte("account_auth_id,email,expires_in_days\nMA_9,x@example.com,30\n"), 0o600))
		in, err := intake.Open(t.Context(), path, intake.Options{})
		require.NoError(t, err)
		_, err = d.ledger.Import(t.Context(), "long", in, "")
		require.NoError(t, err)
		_, err = Resend(t.Context(), d.cfg, Policy{MinAge: 8 * days}, "long")
		require.NoError(t, err, "one of a row of its own works longer")
		d.create("spring", d.redirect("spring"))
		_, err = Resend(t.Context(), d.cfg, Policy{}, "spring")
		require.ErrorIs(t, err, ErrFlow)
		require.Zero(t, d.api.Journal().Total(sandbox.RouteResend))
	})
}
