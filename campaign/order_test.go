package campaign

import (
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

// A replacement ends exactly the sessions that its plan names, and each account has a new one.
func TestReplace(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_004", "MA_001"}})
		require.Equal(t, []string{"MA_001", "MA_004"}, taken(plan.Takes))
		require.Empty(t, plan.Left)
		require.Equal(t, 2, plan.Ends())
		require.Equal(t, d.newest("MA_001").ID, plan.Takes[0].Session.ID)
		done, err := CarryOut(t.Context(), d.cfg, plan)
		require.NoError(t, err)
		require.Empty(t, done.Summary.Incidents)
		require.Zero(t, done.Summary.Unaudited)
		require.Equal(t, Ordered{Account: "MA_001", Before: plan.Takes[0].Session.ID, After: d.newest("MA_001").ID, End: OrderReplaced}, done.Accounts[0])
		require.Equal(t, []string{"MA_001: " + why, "MA_004: " + why}, d.deleted())
		for _, account := range []string{"MA_001", "MA_004"} {
			require.Len(t, d.api.Sessions(account), 2)
			require.Equal(t, "email_sent", d.newest(account).Status)
		}
		require.Equal(t, 8, d.posts())
		d.unharmed()

		again := d.create("spring")
		d.counts(again, map[Outcome]int{OutcomeAlready: 6})
		require.Zero(t, again.Requests)
		all := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Empty(t, all.Incidents, "what a person ordered is no incident")
	})
}

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

// The right address is the account's from now on, whatever becomes of the file: with the wrong one, with the right one,
// with another change.
func TestReplaceAddress(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		ends := d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}, Email: "right@example.com"}))
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderReplaced}, ends)
		require.Equal(t, "right@example.com", d.mailedTo("MA_002"))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})

		corrected := rows(0, 6)
		corrected[2] = "MA_002,right@example.com,starter"
		d.give("spring", corrected...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})
		corrected[2] = "MA_002,third@example.com,starter"
		d.give("spring", corrected...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 5, OutcomeConflict: 1})
		require.Equal(t, 7, d.posts(), "nothing is sent again")

		// What the row says by now is what the next replacement sends.
		d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}}))
		require.Equal(t, "third@example.com", d.mailedTo("MA_002"))
		d.unharmed()
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

// Accounts are chosen by what the API says now. An expired session needs no end; a failed one gets one.
func TestReplaceByStatus(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, "failed"))
		require.NoError(t, d.api.Set(d.newest("MA_002").ID, "kyc_failed"))
		require.NoError(t, d.api.Set(d.newest("MA_003").ID, "kyc_completed"))
		require.NoError(t, d.api.Set(d.newest("MA_004").ID, "revoked"))
		plan := d.plan(Order{Statuses: []string{StatusFailed, StatusExpired}})
		require.Equal(t, []string{"MA_001", "MA_002"}, taken(plan.Takes))
		require.Equal(t, map[string]OrderEnd{"MA_001": OrderReplaced, "MA_002": OrderReplaced}, d.carryOut(plan))
		require.Equal(t, "failed", d.api.Sessions("MA_001")[0].Status, "it had ended by itself")
		require.Empty(t, d.plan(Order{Statuses: []string{StatusFailed, StatusExpired}}).Takes)

		// A second replacement is not held up by the session that failed before.
		require.Equal(t, map[string]OrderEnd{"MA_001": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_001"}})))
		time.Sleep(7*24*time.Hour + 30*time.Minute)
		require.Empty(t, d.plan(Order{Statuses: []string{StatusExpired}}).Takes, "not before an hour after its time")
		time.Sleep(time.Hour)
		plan = d.plan(Order{Statuses: []string{StatusExpired}})
		require.Equal(t, []string{"MA_000", "MA_001", "MA_002", "MA_005"}, taken(plan.Takes))
		require.Zero(t, plan.Ends())
		deletes := d.api.Journal().Total(sandbox.RouteRevoke)
		require.Len(t, d.carryOut(plan), 4)
		require.Equal(t, deletes, d.api.Journal().Total(sandbox.RouteRevoke))
		require.Equal(t, 6+2+1+4, d.posts())
		d.unharmed()
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

// A session that was started ends where a person said so, and only there.
func TestReplaceStarted(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, "in_progress"))
		plan := d.plan(Order{Accounts: []string{"MA_000", "MA_001"}, Started: true})
		require.True(t, plan.Takes[0].Started)
		require.False(t, plan.Takes[1].Started)
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, "opened")) // the flag holds for it too
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced, "MA_001": OrderReplaced}, d.carryOut(plan))
		require.Len(t, d.deleted(), 2)
		d.unharmed()
	})
}

// A stranger's session is ended for an account that is named by its id.
func TestReplaceStrangers(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_000")
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeSkipped: 1, OutcomeCreated: 1})
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}})))
		require.Equal(t, []string{"MA_000: " + why}, d.deleted())
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 2})
		d.unharmed()
	})
}

// An API that refuses the new session leaves the account without one. Another address mends that.
func TestReplaceIsRefused(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderRefused}, d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}, Email: "no address"})))
		require.Len(t, d.deleted(), 1)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeRefused: 1, OutcomeAlready: 5})
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Email: "right@example.com"})
		require.Zero(t, plan.Ends())
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(plan))
		require.Equal(t, "right@example.com", d.mailedTo("MA_000"))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})
		d.unharmed()
	})
}

// Three refusals without a success end the order: the other customers keep what they have.
func TestRefusedReplacementsStop(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Statuses: []string{"email_sent"}})
		require.Len(t, plan.Takes, 6)
		settings := Settings{WebhookURL: "not an address"}
		done, err := CarryOut(t.Context(), func() Config { c := d.cfg; c.Settings = &settings; return c }(), plan)
		require.NoError(t, err)
		require.Equal(t, HaltReplacement, done.Summary.Halt)
		require.Len(t, d.deleted(), 3)
		ends := endsOf(done)
		require.Equal(t, OrderRefused, ends["MA_002"])
		require.Equal(t, OrderOpen, ends["MA_003"])
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
			d.counts(d.create("spring", func(c *Config) { c.Exclude = x }), map[Outcome]int{OutcomeSkipped: 1, OutcomeAlready: 5})
			require.Equal(t, posts, d.posts(), listed)
			d.give("autumn", rows(0, 1)...)
			d.counts(d.create("autumn"), map[Outcome]int{OutcomeAlready: 1})
			require.Equal(t, posts, d.posts())
		})
	}
}

// What was revoked is not sent again until its row is edited, and is no incident.
func TestRevoke(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		changed := rows(0, 6)
		changed[5] = "MA_005,changed@example.com,starter"
		d.give("spring", changed...)
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, "opened"))
		plan := d.plan(Order{Only: true, Statuses: []string{"opened"}})
		require.Empty(t, plan.Takes)
		require.Len(t, plan.Left, 1)
		plan = d.plan(Order{Only: true})
		require.Len(t, plan.Takes, 5)
		require.Equal(t, []string{"MA_000"}, []string{plan.Left[0].Account})
		ends := d.carryOut(plan)
		require.Len(t, ends, 5)
		for account, end := range ends {
			require.Equal(t, OrderRevoked, end, account)
		}
		require.Len(t, d.deleted(), 5)
		rec, _, err := d.ledger.Record("MA_001")
		require.NoError(t, err)
		require.Equal(t, Withdrawn, rec.State)
		require.Equal(t, Session{ID: d.newest("MA_001").ID, Status: "revoked"}, rec.Session)
		require.Equal(t, "revoked by hand: "+why, rec.Reason)

		sum := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Empty(t, sum.Incidents)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeSkipped: 5})
		require.Equal(t, 6, d.posts(), "a change from before the revoke counts neither")
		require.Equal(t, []string{"MA_001: no session of it lives"}, taken(d.plan(Order{Only: true, Accounts: []string{"MA_001"}}).Left))

		changed[1] = "MA_001,new@example.com,starter"
		d.give("spring", changed...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 1, OutcomeSkipped: 4})
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}})), "by name it may be taken up again")
		d.unharmed()
	})
}

// A revoke that was interrupted is finished by the next create, whatever became of its row.
func TestRevokeIsResumed(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Only: true})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteRevoke, Class: sandbox.TimeoutEarly}}}))
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderOpen}, d.carryOut(plan, func(c *Config) { c.MaxDuration = time.Second }))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		made, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring"})
		require.NoError(t, err)
		require.Zero(t, made.Mails)
		require.Equal(t, 1, made.Counts[OutcomeInDoubt])
		d.give("spring", rows(1, 6)...)
		d.create("spring")
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Equal(t, Withdrawn, rec.State)
		require.Equal(t, 6, d.posts())
		require.Empty(t, d.resume("spring"))
	})
}

// Pending rows are taken out without a request; what is in doubt is refused by name.
func TestWithdraw(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_001"}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 6)...)
		d.create("spring", func(c *Config) { c.MaxDuration, c.Limit = time.Minute, 2 })
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		plan, err := d.ledger.PlanWithdrawal("spring", []string{"MA_005", "MA_000", "MA_NOBODY"})
		require.NoError(t, err)
		require.Equal(t, []string{"MA_005"}, taken(plan.Takes))
		require.Equal(t, []string{"MA_000: it is created, not pending", "MA_NOBODY: no row of campaign spring names it"}, taken(plan.Left))
		require.NoError(t, d.ledger.Withdraw(t.Context(), plan, "asked for it", Origin{}))
		plan, err = d.ledger.PlanWithdrawal("spring", nil)
		require.NoError(t, err)
		require.Equal(t, []string{"MA_002", "MA_003", "MA_004"}, taken(plan.Takes))
		require.Equal(t, []string{"MA_001: it is in doubt: find out first, with `create`"}, taken(plan.Left))
		require.NoError(t, d.ledger.Withdraw(t.Context(), plan, "asked for it", Origin{}))
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute))
		rec, _, err := d.ledger.Record("MA_003")
		require.NoError(t, err)
		require.Equal(t, "withdrawn by hand: asked for it", rec.Reason)

		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 1, OutcomeSkipped: 4})
		changed := rows(0, 6)
		changed[4] = "MA_004,edited@example.com,starter"
		d.give("spring", changed...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 2, OutcomeSkipped: 3})
	})
}

// A replaced session of the redirect flow takes its link along.
func TestReplaceLink(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.cfg.Dir = ResultsDir(d.dir, "spring")
		d.cfg.Settings = &Settings{RedirectURL: "https://shop.example.com/done"}
		d.give("spring", rows(0, 3)...)
		require.Equal(t, 3, d.create("spring").Links)
		d.cfg.Settings = nil
		d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}}))
		d.carryOut(d.plan(Order{Accounts: []string{"MA_001"}, Only: true}))
		text, err := os.ReadFile(filepath.Join(d.cfg.Dir, LinksFile))
		require.NoError(t, err)
		require.Contains(t, string(text), d.newest("MA_000").ID)
		require.NotContains(t, string(text), d.api.Sessions("MA_000")[0].ID)
		require.NotContains(t, string(text), "MA_001")
		require.Equal(t, 3, strings.Count(string(text), "\n"), "the header and two links")
		require.Zero(t, d.create("spring").LinksLost)

		// A session that is still to end keeps its link, for it may yet be left alone.
		plan := d.plan(Order{Accounts: []string{"MA_002"}})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.ConnectRefused}}}))
		d.carryOut(plan, func(c *Config) { c.MaxDuration = time.Second })
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		require.NoError(t, d.api.Set(d.newest("MA_002").ID, "opened"))
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderCalledOff}, d.resume("spring"))
		require.Zero(t, d.create("spring").LinksLost)
	})
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

// An undecided account with a live session can be replaced.
func TestReplaceUndecided(t *testing.T) {
	late := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_000"}}}
	inBubble(t, late, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring", func(c *Config) { c.Settings = &Settings{Hold: true} }), map[Outcome]int{OutcomeUndecided: 1, OutcomeCreated: 1})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		theirs := d.api.Stranger("MA_000")
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		require.Equal(t, theirs, plan.Takes[0].Session.ID)
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(plan))
		d.unharmed()
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
