package campaign

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

func TestPlanResend(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 6)...)
		d.create("spring", func(c *Config) { c.Limit = 5 })
		require.NoError(t, d.api.Set(d.api.Sessions("MA_004")[0].ID, "kyc_completed"))
		plan := func() (ResendPlan, []Reminder) {
			var seen []Reminder
			p, err := PlanResend(t.Context(), d.cfg, Policy{}, "spring", func(one Reminder, _ time.Time) error {
				seen = append(seen, one)
				return nil
			})
			require.NoError(t, err)
			return p, seen
		}
		p, seen := plan()
		require.Equal(t, map[Why]int{WhyRecent: 5}, p.Later)
		require.Len(t, seen, 5, "who was never sent anything is not in it")
		require.Equal(t, 3*days, seen[0].Verdict.When.Sub(seen[0].Record.Session.Created))

		time.Sleep(3*days + time.Minute)
		at := time.Now().UTC().Add(-time.Second)
		d.change("MA_000", func(r *Record) { r.Resend = Resends{Sent: 1, First: at}; r.mailed(at) })
		d.change("MA_001", func(r *Record) { r.Resend.Sent = DefaultMaxResends })
		d.change("MA_002", func(r *Record) { r.Resend.Last = at })
		gets, runs := d.api.Journal().Total(sandbox.RouteGet), d.runs()
		p, _ = plan()
		require.Equal(t, ResendPlan{
			Campaign: "spring", At: p.At, Due: 2, Open: 1, Later: map[Why]int{WhyRecent: 1}, Never: map[Why]int{WhyEnough: 1},
		}, p)
		require.WithinDuration(t, time.Now(), p.At, time.Second)
		require.Equal(t, gets, d.api.Journal().Total(sandbox.RouteGet), "only the API's time is asked for")
		require.Equal(t, runs, d.runs(), "a plan leaves no trace")
		require.Zero(t, d.api.Journal().Total(sandbox.RouteResend))

		// What was planned is done: what is under way first, whatever the limit, and the others up to it.
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1}, d.resend("spring", Policy{}, func(c *Config) { c.Limit = -1 }).Counts)
		p, _ = plan()
		require.Equal(t, [2]int{2, 0}, [2]int{p.Due, p.Open})
		s := d.resend("spring", Policy{}, func(c *Config) { c.Limit = p.Due })
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1, ResendNotDue: 1}, s.Counts)
		require.Equal(t, "spring", s.Summary().Campaign)
	})
}

// Without the API's time there is no plan; without the API it is this machine's.
func TestPlanResendTime(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Scripts: []sandbox.Script{
			{Route: sandbox.RouteList, Classes: []sandbox.Fault{sandbox.ConnectRefused, sandbox.ConnectRefused, sandbox.ConnectRefused, sandbox.ConnectRefused}},
		}}))
		before := time.Now()
		p, err := PlanResend(t.Context(), d.cfg, Policy{}, "spring", nil)
		require.NoError(t, err, "an outage is waited out")
		require.Greater(t, time.Since(before), time.Second)
		require.Equal(t, 1, p.Later[WhyRecent])

		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{
			{Route: sandbox.RouteList, Class: sandbox.ConnectRefused, P: 1}, {Route: sandbox.RouteGet, Class: sandbox.ConnectRefused, P: 1},
		}}))
		_, err = PlanResend(t.Context(), d.cfg, Policy{}, "spring", nil)
		var transport *vobiz.TransportError
		require.ErrorAs(t, err, &transport)
		d.give("autumn", "MA_900,later@example.com,gold")
		left, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		leave(gone)
		for _, name := range []string{"spring", "autumn"} { // with a session to judge, and without
			_, err = PlanResend(left, d.cfg, Policy{}, name, nil)
			require.ErrorIs(t, err, gone)
		}

		cfg := d.cfg
		cfg.Client = nil
		_, err = PlanResend(t.Context(), cfg, Policy{}, "spring", func(Reminder, time.Time) error { return gone })
		require.ErrorIs(t, err, gone)
		p, err = PlanResend(t.Context(), cfg, Policy{}, "spring", nil)
		require.NoError(t, err)
		require.Equal(t, time.Now().UTC(), p.At)
		_, err = PlanResend(t.Context(), cfg, Policy{MinAge: time.Minute}, "spring", nil)
		require.ErrorIs(t, err, ErrPolicy)
	})
}

// runs is how many runs the ledger had.
func (d *desk) runs() uint64 {
	n, err := d.ledger.counter("runs")
	require.NoError(d.t, err)
	return n
}
