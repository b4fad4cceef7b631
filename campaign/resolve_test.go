package campaign

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// resolved carries out one decision about one account.
func (d *desk) resolved(account string, what Decision) Resolution {
	d.t.Helper()
	all := []Resolution{{Account: account, Decision: what}}
	_, err := Resolve(d.t.Context(), d.cfg, d.dir, all)
	require.NoError(d.t, err)
	return all[0]
}

// undecided brings two accounts, MA_000 and MA_001, to where a person has to decide: their requests were lost, and
// --on-unknown hold sends no other. The network is mended.
func undecided(t *testing.T, story func(t *testing.T, d *desk)) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring", func(c *Config) { c.Settings = &Settings{Hold: true} }), map[Outcome]int{OutcomeUndecided: 2})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		story(t, d)
	})
}

func TestRetry(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		res := d.resolved("MA_000", Decision{Verb: Retry})
		require.True(t, res.Done, res.Note)
		require.Empty(t, res.Note)
		require.Equal(t, []any{Pending, 2}, []any{res.Record.State, res.Record.Round})
		require.Equal(t, requests+1, d.api.Journal().Total(sandbox.AnyRoute), "one look; the audit had waited for the rest")
		require.Equal(t, 2, d.posts(), "what was decided is sent by the next create pass")
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeUndecided: 1})
		require.Equal(t, 3, d.posts())
		require.Equal(t, 1, d.api.Journal().Verdict().CreationMails)
	})
}

func TestGiveUp(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		res := d.resolved("MA_000", Decision{Verb: GiveUp, Why: "left the programme"})
		require.True(t, res.Done, res.Note)
		require.Equal(t, Withdrawn, res.Record.State)
		require.Equal(t, "given up by hand: left the programme", res.Record.Reason)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeSkipped: 1, OutcomeUndecided: 1})
		require.Equal(t, 2, d.posts())

		d.give("spring", "MA_000,mended@example.com,x", rows(1, 2)[0])
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeUndecided: 1})
	})
}

func TestAdoptSomebodyElsesSession(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		theirs := d.api.Stranger("MA_000")
		all := []Resolution{{Account: "MA_000", Decision: Decision{Verb: Adopt}}}
		sum, err := Resolve(t.Context(), d.cfg, d.dir, all)
		require.NoError(t, err)
		require.True(t, all[0].Done, all[0].Note)
		require.Equal(t, "adopted by hand", all[0].Note)
		require.Empty(t, sum.Incidents)
		require.Equal(t, []any{Created, theirs, true}, []any{all[0].Record.State, all[0].Record.Session.ID, all[0].Record.Audited})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeUndecided: 1})
		require.Equal(t, 2, d.posts())

		require.NoError(t, d.api.Set(theirs, "revoked"))
		s := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Len(t, s.Incidents, 1, "from now on it is followed like our own")
		require.Contains(t, s.Incidents[0].What, "adopted by hand was revoked")
	})
}

func TestAdoptTheOneThatWasNamed(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		completed := d.api.Stranger("MA_000")
		require.NoError(t, d.api.Set(completed, "kyc_completed"))
		live := d.api.Stranger("MA_000")
		require.Equal(t, "2 sessions of the account live or were completed: name the one to adopt",
			d.resolved("MA_000", Decision{Verb: Adopt}).Note)
		res := d.resolved("MA_000", Decision{Verb: Adopt, Session: live})
		require.True(t, res.Done, res.Note)
		require.Equal(t, live, res.Record.Session.ID)
	})
}

// TestDecisionsThatDoNotGo: each obstacle is said, and the account stays undecided.
func TestDecisionsThatDoNotGo(t *testing.T) {
	for what, c := range map[string]struct {
		decision Decision
		stranger string // status of a session of somebody else's; "" there is none
		want     string
	}{
		"retry over a live session":      {Decision{Verb: Retry}, "email_sent", " lives or was completed: adopt it, or replace it"},
		"retry over a word nobody knows": {Decision{Verb: Retry}, "paused", " lives or was completed: adopt it, or replace it"},
		"give up a live session":         {Decision{Verb: GiveUp, Why: "x"}, "opened", " lives or was completed: adopt it, or replace it"},
		"give up a completed account":    {Decision{Verb: GiveUp, Why: "x"}, "kyc_completed", " lives or was completed: adopt it, or replace it"},
		"adopt where there is nothing":   {Decision{Verb: Adopt}, "", "no session of the account lives or was completed: there is nothing to adopt"},
		"adopt what has ended":           {Decision{Verb: Adopt}, "revoked", "no session of the account lives or was completed: there is nothing to adopt"},
		"adopt another session's id":     {Decision{Verb: Adopt, Session: "s-1"}, "opened", "session s-1 is not among the account's live or completed ones"},
	} {
		t.Run(what, func(t *testing.T) {
			undecided(t, func(t *testing.T, d *desk) {
				if c.stranger != "" {
					require.NoError(t, d.api.Set(d.api.Stranger("MA_000"), c.stranger))
				}
				res := d.resolved("MA_000", c.decision)
				require.False(t, res.Done)
				require.Contains(t, res.Note, c.want)
				require.Equal(t, Undecided, res.Record.State)
				require.Equal(t, res.Note, res.Record.Reason, "the next look at the list says it too")
				d.counts(d.create("spring"), map[Outcome]int{OutcomeUndecided: 2})
				require.Equal(t, 2, d.posts())
			})
		})
	}
}

func TestDecisionsAboutOtherAccounts(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		d.give("summer", rows(5, 7)...)
		d.create("summer", func(c *Config) { c.Limit = 1 })
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		for account, want := range map[string]string{
			"MA_005": "it is created, not undecided", "MA_006": "it is pending, not undecided", "MA_XXX": "no file ever named this account",
		} {
			res := d.resolved(account, Decision{Verb: Retry})
			require.False(t, res.Done)
			require.Equal(t, want, res.Note)
		}
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute))

		looks := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if looks++; looks > 1 {
				time.Sleep(time.Second)
			}
			return api.RoundTrip(r)
		})
		twice := []Resolution{{Account: "MA_000", Decision: Decision{Verb: Retry}}, {Account: "MA_000", Decision: Decision{Verb: GiveUp}}}
		_, err := Resolve(t.Context(), d.cfg, d.dir, twice)
		require.NoError(t, err)
		require.Equal(t, Pending, d.record("MA_000").State, "the first decision is the one")
	})
}

// unlisted answers every list with a 404 in the API's own words.
func unlisted(r *http.Request, api http.RoundTripper) (*http.Response, error) {
	if isList(r) {
		return notFound(), nil
	}
	return api.RoundTrip(r)
}

// TestDecisionsWithoutALook: an account that can't be looked at can be given up, for that sends nothing.
func TestDecisionsWithoutALook(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		down := sandbox.Rule{Route: sandbox.RouteList, Class: sandbox.ErrorBefore}
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{down}}))
		for _, verb := range []Verb{Adopt, Retry, GiveUp} {
			res := d.resolved("MA_000", Decision{Verb: verb})
			require.False(t, res.Done)
			require.Equal(t, "the API could not be read", res.Note)
			require.Contains(t, res.Record.Reason, "no session of ours was found", "what is on record stays")
		}
		d.through(unlisted)
		for _, verb := range []Verb{Adopt, Retry} {
			require.Contains(t, d.resolved("MA_000", Decision{Verb: verb}).Note, "the API refuses to list the account: ")
		}
		require.True(t, d.resolved("MA_000", Decision{Verb: GiveUp, Why: "gone"}).Done)
		require.Equal(t, Withdrawn, d.record("MA_000").State)
	})
}

func TestResolveStopsWithTheRun(t *testing.T) {
	both := func() []Resolution {
		return []Resolution{{Account: "MA_000", Decision: Decision{Verb: Retry}}, {Account: "MA_001", Decision: Decision{Verb: Retry}}}
	}
	undecided(t, func(t *testing.T, d *desk) {
		denied := sandbox.Rule{Route: sandbox.RouteList, Class: sandbox.Unauthorized}
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{denied}}))
		d.cfg.Workers = 1
		all := both()
		sum, err := Resolve(t.Context(), d.cfg, d.dir, all)
		require.NoError(t, err)
		require.Equal(t, HaltCredentials, sum.Halt)
		for _, res := range all {
			require.Equal(t, []any{false, "not looked at: " + string(HaltCredentials)}, []any{res.Done, res.Note})
		}
	})
	undecided(t, func(t *testing.T, d *desk) {
		ctx, cancel := context.WithCancel(t.Context())
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			cancel()
			return api.RoundTrip(r)
		})
		d.cfg.Workers = 1
		all := both()
		sum, err := Resolve(ctx, d.cfg, d.dir, all)
		require.NoError(t, err)
		require.Equal(t, HaltDrained, sum.Halt)
		require.True(t, all[0].Done, "what was under way is finished")
		require.Equal(t, "not looked at: interrupted", all[1].Note)
		require.Equal(t, 1, sum.Requests)
	})
}

// TestResolveWaitsForWhatIsUnderWay: before its audit, a request of an undecided account may still take effect.
func TestResolveWaitsForWhatIsUnderWay(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		d.change("MA_000", func(r *Record) { r.Audited = false })
		sum, err := Resolve(t.Context(), d.cfg, d.dir, []Resolution{{Account: "MA_000", Decision: Decision{Verb: Retry}}})
		require.NoError(t, err)
		require.Greater(t, sum.Elapsed, DefaultSettle)
		require.Equal(t, Pending, d.record("MA_000").State)
	})
}

// TestRetryKeepsAnIncident: what happened to the account is still told after a person went on with it.
func TestRetryKeepsAnIncident(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		d.change("MA_000", func(r *Record) { r.Incident = incidentStranger })
		sum, err := Resolve(t.Context(), d.cfg, d.dir, []Resolution{{Account: "MA_000", Decision: Decision{Verb: Retry}}})
		require.NoError(t, err)
		require.Equal(t, []Incident{{Account: "MA_000", What: incidentStranger}}, sum.Incidents)
	})
}

func TestUndecidedAreListed(t *testing.T) {
	undecided(t, func(t *testing.T, d *desk) {
		d.give("summer", "MA_005,x@example.com,x")
		lost := sandbox.Rule{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore}
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{lost}}))
		d.create("summer", func(c *Config) { c.MaxAttempts = 2 })
		listed := func(campaign string) (all []string) {
			for u, err := range d.ledger.Undecided(campaign) {
				require.NoError(t, err)
				require.Equal(t, Undecided, u.Record.State)
				all = append(all, u.Campaign+" "+u.Record.Account)
			}
			return all
		}
		require.Equal(t, []string{"spring MA_000", "spring MA_001", "summer MA_005"}, listed(""))
		require.Equal(t, []string{"summer MA_005"}, listed("summer"))
		require.Empty(t, listed("winter"))
	})
}
