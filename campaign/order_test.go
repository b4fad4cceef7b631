package campaign

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// An order is about the accounts that it names: rows that are still to be sent wait for create.
func TestOrderTouchesNobodyElse(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 8)...)
		d.carryOut(d.plan(Order{Accounts: []string{"MA_001"}}))
		require.Equal(t, 7, d.posts())
		d.resume("spring")
		require.Equal(t, 7, d.posts())
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2, OutcomeAlready: 6})

		d.give("autumn", rows(10, 11)...)
		d.plan(Order{Campaign: "autumn", Only: true})
		c, err := d.ledger.Campaign("autumn")
		require.NoError(t, err)
		require.False(t, c.Begun, "a plan begins nothing")
	})
}

// What is not known for certain is left out: a session that no audit has looked at, and one of several that live.
func TestOrderLeavesOutWhatIsUncertain(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_001")
		require.NoError(t, d.api.Set(d.api.Sessions("MA_001")[0].ID, "email_sent"))
		number, err := d.ledger.number("MA_002")
		require.NoError(t, err)
		before, err := d.ledger.record(number)
		require.NoError(t, err)
		after := before
		after.Audited = false
		require.NoError(t, d.ledger.s.Put(t.Context(), recordWrite(number, before, after)...))
		plan := d.plan(Order{Accounts: []string{"MA_001", "MA_002"}, Only: true})
		require.Empty(t, plan.Takes)
		require.Equal(t, []string{
			"MA_001: 2 sessions of it live, which the API does not allow: ask its support",
			"MA_002: it was sent and not looked at again yet: `audit` does that",
		}, taken(plan.Left))
		d.create("spring")
		require.Len(t, d.plan(Order{Accounts: []string{"MA_002"}, Only: true}).Takes, 1)
	})
}

// What must not be replaced is left out, by name and with the reason.
func TestOrderLeavesOut(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_DOUBT"}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("other", "MA_OTHER,o@example.com,x")
		d.create("other")
		d.api.Stranger("MA_THEIRS")
		d.give("spring", "MA_GONE,g@example.com,x", "MA_NOT,listed@example.com,x", "MA_DONE,d@example.com,x", "MA_OPEN,o@example.com,x",
			"MA_STRANGE,s@example.com,x", "MA_DOUBT,e@example.com,x", "MA_BAD,not an address,x", "MA_THEIRS,t@example.com,x", "MA_NONE1,n@example.com,x",
			"MA_OTHER,o@example.com,x", "MA_LATE,l@example.com,x")
		d.create("spring", func(c *Config) { c.MaxDuration, c.Limit = time.Minute, 8 })
		d.give("spring", "MA_NOT,listed@example.com,x", "MA_DONE,d@example.com,x", "MA_OPEN,o@example.com,x",
			"MA_STRANGE,s@example.com,x", "MA_DOUBT,e@example.com,x", "MA_BAD,not an address,x", "MA_THEIRS,t@example.com,x", "MA_NONE1,n@example.com,x",
			"MA_OTHER,o@example.com,x", "MA_LATE,l@example.com,x")
		require.NoError(t, d.api.Set(d.newest("MA_DONE").ID, "kyc_completed"))
		require.NoError(t, d.api.Set(d.newest("MA_OPEN").ID, "in_progress"))
		require.NoError(t, d.api.Set(d.newest("MA_STRANGE").ID, "paused"))
		list := filepath.Join(d.dir, "exclude")
		require.NoError(t, os.WriteFile(list, []byte("listed@example.com\n"), 0o600))
		x, err := intake.LoadExclusions(list)
		require.NoError(t, err)
		d.create("spring", func(c *Config) { c.AuditOnly = true })

		plan := d.plan(Order{Exclude: x, Accounts: []string{"MA_GONE", "MA_NOT", "MA_DONE", "MA_OPEN", "MA_STRANGE", "MA_DOUBT", "MA_BAD",
			"MA_THEIRS", "MA_NONE1", "MA_OTHER", "MA_LATE", "MA_NOBODY", "MA_NOBODY"}})
		require.Equal(t, []string{"MA_THEIRS"}, taken(plan.Takes), "a stranger's, but named by id")
		require.False(t, plan.Takes[0].Ours)
		got := strings.Join(taken(plan.Left), "\n")
		for _, want := range []string{
			"MA_GONE: its row is gone", "MA_NOT: it, or its address, is on the exclusion list", "MA_DONE: the customer has completed KYC",
			"MA_OPEN: a customer may be half-way through its session (in_progress): --include-started",
			"MA_STRANGE: a customer may be half-way through its session (paused)", "MA_DOUBT: it is in doubt", "MA_BAD: nothing was sent for it yet",
			"MA_NONE1: the API refuses to list it", "MA_OTHER: it belongs to campaign other", "MA_LATE: nothing was sent for it yet",
			"MA_NOBODY: no row of campaign spring names it",
		} {
			require.Contains(t, got, want)
		}
		require.Len(t, plan.Left, 11)

		// With its flag a session that was started is taken. By status, a stranger's never is.
		require.Equal(t, []string{"MA_OPEN"}, taken(d.plan(Order{Accounts: []string{"MA_OPEN"}, Started: true}).Takes))
		require.NoError(t, d.api.Set(d.newest("MA_NOT").ID, "failed"))
		theirs := d.api.Stranger("MA_NOT")
		plan = d.plan(Order{Statuses: []string{StatusFailed}})
		require.Empty(t, plan.Takes)
		require.Equal(t, []string{"MA_NOT: the session that lives is somebody else's: it is only ended for an account that is named by its id"}, taken(plan.Left))
		plan = d.plan(Order{Accounts: []string{"MA_NOT"}})
		require.Equal(t, theirs, plan.Takes[0].Session.ID)
	})
}

// A customer who opens the session after the plan keeps it, and the record is what it was before.
func TestOrderIsCalledOff(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		changed := rows(0, 6)
		changed[1] = "MA_001,changed@example.com,starter"
		d.give("spring", changed...)
		before := d.create("spring")
		replaced := d.plan(Order{Accounts: []string{"MA_001", "MA_002", "MA_003"}})
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, "opened"))
		require.NoError(t, d.api.Set(d.newest("MA_002").ID, "kyc_completed"))
		d.api.Stranger("MA_003")
		done, err := CarryOut(t.Context(), d.cfg, replaced)
		require.NoError(t, err)
		require.Equal(t, []OrderEnd{OrderCalledOff, OrderCalledOff, OrderCalledOff}, []OrderEnd{done.Accounts[0].End, done.Accounts[1].End, done.Accounts[2].End})
		require.Equal(t, "not replaced: the customer has opened the session meanwhile", done.Accounts[0].Reason)
		require.Equal(t, "not replaced: the customer has completed KYC meanwhile", done.Accounts[1].Reason)
		require.Equal(t, "the account has a live session that this ledger did not create", done.Accounts[2].Reason)
		require.Empty(t, d.deleted())
		require.Equal(t, 6, d.posts())
		require.Empty(t, done.Summary.Incidents)

		revoked := d.plan(Order{Accounts: []string{"MA_004"}, Only: true})
		require.NoError(t, d.api.Set(d.newest("MA_004").ID, "opened"))
		require.Equal(t, map[string]OrderEnd{"MA_004": OrderCalledOff}, d.carryOut(revoked))
		after := d.create("spring")
		require.Equal(t, 1, before.Counts[OutcomeConflict])
		require.Equal(t, 1, after.Counts[OutcomeConflict], "what was not sent is still a conflict")
		require.Equal(t, 6, d.posts())
	})
}

// Our own DELETE has ended the session, its answer is lost, and looks show it as it was before, or under a word that nobody knows. Only
// one that stays calls the order off.
func TestOddWordCallsNoOrderOff(t *testing.T) {
	for odd, want := range map[int]OrderEnd{1: OrderReplaced, 2: OrderReplaced, maxUnknown: OrderCalledOff} { // looks that show the word
		t.Run(fmt.Sprint(odd), func(t *testing.T) {
			inSpring(t, func(t *testing.T, d *desk) {
				looks := -1
				d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
					if r.Method == http.MethodDelete && looks < 0 {
						looks = 0
						require.NoError(t, d.api.Set(d.newest("MA_000").ID, "opened"))
						_, _ = api.RoundTrip(r)
						return nil, http.ErrHandlerTimeout
					}
					answer, err := api.RoundTrip(r)
					if looks < 0 || !isList(r) || err != nil {
						return answer, err
					}
					body, err := io.ReadAll(answer.Body)
					require.NoError(t, err)
					switch looks++; {
					case looks == 1:
						body = bytes.ReplaceAll(body, []byte(`"revoked"`), []byte(`"opened"`))
					case looks <= 1+odd:
						body = bytes.ReplaceAll(body, []byte(`"revoked"`), []byte(`"under_review"`))
					}
					answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
					return answer, nil
				})
				require.Equal(t, map[string]OrderEnd{"MA_000": want}, d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}})))
			})
		})
	}
}

// A crash before or after the DELETE is made good, by the order's own resumption or by the campaign's next create. The
// new address is not lost, nor is it where the file changes meanwhile.
func TestOrderIsResumed(t *testing.T) {
	for _, route := range []sandbox.Route{sandbox.RouteList, sandbox.RouteCreate} {
		interrupted(t, route, func(t *testing.T, d *desk) {
			require.Equal(t, []string{"MA_000: an earlier order for it is not finished: go on with --resume"},
				taken(d.plan(Order{Accounts: []string{"MA_000"}}).Left))
			require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.resume("spring"))
			require.Equal(t, "right@example.com", d.mailedTo("MA_000"))
			require.Empty(t, d.resume("spring"), "done once")
			require.Equal(t, 7, d.posts())
			d.unharmed()
		})
		interrupted(t, route, func(t *testing.T, d *desk) {
			changed := rows(0, 6)
			changed[0] = strings.Replace(changed[0], "starter", "gold", 1)
			d.give("spring", changed...)
			plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", Client: d.cfg.Client, Brake: d.cfg.Brake})
			require.NoError(t, err)
			require.Equal(t, 1, plan.Mails)
			d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 5})
			require.Equal(t, "right@example.com", d.mailedTo("MA_000"))
			require.Len(t, d.deleted(), 1)
			d.unharmed()
		})
	}
}

// What is interrupted is not sent to an account or an address that was excluded meanwhile, nor by another campaign.
func TestInterruptedOrderKeepsTheExclusions(t *testing.T) {
	for _, listed := range []string{"MA_000", "customer0@example.com", "right@example.com"} {
		interrupted(t, sandbox.RouteCreate, func(t *testing.T, d *desk) {
			list := filepath.Join(d.dir, "exclude")
			require.NoError(t, os.WriteFile(list, []byte(listed+"\n"), 0o600))
			x, err := intake.LoadExclusions(list)
			require.NoError(t, err)
			posts := d.posts()
			d.counts(d.create("spring", func(c *Config) { c.Exclude = x }), map[Outcome]int{OutcomeUndecided: 1, OutcomeAlready: 5})
			require.Equal(t, posts, d.posts(), listed)
			d.give("autumn", rows(0, 1)...)
			d.counts(d.create("autumn"), map[Outcome]int{OutcomeUndecided: 1})
			require.Equal(t, posts, d.posts())
		})
	}
}

// An incident that nobody was told of outlives the replacement of its session.
func TestOrderKeepsAnUntoldIncident(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, "revoked"))
		sum := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Len(t, sum.Incidents, 1)
		done, err := CarryOut(t.Context(), d.cfg, d.plan(Order{Accounts: []string{"MA_000"}}))
		require.NoError(t, err)
		require.Equal(t, sum.Incidents[0].What, done.Summary.Incidents[0].What)
		require.NoError(t, d.ledger.Told(t.Context(), done.Summary))
		done, err = CarryOut(t.Context(), d.cfg, d.plan(Order{Accounts: []string{"MA_000"}}))
		require.NoError(t, err)
		require.Empty(t, done.Summary.Incidents)
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Empty(t, rec.Incident)
	})
}

// Many accounts are looked at in one sweep, and their order is one commit.
func TestOrderOfMany(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 250)...)
		d.create("spring")
		before := d.api.Journal().Total(sandbox.RouteList)
		plan := d.plan(Order{Only: true})
		require.Len(t, plan.Takes, 250)
		require.Equal(t, 3, d.api.Journal().Total(sandbox.RouteList)-before)
		require.True(t, slices.IsSortedFunc(plan.Takes, func(a, b Planned) int { return a.row.Line - b.row.Line }))
		cfg := d.cfg
		cfg.Ledger = &Ledger{&failingStore{d.file, 2}} // the run's number and the order; no outcome any more
		done, err := CarryOut(t.Context(), cfg, plan)
		require.NoError(t, err)
		require.Equal(t, HaltLedger, done.Summary.Halt)
		require.Len(t, d.resume("spring"), 250)
		require.Len(t, d.deleted(), 250)
	})
}
