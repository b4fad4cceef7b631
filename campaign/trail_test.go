package campaign

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
)

// TestTrailAscends: whatever the clock does, ids ascend, are never behind it, and go on where the ledger ends.
func TestTrailAscends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := &trail{}
		at, last := time.UnixMicro(1<<50), uint64(0)
		for range rapid.IntRange(1, 40).Draw(t, "entries") {
			at = at.Add(time.Duration(rapid.Int64Range(-1e10, 1e10).Draw(t, "step")))
			e := Entry{At: at, Kind: KindEnded}
			w := book.add(&e)
			id, err := numberOf(w.Key)
			require.NoError(t, err)
			require.Greater(t, id, last)
			require.GreaterOrEqual(t, id, uint64(at.UnixMicro()))
			back, err := decodeEntry(id, w.Value)
			require.NoError(t, err)
			require.Equal(t, at.UnixMicro(), back.At.UnixMicro(), "its own time is what the clock said")
			if last = id; rapid.Bool().Draw(t, "a new process") {
				book = &trail{last: last}
			}
		}
	})
}

// bookkeeper sees to it that no record changes without its entry, and that no entry is written without its record.
type bookkeeper struct {
	*checkpoint.Ledger
	t *testing.T
}

func (b bookkeeper) Put(ctx context.Context, w ...checkpoint.Write) error {
	newest, pointed := map[uint64]uint64{}, map[uint64]uint64{}
	for _, one := range w {
		switch one.Table {
		case checkpoint.Trail:
			id, err := numberOf(one.Key)
			require.NoError(b.t, err)
			e, err := decodeEntry(id, one.Value)
			require.NoError(b.t, err)
			if e.Record != 0 {
				newest[e.Record] = max(newest[e.Record], id)
			}
			before, err := b.Get(checkpoint.Trail, one.Key)
			require.NoError(b.t, err)
			require.Nil(b.t, before, "nothing is written over")
		case checkpoint.Records:
			n, err := numberOf(one.Key)
			require.NoError(b.t, err)
			rec, err := decodeRecord(one.Value)
			require.NoError(b.t, err)
			pointed[n] = rec.Trail
		}
	}
	require.Equal(b.t, newest, pointed)
	return b.Ledger.Put(ctx, w...)
}

func TestTrailIsWrittenWithWhatItTells(t *testing.T) {
	faults := sandbox.Storm(0.2)
	faults.Rules = append(faults.Rules, sandbox.Rule{Route: sandbox.RouteList, Class: sandbox.StrangerAfter, Account: "MA_001", To: 1})
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.ledger = &Ledger{bookkeeper{d.file, t}}
		d.cfg.Ledger = d.ledger
		d.api.Stranger("MA_003")
		d.give("spring", append(rows(0, 30), "MA_NONE1,x@example.com,x")...)
		d.create("spring")
		d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
	})
}

// TestHistoryTellsWhatHappened runs seeded campaigns with faults and crashes, and compares each customer's story with
// the ledger, with the whole trail, and with what the API saw.
func TestHistoryTellsWhatHappened(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for seed := range 25 {
		synctest.Test(t, func(t *testing.T) {
			s := newSimulation(t, uint64(seed), 20, "")
			defer s.api.Close()
			s.run()
			file, err := ReadLedger(s.dir, LedgerOptions{})
			require.NoError(t, err)
			defer file.Close()
			checkTrail(t, NewLedger(file), s)
		})
	}
}

func checkTrail(t *testing.T, l *Ledger, s *simulation) {
	whole := map[uint64][]Entry{}
	intents := 0
	for e, err := range l.entries(nil) {
		require.NoError(t, err)
		whole[e.Record] = append(whole[e.Record], e)
		if e.Kind == KindIntent {
			intents++
			require.Equal(t, !s.links, e.Mail, "seed %d: a link mails nobody", s.seed)
		}
	}
	require.GreaterOrEqual(t, intents, s.api.Journal().Total(sandbox.RouteCreate), "seed %d: each POST has its intent", s.seed)
	made := map[string]string{} // sessions that our POSTs made, and their attempt ids
	for _, v := range s.api.Journal().Sessions {
		made[v.ID] = v.Tag
	}
	for i := range s.rows {
		story, err := l.History(s.account(i))
		require.NoError(t, err)
		n, err := l.number(s.account(i))
		require.NoError(t, err)
		require.Equal(t, whole[n], story.Entries, "seed %d, %s: the list has what the scan finds", s.seed, s.account(i))
		checkStory(t, story, made, l.s.ID())
	}
}

// checkStory holds that a story makes sense by itself: nothing is answered that was not intended, and it ends in the
// record's state.
func checkStory(t *testing.T, story Story, made map[string]string, ledger string) {
	rec := story.Record
	intended := map[[2]int]bool{}
	state := Pending
	for _, e := range story.Entries {
		attempt := [2]int{e.Round, e.Attempt}
		switch e.Kind {
		case KindIntent:
			require.False(t, intended[attempt] && state != Started, "%s: attempt %v is intended twice", rec.Account, attempt)
			intended[attempt], state = true, Started
		case KindCreated, KindAdopted:
			if e.Kind == KindCreated {
				require.True(t, intended[attempt], "%s: %v is answered and was never intended", rec.Account, attempt)
			}
			require.Equal(t, AttemptID{Ledger: ledger, Round: e.Round, Attempt: e.Attempt}.String(), made[e.Session], "%s: %+v", rec.Account, e)
			state = Created
		case KindRefused:
			if e.Status == 0 || e.Attempt == 1 {
				state = Refused
			}
		case KindFreed:
			state = Pending
		case KindSkipped:
			state = Skipped
		case KindUndecided:
			state = Undecided
		case KindIncident:
			require.NotEmpty(t, e.Reason)
		}
	}
	require.Equal(t, rec.Current(), state, "%s: %+v", rec.Account, story.Entries)
}

// TestHistoryOfOneCustomer is a story from its first request to its incident.
func TestHistoryOfOneCustomer(t *testing.T) {
	faults := sandbox.Faults{Rules: []sandbox.Rule{
		{Route: sandbox.RouteCreate, Class: sandbox.TimeoutNone, Account: "MA_001", Nth: []int{1}},
		{Route: sandbox.RouteCreate, Class: sandbox.ErrorAfter, Account: "MA_001", Nth: []int{2}},
	}}
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.give("spring", append(rows(0, 2), "MA_NONE1,x@example.com,x")...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAdopted: 1, OutcomeRefused: 1})
		kinds := func(account string) (kinds []Kind) {
			story, err := d.ledger.History(account)
			require.NoError(t, err)
			for _, e := range story.Entries {
				kinds = append(kinds, e.Kind)
			}
			return kinds
		}
		require.Equal(t, []Kind{KindIntent, KindCreated, KindAudited}, kinds("MA_000"))
		require.Equal(t, []Kind{KindIntent, KindUnknown, KindAbsent, KindIntent, KindUnknown, KindAdopted, KindAudited}, kinds("MA_001"))
		require.Equal(t, []Kind{KindRefused}, kinds("MA_NONE1"), "the API would not even list it")
		_, err := d.ledger.History("MA_1")
		require.ErrorIs(t, err, ErrNoAccount)

		story, err := d.ledger.History("MA_001")
		require.NoError(t, err)
		require.EqualValues(t, 1, story.Entries[0].Run)
		require.True(t, story.Entries[0].Mail)
		require.Contains(t, story.Entries[1].Reason, "no answer")
		require.GreaterOrEqual(t, story.Entries[1].At.Sub(story.Entries[0].At), DefaultTimeout, "an answer has its own time")
		require.GreaterOrEqual(t, story.Entries[4].Status, 500)
		require.Equal(t, story.Record.Session.ID, story.Entries[5].Session)

		require.NoError(t, d.api.Set(d.api.Sessions("MA_000")[0].ID, "revoked"))
		d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Equal(t, []Kind{KindIntent, KindCreated, KindAudited, KindStatus, KindIncident, KindAudited}, kinds("MA_000"))
	})
}

// TestAnswerOfAnAttemptThatStaysInDoubt is told though it changed nothing.
func TestAnswerOfAnAttemptThatStaysInDoubt(t *testing.T) {
	denied := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.Unauthorized}}}
	inBubble(t, denied, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		story, err := d.ledger.History("MA_000")
		require.NoError(t, err)
		require.Len(t, story.Entries, 2)
		require.Equal(t, KindUnauthorized, story.Entries[1].Kind)
		require.Equal(t, 401, story.Entries[1].Status)
	})
}

func TestCommandsAreTold(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.cfg.Origin = Origin{Command: "create", User: "ana", Host: "desk", PID: 7, Flags: []Fact{{"--rate", "5/s"}, {"--exclude", ""}}}
		c := d.give("spring", rows(0, 2)...).Campaign
		d.create("spring")
		d.give("summer", rows(2, 3)...)
		_, _, err := d.ledger.beginRun(t.Context(), Origin{}, c) // killed after that
		require.NoError(t, err)
		tell := func(name string) (told []Entry) {
			for e, err := range d.ledger.Commands(name) {
				require.NoError(t, err)
				require.Zero(t, e.Record)
				told = append(told, e)
			}
			return told
		}
		spring := tell("spring")
		require.Len(t, spring, 4)
		require.Len(t, tell(""), 5)
		require.Equal(t, KindImported, spring[0].Kind)
		require.Equal(t, c.SHA256, spring[0].Fact(FactSHA256))
		began, ended := spring[1], spring[2]
		require.Equal(t, KindBegan, began.Kind)
		require.Equal(t, []Fact{
			{FactCampaign, "spring"}, {FactCommand, "create"}, {FactUser, "ana"}, {FactHost, "desk"}, {FactPID, "7"},
			{FactSHA256, c.SHA256}, {FactRows, "2"}, {"--rate", "5/s"}, {"--exclude", ""},
		}, began.Facts)
		require.Equal(t, KindEnded, ended.Kind)
		require.Equal(t, "2", ended.Fact("created"))
		require.EqualValues(t, 1, ended.Run)
		require.EqualValues(t, 2, spring[3].Run)
	})
}

// TestTrailHasNoPersonalData: not an address and not a metadata value, whatever the API says.
func TestTrailHasNoPersonalData(t *testing.T) {
	inBubble(t, sandbox.Storm(0.5), func(t *testing.T, d *desk) {
		d.give("spring", append(rows(0, 40), "MA_NONE1,customer@example.com,starter")...)
		d.create("spring")
		entries := 0
		for e, err := range d.file.Scan(checkpoint.Trail, nil, nil) {
			require.NoError(t, err)
			require.NotContains(t, string(e.Value), "customer")
			require.NotContains(t, string(e.Value), "starter")
			entries++
		}
		require.Greater(t, entries, 80)
	})
}

// TestRowThatIsFreedIsTold: a request that never left is no request, and the story says so.
func TestRowThatIsFreedIsTold(t *testing.T) {
	unreachable := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ConnectRefused}}}
	inBubble(t, unreachable, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", func(c *Config) { c.MaxDuration = 2 * time.Second })
		story, err := d.ledger.History("MA_000")
		require.NoError(t, err)
		require.Equal(t, Pending, story.Record.Current())
		last := story.Entries[len(story.Entries)-1]
		require.Equal(t, KindFreed, last.Kind)
		require.Equal(t, 1, last.Attempt)
	})
}
