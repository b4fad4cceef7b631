package campaign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const why = "wrong address"

// plan makes a plan, which must send nothing but looks.
func (d *desk) plan(o Order) OrderPlan {
	d.t.Helper()
	if o.Campaign == "" {
		o.Campaign = "spring"
	}
	if o.Why == "" {
		o.Why = why
	}
	before := d.api.Journal()
	plan, err := PlanOrder(d.t.Context(), d.cfg, o)
	require.NoError(d.t, err)
	after := d.api.Journal()
	require.Equal(d.t, before.Sessions, after.Sessions, "a plan changes nothing")
	require.Equal(d.t, before.Total(sandbox.RouteCreate)+before.Total(sandbox.RouteRevoke),
		after.Total(sandbox.RouteCreate)+after.Total(sandbox.RouteRevoke), "a plan sends nothing but looks")
	return plan
}

// carryOut does what a plan says, and gives the ends by account.
func (d *desk) carryOut(plan OrderPlan, change ...func(*Config)) map[string]OrderEnd {
	d.t.Helper()
	cfg := d.cfg
	for _, c := range change {
		c(&cfg)
	}
	done, err := CarryOut(d.t.Context(), cfg, plan)
	require.NoError(d.t, err)
	return endsOf(done)
}

func (d *desk) resume(name string) map[string]OrderEnd {
	d.t.Helper()
	done, err := Resume(d.t.Context(), d.cfg, name)
	require.NoError(d.t, err)
	require.Empty(d.t, done.Summary.Halt)
	return endsOf(done)
}

func endsOf(done Carried) map[string]OrderEnd {
	ends := map[string]OrderEnd{}
	for _, one := range done.Accounts {
		ends[one.Account] = one.End
	}
	return ends
}

// taken are the accounts of a plan's entries, with the reasons where there are any.
func taken(all []Planned) []string {
	texts := []string{}
	for _, one := range all {
		texts = append(texts, strings.TrimSuffix(one.Account+": "+one.Why, ": "))
	}
	return texts
}

// deleted are the accounts whose sessions were ended by DELETE, with the reasons given.
func (d *desk) deleted() []string {
	texts := []string{}
	for _, v := range d.api.Journal().Sessions {
		if v.Revoke == sandbox.RevokeDelete {
			texts = append(texts, v.Account+": "+v.Reason)
		}
	}
	slices.Sort(texts) // the first rows are created in any order
	return texts
}

func (d *desk) newest(account string) sandbox.View {
	all := d.api.Sessions(account)
	return all[len(all)-1]
}

// unharmed holds that no POST took anything from anybody, and that nobody was mailed twice.
func (d *desk) unharmed() {
	d.t.Helper()
	v := d.api.Journal().Verdict()
	require.Zero(d.t, v.Accidents)
	require.Zero(d.t, v.SecondMails)
}

func (d *desk) mailedTo(account string) string {
	s, _, err := d.cfg.Client.Get(d.t.Context(), d.newest(account).ID)
	require.NoError(d.t, err)
	return *s.CustomerEmail
}

// inSpring runs a story that begins with a campaign of six accounts, all created.
func inSpring(t *testing.T, story func(t *testing.T, d *desk)) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 6)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 6})
		story(t, d)
	})
}

// interrupted begins to replace MA_000 with a new address, and is stopped while the API is down: before the DELETE for
// route "list", after it for route "create".
func interrupted(t *testing.T, route sandbox.Route, story func(t *testing.T, d *desk)) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Email: "right@example.com"})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: route, Class: sandbox.ConnectRefused}}}))
		ends := d.carryOut(plan, func(c *Config) { c.MaxDuration = 3 * time.Second })
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderOpen}, ends)
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		story(t, d)
	})
}
