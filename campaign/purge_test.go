package campaign

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/internal/sandbox"
)

const aMonth = 30 * 24 * time.Hour

// planPurge plans to purge what ended a month ago or earlier.
func (d *desk) planPurge(name string, keep ...string) PurgePlan {
	d.t.Helper()
	plan, err := d.ledger.PlanPurge(Purge{Campaign: name, Before: time.Now().Add(-aMonth), Keep: keep})
	require.NoError(d.t, err)
	return plan
}

// purge does what its plan says.
func (d *desk) purge(name string, keep ...string) Purged {
	d.t.Helper()
	plan := d.planPurge(name, keep...)
	done, err := d.ledger.Purge(d.t.Context(), plan, ResultsDir(d.dir, name), Origin{Command: "purge"})
	require.NoError(d.t, err)
	require.Equal(d.t, []int{plan.Rows, plan.Accounts}, []int{done.Rows, done.Accounts}, "what was planned was done")
	return done
}

// tallied counts the rows of a campaign as results, status and report do.
func (d *desk) tallied(name string) map[string]int {
	d.t.Helper()
	c, err := d.ledger.Campaign(name)
	require.NoError(d.t, err)
	counts := map[string]int{}
	for res, err := range d.ledger.Results(c, 0, nil) {
		require.NoError(d.t, err)
		rec := res.Record
		counts["outcome "+string(res.Outcome)]++
		counts[fmt.Sprintf("%s %s, opened %t, completed %t, type %s", rec.Current(), rec.Session.Status,
			!rec.Session.Opened.IsZero(), !rec.Session.Completed.IsZero(), rec.Session.KYCType)]++
		if len(res.Row.Cells) > 2 {
			counts["plan "+res.Row.Cells[2]]++
		}
		counts[fmt.Sprintf("problem %t, duplicate %t, excluded %t", res.Row.Problem != "", res.Row.DuplicateOf > 0, res.Row.Excluded)]++
	}
	return counts
}

// holding lists the files below a folder that have a text in them.
func holding(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) {
			found = append(found, filepath.Base(path))
		}
		return err
	}))
	slices.Sort(found)
	return found
}

// everyEnd is a campaign with a row of each kind, all but three of which ended before a month has passed:
// MA_LIVE lives on, MA_LATE completes when it is over, MA_DOUBT is in doubt.
func everyEnd(t *testing.T, d *desk) {
	d.api.Stranger("MA_THEIRS")
	d.give("spring",
		"MA_DONE,done@zeta.example,starter", "MA_OVER,over@zeta.example,gold", "MA_LIVE,live@zeta.example,gold",
		"MA_LATE,late@zeta.example,gold", "MA_NONE1,none@zeta.example,starter", "MA_THEIRS,theirs@zeta.example,starter",
		"MA_OUT,out@zeta.example,starter", "MA_BAD,bad@@zeta.example,starter", "MA_DONE,done@zeta.example,starter",
		"MA_DOUBT,doubt@zeta.example,starter", "MA_WRONG,wrong@zeta.example,starter", ",nobody@zeta.example,starter")
	plan, err := d.ledger.PlanWithdrawal("spring", []string{"MA_OUT"})
	require.NoError(t, err)
	require.NoError(t, d.ledger.Withdraw(t.Context(), plan, "asked for it", Origin{}))
	d.create("spring", func(c *Config) { c.MaxDuration = time.Hour })
	order := d.plan(Order{Accounts: []string{"MA_WRONG"}, Email: "right@zeta.example"})
	require.Equal(t, map[string]OrderEnd{"MA_WRONG": OrderReplaced}, d.carryOut(order, func(c *Config) { c.MaxDuration = time.Hour }))
	seen := func(account string, status string) {
		d.change(account, func(rec *Record) {
			s := rec.Session
			s.Status, s.Opened = status, time.Now()
			if status == statusCompleted {
				s.Completed = time.Now()
			}
			rec.follow(s, time.Now(), time.Now())
			rec.Incident = ""
			rec.Verified = []Fact{{"pan_registered_name", "NAME OF " + account}}
		})
	}
	seen("MA_DONE", statusCompleted)
	d.change("MA_DONE", func(rec *Record) { rec.Session.Ended = time.Time{} }) // as an audit leaves it
	seen("MA_OVER", statusKYCFailed)
	seen("MA_WRONG", statusRevoked)
	seen("MA_THEIRS", statusRevoked)
	time.Sleep(aMonth + time.Hour)
	seen("MA_LATE", statusCompleted)
}

var doubted = sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutNone, Account: "MA_DOUBT"}}}

// A purge takes what has ended long enough ago and nothing else, and every count stays as it was.
func TestPurge(t *testing.T) {
	inBubble(t, doubted, func(t *testing.T, d *desk) {
		everyEnd(t, d)
		before := d.tallied("spring")
		requests := d.api.Journal().Total(sandbox.AnyRoute)

		plan := d.planPurge("spring", "Plan", "account_manager")
		require.Equal(t, 9, plan.Rows)
		require.Equal(t, 6, plan.Accounts)
		require.Equal(t, map[PurgeLeft]int{LeftOpen: 1, LeftLive: 1, LeftRecent: 1}, plan.Left)
		require.Equal(t, []string{"plan"}, plan.Columns)
		require.Equal(t, []string{"account_manager"}, plan.Missing())
		require.Equal(t, before, d.tallied("spring"), "a plan changes nothing")
		require.Contains(t, holding(t, d.dir, "done@zeta.example"), "ledger.db")

		require.Equal(t, Purged{Rows: 9, Accounts: 6}, d.purge("spring", "Plan"))

		require.Equal(t, before, d.tallied("spring"))
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute), "nobody is asked")
		for account, purged := range map[string]bool{"MA_DONE": true, "MA_OVER": true, "MA_THEIRS": true, "MA_WRONG": true, "MA_LIVE": false, "MA_LATE": false, "MA_DOUBT": false} {
			rec := d.record(account)
			require.Equal(t, purged, rec.purged(), account)
			require.Equal(t, purged || account == "MA_THEIRS", rec.Address == "", account)
			story, err := d.ledger.History(account)
			require.NoError(t, err)
			require.Equal(t, purged, story.Entries[len(story.Entries)-1].Kind == KindPurged, account)
		}
		done := d.record("MA_DONE").Session
		require.Equal(t, done.Completed, done.Ended, "nobody asks for it again")
		require.Equal(t, Correction{}, d.record("MA_WRONG").Correction)
		require.Nil(t, d.record("MA_DONE").Verified)
		d.counts(d.create("spring", func(c *Config) { c.MaxDuration = time.Minute }), map[Outcome]int{
			OutcomeAlready: 6, OutcomeRefused: 1, OutcomeSkipped: 2, OutcomeInvalid: 2, OutcomeUndecided: 1,
		})
		again := d.planPurge("spring")
		require.Equal(t, []int{0, 0, 9}, []int{again.Rows, again.Accounts, again.Left[LeftPurged]})
	})
}

// Nothing of it is in the ledger's file once that was compacted, nor in the result files, while what was left alone still is.
func TestPurgedIsNowhere(t *testing.T) {
	inBubble(t, doubted, func(t *testing.T, d *desk) {
		d.give("many", rows(0, 300)...)
		d.create("many")
		for i := range 300 {
			d.change(fmt.Sprintf("MA_%03d", i), func(rec *Record) { rec.Session.Status, rec.Session.Ended = statusCompleted, time.Now() })
		}
		require.NoError(t, os.Remove(filepath.Join(d.dir, "many.csv")))
		everyEnd(t, d)
		d.purge("spring", "plan")
		require.Equal(t, Purged{Rows: 300, Accounts: 300}, d.purge("many"))
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		files, err := d.ledger.WriteResults(ResultsDir(d.dir, "spring"), c, 0, nil)
		require.NoError(t, err)
		require.Equal(t, []int{12, 0}, []int{files.Rows, files.Mend}, "what cannot be mended any more is not given to anybody")
		done := d.record("MA_DONE").Session.ID
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Remove(filepath.Join(d.dir, "spring.csv")))

		personal := []string{"done@", "over@", "none@", "theirs@", "out@", "bad@", "wrong@", "right@", "nobody@", "customer150@", "NAME OF MA_DONE"}
		require.True(t, slices.ContainsFunc(personal, func(gone string) bool { return holding(t, d.dir, gone) != nil }), "in free pages")
		require.NoError(t, CompactLedger(d.dir, d.options()))
		for _, gone := range personal {
			require.Empty(t, holding(t, d.dir, gone), gone)
		}
		for _, kept := range []string{"live@", "late@", "doubt@"} {
			require.Equal(t, []string{"ledger.db", "results.csv"}, holding(t, d.dir, kept), kept)
		}
		results := read(t, files.Results)
		require.Contains(t, results, "\nMA_DONE,,starter,created,"+done+",kyc_completed,")
		require.Contains(t, results, "MA_WRONG,,starter,created,")
		require.Contains(t, results, ",what is personal of it was purged\n")
		d.openLedger()
		_, suspect := d.file.Suspect()
		require.False(t, suspect)
	})
}

// Given again, as it was or changed, a row that was purged is not sent, nor one whose address a person had corrected.
func TestPurgedIsNotSentAgain(t *testing.T) {
	inBubble(t, doubted, func(t *testing.T, d *desk) {
		everyEnd(t, d)
		d.purge("spring")
		posts := d.posts()
		rows := []string{
			"MA_DONE,done@zeta.example,starter", "MA_OVER,new@zeta.example,gold", "MA_NONE1,none@zeta.example,starter",
			"MA_THEIRS,theirs@zeta.example,changed", "MA_OUT,out@zeta.example,starter", "MA_WRONG,wrong@zeta.example,starter",
		}
		d.give("spring", rows...)
		s := d.create("spring", func(c *Config) { c.MaxDuration = time.Minute })
		d.counts(s, map[Outcome]int{OutcomeConflict: 3, OutcomeRefused: 1, OutcomeSkipped: 2})
		require.Equal(t, posts, d.posts())

		require.Equal(t, 6, d.purge("spring").Rows, "its data came again, and goes again")
		d.counts(d.create("spring", func(c *Config) { c.MaxDuration = time.Minute }),
			map[Outcome]int{OutcomeConflict: 3, OutcomeRefused: 1, OutcomeSkipped: 2})
		order := d.plan(Order{Accounts: []string{"MA_OVER"}})
		require.Len(t, order.Left, 1)
		require.Contains(t, order.Left[0].Why, "was purged")
		for _, one := range d.plan(Order{Statuses: []string{StatusExpired, StatusFailed}}).Left {
			require.NotContains(t, one.Why, "was purged", "an order by status passes it over")
		}

		d.give("summer", rows[1])
		d.counts(d.create("summer"), map[Outcome]int{OutcomeCreated: 1}) // a campaign of its own is a wish of its own
		require.False(t, d.record("MA_OVER").purged())
		require.Equal(t, 3, d.tallied("spring")["outcome conflict"], "and what became of the old rows stays")
	})
}

// An account that another campaign is still to send for keeps what that campaign needs of its record.
func TestPurgeLeavesWhatAnotherCampaignSends(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,wrong@zeta.example,starter")
		d.create("spring")
		d.carryOut(d.plan(Order{Accounts: []string{"MA_1"}, Email: "right@zeta.example"}))
		d.change("MA_1", func(rec *Record) {
			rec.Session.Status, rec.Session.Ended = statusRevoked, time.Now()
		})
		time.Sleep(2 * aMonth)
		d.give("summer", "MA_1,wrong@zeta.example,starter")
		require.Equal(t, map[PurgeLeft]int{LeftOpen: 1}, d.planPurge("spring").Left)
		d.purge("spring")
		d.create("summer")
		require.Equal(t, 3, d.posts())
		require.Equal(t, "right@zeta.example", d.record("MA_1").Address)

		d.change("MA_1", func(rec *Record) { rec.Session.Status, rec.Session.Ended = statusCompleted, time.Now() })
		time.Sleep(2 * aMonth)
		require.Equal(t, Purged{Rows: 1}, d.purge("spring"), "the record is summer's by now")
		require.Equal(t, "right@zeta.example", d.record("MA_1").Address)
		require.Equal(t, Purged{Rows: 1, Accounts: 1}, d.purge("summer"))
		require.Empty(t, d.record("MA_1").Address)
	})
}

// A row that stood behind another campaign's is not sent once that campaign's session is over.
func TestPurgedBesideAnotherCampaign(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,one@zeta.example,starter")
		d.create("spring")
		d.give("summer", "MA_1,one@zeta.example,starter")
		d.change("MA_1", func(rec *Record) {
			rec.Session.Status, rec.Session.Ended, rec.Session.Expires = statusFailed, time.Now(), time.Now().Add(3*aMonth)
		})
		time.Sleep(2 * aMonth)
		require.Equal(t, Purged{Rows: 1}, d.purge("summer"))
		time.Sleep(2 * aMonth)
		s := d.create("summer")
		d.counts(s, map[Outcome]int{OutcomeAlready: 1})
		require.Empty(t, s.Halt)
		require.Equal(t, 1, d.posts())
	})
}

// As long as a mail is younger than that, a cap on the mails of its address may still count it.
func TestPurgeWaitsForTheNewestMail(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,one@zeta.example,starter")
		d.create("spring")
		d.change("MA_1", func(rec *Record) {
			rec.Session.Status, rec.Session.Ended = statusCompleted, time.Now()
			rec.Mails = []time.Time{time.Now(), time.Now().Add(2 * aMonth)}
		})
		time.Sleep(2 * aMonth)
		require.Equal(t, map[PurgeLeft]int{LeftRecent: 1}, d.planPurge("spring").Left)
		time.Sleep(2 * aMonth)
		require.Equal(t, Purged{Rows: 1, Accounts: 1}, d.purge("spring"))
	})
}

// The links of purged accounts go, also those of sessions whose account is no success; the others stay.
func TestPurgeTakesLinksOut(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		redirect := func(c *Config) {
			c.Settings, c.Dir = &Settings{RedirectURL: "https://shop.example.com/done"}, ResultsDir(d.dir, "spring")
		}
		d.give("spring", rows(1, 4)...)
		require.Equal(t, 3, d.create("spring", redirect).Links)
		d.change("MA_001", func(rec *Record) { rec.Session.Status, rec.Session.Ended = statusCompleted, time.Now() })
		d.change("MA_002", func(rec *Record) { rec.Session.Status, rec.Session.Ended = "opened", time.Now() })
		time.Sleep(2 * aMonth)
		require.Equal(t, Purged{Rows: 2, Accounts: 2, Links: 2}, d.purge("spring"))
		links := read(t, filepath.Join(ResultsDir(d.dir, "spring"), LinksFile))
		require.Contains(t, links, "MA_003,")
		require.NotContains(t, links, "MA_001,")
		require.NotContains(t, links, "MA_002,")
		s := d.create("spring", redirect)
		require.Equal(t, []int{1, 0}, []int{s.Links, s.LinksLost}, "nobody misses the links of what was purged")
	})
}

// Cut short after any of its commits, a purge is finished by the next one, and the counts are those of before.
func TestPurgeCutShort(t *testing.T) {
	for commits := range 3 {
		inBubble(t, doubted, func(t *testing.T, d *desk) {
			everyEnd(t, d)
			before := d.tallied("spring")
			plan := d.planPurge("spring", "plan")
			ledger := &Ledger{&failingStore{d.file, commits + 1}} // one is the run's beginning
			_, err := ledger.Purge(t.Context(), plan, ResultsDir(d.dir, "spring"), Origin{})
			require.ErrorIs(t, err, errKilled)
			require.Equal(t, before, d.tallied("spring"), "after %d commits", commits)
			d.purge("spring", "plan")
			require.Equal(t, before, d.tallied("spring"))
			require.Empty(t, d.record("MA_DONE").Address)
			require.Empty(t, d.record("MA_WRONG").Correction)
		})
	}
}

// Whatever is known of accounts and whatever rows name them: the counts stay, what is open stays as it is, what is purged has
// nothing personal, and a second purge finds nothing.
func TestPurgeKeepsEveryCount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, sandbox.Faults{})
		defer func() { require.NoError(rt, d.file.Close()) }()
		accounts := rapid.IntRange(1, 12).Draw(rt, "accounts")
		var given [2][]string
		for i := range given {
			for range rapid.IntRange(1, 15).Draw(rt, "rows") {
				given[i] = append(given[i], fmt.Sprintf("MA_%d,%s,%s", rapid.IntRange(1, accounts).Draw(rt, "account"),
					rapid.SampledFrom([]string{"planted@zeta.example", "other@zeta.example", "bad@@zeta.example"}).Draw(rt, "email"),
					rapid.SampledFrom([]string{"gold", "starter"}).Draw(rt, "plan")))
			}
		}
		d.give("spring", given[0]...)
		d.give("summer", given[1]...)
		old := time.Now().Add(-2 * aMonth)
		for i := 1; i <= accounts; i++ {
			account := fmt.Sprintf("MA_%d", i)
			n, err := d.ledger.number(account)
			require.NoError(rt, err)
			if n == 0 || rapid.Bool().Draw(rt, "untouched") {
				continue
			}
			rec := drawRecord(rt)
			rec.Account, rec.Campaign, rec.Trail, rec.End = account, rapid.Uint64Range(1, 2).Draw(rt, "campaign"), 0, Ending{}
			rec.Changed = rapid.SampledFrom([]time.Time{old, time.Now()}).Draw(rt, "changed at")
			rec.Session.Status = rapid.SampledFrom([]string{statusEmailSent, statusCompleted, statusRevoked, statusKYCFailed, "strange"}).Draw(rt, "word")
			require.NoError(rt, d.file.Put(rt.Context(), recordWrite(n, rec, rec)...))
		}
		before := []map[string]int{d.tallied("spring"), d.tallied("summer")}
		open := map[string]Record{}
		for i := 1; i <= accounts; i++ {
			account := fmt.Sprintf("MA_%d", i)
			if rec, known, err := d.ledger.Record(account); err == nil && known && (rec.Current() == Pending || rec.State == Started || rec.State == Undecided || rec.Posted() && !rec.Audited) {
				open[account] = rec
			}
		}
		d.purge("spring", "plan")
		require.Equal(rt, []map[string]int{d.tallied("spring"), d.tallied("summer")}, before)
		for account, rec := range open {
			require.Equal(rt, rec, d.record(account))
		}
		c, err := d.ledger.Campaign("spring")
		require.NoError(rt, err)
		for row, err := range d.ledger.Rows(c) {
			require.NoError(rt, err)
			if row.Purged != "" {
				require.NotContains(rt, fmt.Sprintf("%s %q", row.Request, row.Cells), "zeta.example")
				rec := d.record(row.Account)
				require.False(rt, rec.Campaign == c.ID && (rec.Address != "" || rec.Request != nil || rec.Verified != nil || rec.Correction != Correction{}))
			}
		}
		again := d.planPurge("spring")
		require.Equal(rt, []int{0, 0}, []int{again.Rows, again.Accounts})
	})
}
