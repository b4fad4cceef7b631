package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// lostLedger is what a simulated loss of the ledger adds up to.
type lostLedger struct {
	gone, damaged, fenceless int // how it was lost
	inFlight                 int // with POSTs of which the ledger did not know yet what became of them
	tries                    int // of recover, those that failed or were killed included
	compared                 int // records with a session before
	undecided                int
}

// loseLedger takes the ledger away or damages it; in a few worlds the fence is gone too.
func (s *simulation) loseLedger(lost *lostLedger) {
	path := LedgerPath(s.dir)
	content, err := os.ReadFile(path)
	require.NoError(s.t, err)
	switch draw := s.chance("how it is lost"); {
	case draw < 0.4:
		lost.gone++
		require.NoError(s.t, os.Remove(path))
	case draw < 0.6:
		lost.damaged++
		require.NoError(s.t, os.Truncate(path, int64(len(content)/3)))
	case draw < 0.8:
		lost.damaged++
		require.NoError(s.t, os.WriteFile(path, nil, 0o600))
	default:
		lost.damaged++
		clear(content[:8192])
		require.NoError(s.t, os.WriteFile(path, content, 0o600))
	}
	if s.chance("the fence is lost too") < 0.3 {
		lost.fenceless++
		require.NoError(s.t, os.Remove(filepath.Join(s.dir, "ledger.fence")))
	}
}

// recordsBefore are the records of the ledger as it is.
func (s *simulation) recordsBefore() map[string]Record {
	file, err := ReadLedger(s.dir, LedgerOptions{})
	require.NoError(s.t, err)
	defer file.Close()
	ledger, all := NewLedger(file), map[string]Record{}
	for i := range s.rows {
		rec, known, err := ledger.Record(s.account(i))
		require.NoError(s.t, err)
		if known {
			all[s.account(i)] = rec
		}
	}
	return all
}

// recover runs recover until it succeeds; it is killed at random moments.
func (s *simulation) recover(lost *lostLedger) {
	for n := range 100 {
		lost.tries++
		err := s.recoverOnce(n >= 60)
		if err == nil {
			return
		}
		s.note("recover %d: %v", n, err)
		if n == 60 {
			s.api.SetFaults(sandbox.Faults{})
		}
		time.Sleep(time.Duration(s.chance("break") * float64(5*time.Minute)))
	}
	s.t.Fatalf("seed %d: the ledger was never recovered: %v", s.seed, s.trace[max(0, len(s.trace)-10):])
}

func (s *simulation) recoverOnce(calm bool) error {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	l := &life{simulation: s, cancel: cancel}
	if !calm {
		crash := time.AfterFunc(time.Duration(s.chance("moment of recover")*float64(90*time.Minute)), func() { l.die("in recover") })
		defer crash.Stop()
	}
	in, err := intake.Open(ctx, s.csv(), intake.Options{})
	if err != nil {
		return err
	}
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_SIM"), AuthToken: vobiz.NewSecret("token"),
		Transport: mortalTransport{l},
	})
	require.NoError(s.t, err)
	s.api.ClientRestarted()
	_, err = Recover(ctx, Recovery{
		Config: Config{Client: client, Brake: ratelimit.New(20)}, DataDir: s.dir,
		Options: s.options(),
		Files:   []RecoverFile{{Campaign: "sim", File: in}},
	})
	return err
}

// lawOfRecover is one seed: a campaign, its ledger lost at a random moment, also with POSTs under way, and made anew; then run to its end.
func lawOfRecover(t *testing.T, seed uint64, rows int, lost *lostLedger, sum *tally) (bad, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		s := simulationOf(t, seed, rows, "", func(s *simulation, c *sandbox.Config) { s.dying = 0.01 })
		defer s.api.Close()
		defer func() { trace = s.trace }()
		for n := range 1 + int(s.chance("processes")*3) {
			_, _ = s.live(n, s.create)
		}
		before := map[string]Record{}
		if _, err := os.Stat(LedgerPath(s.dir)); err == nil {
			before = s.recordsBefore()
			s.loseLedger(lost)
		}
		for _, rec := range before {
			if rec.State == Started {
				lost.inFlight++
				break
			}
		}
		s.recover(lost)
		bad = append(bad, s.sameSessions(before, lost)...)
		s.finish(s.create)
		bad = append(bad, sum.judge(s)...)
		sum.count(s)
	})
	return bad, trace
}

// sameSessions says which records have another session than before, where the API shows that one.
func (s *simulation) sameSessions(before map[string]Record, lost *lostLedger) (bad []string) {
	for account, after := range s.recordsBefore() {
		was := before[account]
		if after.State == Undecided {
			lost.undecided++
		}
		if was.State != Created || after.State == Undecided && after.Session.ID == was.Session.ID {
			continue
		}
		lost.compared++
		if after.State != Created || after.Session.ID != was.Session.ID && after.Round <= was.Round {
			bad = append(bad, fmt.Sprintf("%s was created with %s in round %d, and is %s with %s in round %d",
				account, was.Session.ID, was.Round, after.Current(), after.Session.ID, after.Round))
		}
	}
	return bad
}

// TestRecoverLaw: whenever the ledger is lost, and however often recover is killed, no customer gets a second mail, no session is ended by
// accident, every row comes to its end, and a record that had a session has it again.
func TestRecoverLaw(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sum, lost := newTally(), &lostLedger{}
	if seed := number(t, "KYCBATCH_SEED", -1); seed >= 0 {
		bad, trace := lawOfRecover(t, uint64(seed), 20, lost, sum)
		for _, line := range trace {
			fmt.Println(line)
		}
		require.Empty(t, bad)
		return
	}
	seeds := number(t, "KYCBATCH_RECOVER_SEEDS", 60)
	if testing.Short() {
		seeds = 15
	}
	for seed := range seeds {
		bad, _ := lawOfRecover(t, uint64(seed), 20, lost, sum)
		require.Empty(t, bad, "replay with: KYCBATCH_SEED=%d go test ./campaign -run TestRecoverLaw -v", seed)
	}
	t.Logf("%d ledgers recovered", sum.Campaigns)
	t.Logf("%d of %d rows: second invitation", sum.SecondMails, sum.Rows)
	t.Logf("%d of %d rows: accidental revoke", sum.Accidents, sum.Rows)
	t.Logf("%d of %d rows: without an end", sum.Lost, sum.Rows)
	t.Logf("%d records with a session before compared", lost.compared)
	t.Logf("%d ledgers gone", lost.gone)
	t.Logf("%d ledgers damaged", lost.damaged)
	t.Logf("%d ledgers lost with their fence", lost.fenceless)
	t.Logf("%d ledgers lost with requests in doubt", lost.inFlight)
	t.Logf("%d tries of recover", lost.tries)
	t.Logf("%d rows undecided after it", lost.undecided)
	if !testing.Short() {
		require.NotZero(t, lost.gone*lost.damaged*lost.fenceless*lost.inFlight)
		require.Greater(t, lost.tries, sum.Campaigns)
		require.NotZero(t, sum.Classes["crash in recover"])
	}
}
