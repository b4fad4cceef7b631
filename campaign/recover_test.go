package campaign

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// recovery is what an operator gives to a recover of these campaigns' files.
func (d *desk) recovery(names ...string) Recovery {
	r := Recovery{Config: d.cfg, DataDir: d.dir, Options: d.options()}
	for _, name := range names {
		in, err := intake.Open(d.t.Context(), filepath.Join(d.dir, name+".csv"), intake.Options{})
		require.NoError(d.t, err)
		r.Files = append(r.Files, RecoverFile{Campaign: name, File: in})
	}
	return r
}

// lose lets go of the ledger and takes its file away.
func (d *desk) lose() {
	require.NoError(d.t, d.file.Close())
	require.NoError(d.t, os.Remove(LedgerPath(d.dir)))
}

// recover makes the ledger anew and opens it.
func (d *desk) recover(r Recovery) Recovered {
	d.t.Helper()
	done, err := Recover(d.t.Context(), r)
	require.NoError(d.t, err)
	d.openLedger()
	return done
}

// TestRecover: every account comes back as what the API knows of it, and the next create sends what is left, audits the rest and mails nobody twice.
func TestRecover(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_000")
		d.give("spring", rows(0, 6)...)
		d.create("spring", func(c *Config) { c.Limit = 4 })
		d.give("other", rows(7, 8)...)
		d.create("other")
		was := map[string]Session{}
		for _, account := range []string{"MA_001", "MA_002", "MA_003"} {
			was[account] = d.record(account).Session
		}
		require.NoError(t, d.api.Set(was["MA_001"].ID, "kyc_completed"))
		require.NoError(t, d.api.Set(was["MA_002"].ID, "revoked"))
		id, mails := d.ledger.s.ID(), d.posts()
		d.lose()

		var waited []Waiting
		plan := d.recovery("spring")
		plan.Waits = func(w Waiting) { waited = append(waited, w) }
		began := time.Now()
		done := d.recover(plan)
		require.Equal(t, done.Waited, waited[0].For)
		require.GreaterOrEqual(t, time.Since(began), DefaultSettle)
		require.Equal(t, id, d.ledger.s.ID())
		require.Equal(t, IDRemains, done.IDFrom)
		spring := done.Campaigns[0]
		require.Equal(t, map[RecoveredAs]int{
			RecoveredSkipped: 1, RecoveredCompleted: 1, RecoveredEnded: 1, RecoveredLive: 1, RecoveredPending: 2,
		}, spring.Accounts)
		require.Equal(t, map[Outcome]int{OutcomeSkipped: 1, OutcomeAdopted: 3, OutcomePending: 2}, spring.Counts)
		require.Equal(t, 3, spring.Recent)
		require.Equal(t, 1, done.Unclaimed)
		require.ElementsMatch(t, []NoteKind{NoteRevoked, NoteUnclaimed}, []NoteKind{done.Notes[0].What, done.Notes[1].What})
		for account, session := range was {
			rec := d.record(account)
			require.Equal(t, session.ID, rec.Session.ID)
			require.Equal(t, session.Created, rec.Session.Created)
			require.Equal(t, Created, rec.State)
			require.Equal(t, 1, rec.Round)
			require.False(t, rec.Audited)
			require.Contains(t, rec.Address, "@example.com")
		}
		sum := d.create("spring")
		d.counts(sum, map[Outcome]int{OutcomeSkipped: 1, OutcomeAlready: 3, OutcomeCreated: 2})
		require.Empty(t, sum.Incidents, "that one was revoked, recover has told already")
		require.Equal(t, mails+2, d.posts())
		require.True(t, d.record("MA_001").Audited)
		verdict := d.api.Journal().Verdict()
		require.Zero(t, verdict.SecondMails+verdict.Accidents)
	})
}

// TestRecoverForgetsReminders: what was resent is not known, so nobody is reminded before it can't matter any more.
func TestRecoverForgetsReminders(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		time.Sleep(DefaultMinAge + time.Hour)
		d.lose()
		d.recover(d.recovery("spring"))
		soon, err := Resend(t.Context(), d.cfg, Policy{}, "spring")
		require.NoError(t, err)
		require.Equal(t, 1, soon.Why[WhyForgot])
		require.Zero(t, d.api.Journal().Total(sandbox.RouteResend))
	})
}

// TestRecoverCountsForTheCap: the invitations of the last day have used the day's cap.
func TestRecoverCountsForTheCap(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		capped := func(c *Config) { c.Budget = Budget{DailyCap: 3, Zone: time.UTC} }
		d.create("spring", capped)
		require.Equal(t, 3, d.posts())
		d.lose()
		d.recover(d.recovery("spring"))
		d.create("spring", capped)
		require.Equal(t, 3, d.posts(), "the cap of today was used before")
		time.Sleep(48 * time.Hour)
		d.create("spring", capped)
		require.Equal(t, 5, d.posts())
	})
}

// TestRecoverChangedAddress: the session went to the address that it went to.
func TestRecoverChangedAddress(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		d.lose()
		d.read("spring", "MA_000,other@example.com,starter")
		done := d.recover(d.recovery("spring"))
		require.Equal(t, 1, done.Campaigns[0].Differ)
		require.Equal(t, map[Outcome]int{OutcomeConflict: 1}, done.Campaigns[0].Counts)
		require.Equal(t, "customer0@example.com", d.record("MA_000").Address)
		d.create("spring")
		require.Equal(t, 1, d.posts())
	})
}

// TestRecoverLinks: a session of the redirect flow whose link is in a links file goes on; another one is a person's business.
func TestRecoverLinks(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.create("spring", d.redirect("spring"))
		lost := filepath.Join(ResultsDir(d.dir, "spring"), LinksFile)
		d.lose()
		done := d.recover(d.recovery("spring"))
		require.Equal(t, map[RecoveredAs]int{RecoveredLive: 3}, done.Campaigns[0].Accounts)
		require.True(t, done.Campaigns[0].Redirect)
		d.lose()
		require.NoError(t, os.Remove(lost))
		done = d.recover(d.recovery("spring"))
		require.Equal(t, map[RecoveredAs]int{RecoveredUndecided: 3}, done.Campaigns[0].Accounts)
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		require.True(t, c.Begun)
		require.True(t, c.Settings.Redirect(), "the flow is that of the sessions")
		d.create("spring", func(c *Config) { c.Dir = ResultsDir(d.dir, "spring") })
		require.Equal(t, 3, d.posts())
		require.Zero(t, d.revokes())
	})
}

// TestRecoverSharedAccount: a session that has ended might be either campaign's, and neither sends another one by itself.
func TestRecoverSharedAccount(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.give("summer", rows(0, 2)...)
		d.create("summer")
		require.NoError(t, d.api.Set(d.record("MA_000").Session.ID, "revoked"))
		d.lose()
		done := d.recover(d.recovery("spring", "summer"))
		require.Equal(t, map[RecoveredAs]int{RecoveredLive: 1, RecoveredUndecided: 1}, done.Campaigns[0].Accounts)
		for range 2 {
			d.create("spring")
			d.create("summer")
		}
		require.Equal(t, 2, d.posts())
		require.Equal(t, Undecided, d.record("MA_000").State)
	})
}

// TestRecoverFlows: where a campaign's sessions are of both flows, a person says which one it has.
func TestRecoverFlows(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("mails", rows(0, 1)...)
		d.create("mails")
		d.give("links", rows(1, 2)...)
		d.create("links", d.redirect("links"))
		d.lose()
		d.read("both", rows(0, 3)...)
		plan := d.recovery("both")
		_, err := Recover(t.Context(), plan)
		require.ErrorIs(t, err, ErrFlows)
		require.NoFileExists(t, LedgerPath(d.dir))
		url := "https://shop.example.com/done"
		plan.Redirect = &url
		done := d.recover(plan)
		require.True(t, done.Campaigns[0].Redirect)
		c, err := d.ledger.Campaign("both")
		require.NoError(t, err)
		require.Equal(t, url, c.Settings.RedirectURL)
		require.True(t, c.Begun)
	})
}

// TestRecoverWhoseLedger: the id comes from what is there, and where that contradicts itself from a person.
func TestRecoverWhoseLedger(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		fence := filepath.Join(d.dir, "ledger.fence")
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		first := d.ledger.s.ID()
		d.lose()
		require.NoError(t, os.Remove(fence))
		done := d.recover(d.recovery("spring"))
		require.Equal(t, IDSessions, done.IDFrom)
		require.Equal(t, first, d.ledger.s.ID())
		d.lose()
		require.NoError(t, os.Remove(fence))
		d.openLedger()
		d.give("spring", rows(0, 2)...)
		d.create("spring")
		second := d.ledger.s.ID()

		d.lose()
		require.NoError(t, os.Remove(fence))
		_, err := Recover(t.Context(), d.recovery("spring"))
		var unclear *LedgerIDError
		require.ErrorAs(t, err, &unclear)
		require.Equal(t, map[string]int{first: 1, second: 1}, unclear.Sessions)
		require.ErrorContains(t, err, first+" (sessions: 1)")
		entries, err := filepath.Glob(filepath.Join(d.dir, "*ledger*"))
		require.NoError(t, err)
		require.Empty(t, entries, "nothing was left behind")

		given := d.recovery("spring")
		given.LedgerID = second
		done = d.recover(given)
		require.Equal(t, map[string]int{first: 1}, done.Others)
		require.Equal(t, map[RecoveredAs]int{RecoveredLive: 1, RecoveredSkipped: 1}, done.Campaigns[0].Accounts)
		require.Equal(t, second, d.ledger.s.ID())
	})
}

// TestRecoverUndone: until a person agrees, and where anything fails, all is as it was.
func TestRecoverUndone(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.create("spring")
		_, err := Recover(t.Context(), d.recovery("spring"))
		var locked *LockedError
		require.ErrorAs(t, err, &locked)
		require.NoError(t, d.file.Close())
		_, err = Recover(t.Context(), d.recovery("spring"))
		require.ErrorIs(t, err, ErrLedgerSound)

		path := LedgerPath(d.dir)
		require.NoError(t, os.WriteFile(path, []byte("no ledger at all"), 0o600))
		files := func() map[string]string {
			all := map[string]string{}
			found, err := filepath.Glob(filepath.Join(d.dir, "*ledger*"))
			require.NoError(t, err)
			for _, name := range found {
				content, err := os.ReadFile(name)
				require.NoError(t, err)
				all[name] = string(content)
			}
			return all
		}
		before := files()
		no := errors.New("no")
		asked := d.recovery("spring")
		asked.Agree = func(Recovered) error { return no }
		_, err = Recover(t.Context(), asked)
		require.ErrorIs(t, err, no)
		require.Equal(t, before, files())
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.LyingTotal, P: 1}}}))
		_, err = Recover(t.Context(), d.recovery("spring"))
		require.Error(t, err, "a list that can't be proved complete proves nothing")
		require.Equal(t, before, files())
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.Unauthorized, P: 1}}}))
		_, err = Recover(t.Context(), d.recovery("spring"))
		require.ErrorContains(t, err, string(HaltCredentials))
		require.Equal(t, before, files())
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		done := d.recover(d.recovery("spring"))
		require.ErrorIs(t, done.Damage, checkpoint.ErrUnusable)
		require.FileExists(t, done.SetAside)
	})
}

// TestRecoverCompares: a ledger that is not what the list has shown does not take its place.
func TestRecoverCompares(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_002")
		d.give("spring", rows(0, 4)...)
		d.create("spring", func(c *Config) { c.Limit = 3 })
		d.lose()
		plan := d.recovery("spring")
		making, err := checkpoint.Rebuild(LedgerPath(d.dir), plan.Options)
		require.NoError(t, err)
		defer func() { require.NoError(t, making.Close()) }()
		v, err := newRecovery(plan, making)
		require.NoError(t, err)
		require.NoError(t, v.make(t.Context(), making.Alone))
		for name, change := range map[string]func(*Record){
			"another session": func(r *Record) { r.Session.ID = "another" },
			"another round":   func(r *Record) { r.Round++ },
			"skipped":         func(r *Record) { r.State = Skipped },
		} {
			rec, _, err := v.l.Record("MA_000")
			require.NoError(t, err)
			n, err := v.l.number("MA_000")
			require.NoError(t, err)
			is := rec
			change(&rec)
			require.NoError(t, v.l.s.Put(t.Context(), checkpoint.Write{Table: checkpoint.Records, Key: recordKey(n), Value: rec.encode()}))
			require.ErrorIs(t, v.compare(), errNotAsListed, name)
			require.NoError(t, v.l.s.Put(t.Context(), checkpoint.Write{Table: checkpoint.Records, Key: recordKey(n)}))
			require.ErrorIs(t, v.compare(), errNotAsListed, "no record")
			require.NoError(t, v.l.s.Put(t.Context(), checkpoint.Write{Table: checkpoint.Records, Key: recordKey(n), Value: is.encode()}))
			require.NoError(t, v.compare())
		}
	})
}

// TestRecoverWaitsForTheFence: requests may be under way until the moment that the fence tells.
func TestRecoverWaitsForTheFence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sandbox.Faults{})
		d.give("spring", rows(0, 1)...)
		require.NoError(t, d.file.Fence(time.Now().Add(time.Minute)))
		until := time.Now().Add(2 * time.Minute) // a minute further than asked
		fence, err := os.ReadFile(filepath.Join(d.dir, "ledger.fence"))
		require.NoError(t, err)
		d.lose()
		require.NoError(t, os.WriteFile(filepath.Join(d.dir, "ledger.fence"), fence, 0o600)) // as a kill leaves it
		var seen Waiting
		plan := d.recovery("spring")
		plan.Waits = func(w Waiting) { seen = w }
		d.recover(plan)
		require.WithinDuration(t, until, seen.Fence, 0)
		require.Equal(t, 2*time.Minute+DefaultSettle, seen.For)
		require.False(t, time.Now().Before(until.Add(DefaultSettle)))
		d.lose()
		d.recover(plan)
		require.Equal(t, Waiting{Fence: seen.Fence, Clean: true, For: DefaultSettle}, seen, "nothing is under way")
		d.lose()
		require.NoError(t, os.Remove(filepath.Join(d.dir, "ledger.fence")))
		d.recover(plan)
		require.Equal(t, Waiting{For: DefaultTimeout + DefaultSettle}, seen, "nobody knows")
	})
}
