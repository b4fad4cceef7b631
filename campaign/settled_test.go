package campaign

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
)

// counting is a store that counts the entries which scans of two tables give out.
type counting struct {
	*checkpoint.Ledger
	rows, records int
}

func (c *counting) Scan(t checkpoint.Table, prefix, after []byte) iter.Seq2[checkpoint.Entry, error] {
	return func(yield func(checkpoint.Entry, error) bool) {
		for e, err := range c.Ledger.Scan(t, prefix, after) {
			switch t {
			case checkpoint.Rows:
				c.rows++
			case checkpoint.Records:
				c.records++
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// settledIsRight compares what is kept of a campaign with all of its rows and records, and says of how many rows it is.
func (d *desk) settledIsRight(name string) (settled uint64) {
	d.t.Helper()
	c, err := d.ledger.Campaign(name)
	require.NoError(d.t, err)
	kept, err := d.ledger.settled(c)
	require.NoError(d.t, err)
	anew := kept.reopened()
	all := anew.open
	for row, err := range d.ledger.rowsAt(c, all) {
		require.NoError(d.t, err)
		rec, err := d.ledger.record(row.Record)
		require.NoError(d.t, err)
		if row.index == 0 {
			anew.open = nil
		}
		anew.add(c, row.index, row.Row, rec)
	}
	n := kept.already + kept.conflicts
	if n > 0 {
		require.Equal(d.t, anew, kept)
	}
	return n
}

// looksTheSame compares a plan with one for which nothing is settled.
func (d *desk) looksTheSame(name string) {
	d.t.Helper()
	known := d.planned(name)
	kept := d.unsettle(name)
	require.Equal(d.t, d.planned(name), known)
	require.NoError(d.t, d.file.Put(d.t.Context(), kept))
}

func (d *desk) planned(name string) Plan {
	d.t.Helper()
	plan, err := MakePlan(d.t.Context(), PlanConfig{Ledger: d.ledger, Name: name})
	require.NoError(d.t, err)
	return plan
}

// unsettle forgets what is settled of a campaign, and gives what puts it back.
func (d *desk) unsettle(name string) (back checkpoint.Write) {
	d.t.Helper()
	c, err := d.ledger.Campaign(name)
	require.NoError(d.t, err)
	back = checkpoint.Write{Table: checkpoint.Settings, Key: settledKey(c)}
	gone := back
	back.Value, err = d.file.Get(back.Table, back.Key)
	require.NoError(d.t, err)
	require.NoError(d.t, d.file.Put(d.t.Context(), gone))
	return back
}

// TestRerunReadsWhatIsOpen: a run over a finished campaign reads no row of it, and one with a few open rows little more than those.
func TestRerunReadsWhatIsOpen(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		const all, open = 3000, 40
		d.give("spring", rows(0, all)...)
		d.create("spring", func(c *Config) { c.Limit = all - open })
		require.EqualValues(t, all-open, d.settledIsRight("spring"))

		read := &counting{Ledger: d.file}
		d.ledger = &Ledger{read}
		d.cfg.Ledger = d.ledger
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring"})
		require.NoError(t, err)
		require.Equal(t, map[Outcome]int{OutcomeAlready: all - open, OutcomePending: open}, plan.Counts)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: all - open, OutcomeCreated: open})
		t.Logf("%d rows read: plan and run with %d of %d open", read.rows, open, all)
		require.LessOrEqual(t, read.rows, 3*open, "plan, feed and summary")

		*read = counting{Ledger: d.file}
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: all})
		t.Logf("%d of %d rows: read by a run with nothing to do", read.rows, all)
		require.Zero(t, read.rows+read.records)
		require.Equal(t, all, d.posts())
	})
}

// TestSettledHolds is the law: whatever happens to a campaign, and in whatever order, what is kept of its rows is what all of
// them would say, and no row that has something left to do is passed over.
func TestSettledHolds(t *testing.T) {
	settled := uint64(0)
	for seed := range uint64(12) {
		inBubble(t, sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutNone, P: 0.1}}}, func(t *testing.T, d *desk) {
			draw := rand.New(rand.NewPCG(seed, 7))
			one := func() string { return fmt.Sprintf("MA_%03d", draw.IntN(60)) }
			file := func() []string {
				from := draw.IntN(10)
				all := append(rows(from, from+40), "MA_020,customer20@example.com,starter", "not an id,nobody", one()+",changed@example.com,starter")
				return all
			}
			deeds := []func(name string){
				func(name string) { d.give(name, file()...) },
				func(name string) { d.create(name, func(c *Config) { c.Limit = 1 + draw.IntN(30) }) },
				func(name string) { d.create(name) },
				func(name string) { d.create(name, func(c *Config) { c.RetryRefused = true }) },
				func(name string) { d.create(name, func(c *Config) { c.AuditAll, c.AuditOnly = true, true }) },
				func(string) {
					if rec, _, err := d.ledger.Record(one()); err == nil && rec.Session.ID != "" {
						require.NoError(t, d.api.Set(rec.Session.ID, []string{"opened", "revoked", "kyc_completed"}[draw.IntN(3)]))
					}
				},
				func(string) { d.sync() },
				func(name string) {
					d.carryOut(d.plan(Order{Campaign: name, Accounts: []string{one(), one()}, Started: true, Only: draw.IntN(2) == 0}))
				},
			}
			for _, name := range []string{"spring", "summer"} {
				d.give(name, file()...)
			}
			for range 30 {
				name := []string{"spring", "summer"}[draw.IntN(2)]
				deeds[draw.IntN(len(deeds))](name)
				for _, name := range []string{"spring", "summer"} {
					settled += d.settledIsRight(name)
					d.looksTheSame(name)
				}
				known := d.create(name).Counts
				d.unsettle(name)
				d.sameCounts(known, d.create(name).Counts)
			}
		})
	}
	t.Logf("%d rows were settled when they were looked at", settled)
	require.NotZero(t, settled)
}

// TestUnauditedIsOpen: what was sent and not looked at again is not settled, however often a run comes to no audit.
func TestUnauditedIsOpen(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.change("MA_001", func(rec *Record) { rec.Audited = false })
		for range 2 {
			r, err := newRun(t.Context(), d.cfg, "spring")
			require.NoError(t, err)
			r.settled, err = d.ledger.settled(r.campaign)
			require.NoError(t, err)
			s, err := r.summarise()
			require.NoError(t, err)
			r.tellEnd(t.Context(), &s)
			require.Equal(t, []int{3, 1}, []int{s.Rows, s.Unaudited})
		}
		require.EqualValues(t, 2, d.settledIsRight("spring"))
		require.Zero(t, d.create("spring").Unaudited)
		require.True(t, d.record("MA_001").Audited)
		require.EqualValues(t, 3, d.settledIsRight("spring"))
	})
}

// sameCounts compares two reruns of which the second found out everything anew: what was done in the first is done already.
func (d *desk) sameCounts(known, anew map[Outcome]int) {
	d.t.Helper()
	known = maps.Clone(known)
	known[OutcomeAlready] += known[OutcomeCreated] + known[OutcomeAdopted]
	delete(known, OutcomeCreated)
	delete(known, OutcomeAdopted)
	require.Equal(d.t, known, anew)
}
