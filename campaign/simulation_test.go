package campaign

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// simulated runs one seed to its end inside a bubble of virtual time.
func simulated(t *testing.T, seed uint64, rows int, m mutant, sum *tally) (bad, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, rows, m)
		defer s.api.Close()
		s.run()
		s.operate()
		bad, trace = sum.judge(s), s.trace
		slices.Sort(trace) // what a halt ends at one instant ends in any order
	})
	return bad, trace
}

// mustOccur are the failure classes of the design that need no real disk, by the names under which the
// simulation counts them. One that never occurs proves nothing, and fails the test.
var mustOccur = []string{
	"crash before the intent", "crash after the intent", "crash the POST before it is sent", "crash the POST after its effect",
	"crash before the outcome", "crash after the outcome", "crash a reconciling look before it is sent", "crash a reconciling look after its effect",
	"crash before the audit's outcome", "crash an audit's look before it is sent", "crash at a random moment", "crash before the import",
	"disk full on the intent", "disk full on the outcome", "commit error on the intent", "commit error on the outcome",
	"crash before the order", "crash after the order", "clock skew", "crash the DELETE before it is sent", "crash the DELETE after its effect",
	string(sandbox.ConnectRefused), string(sandbox.ResetBefore), string(sandbox.ResetAfter), string(sandbox.ErrorBefore),
	string(sandbox.ErrorAfter), string(sandbox.TimeoutNone), string(sandbox.TimeoutEarly), string(sandbox.TimeoutLate),
	string(sandbox.Truncated), string(sandbox.Empty), string(sandbox.HTML), string(sandbox.WrongEcho),
	string(sandbox.Throttled), string(sandbox.ThrottledBare), string(sandbox.Unauthorized), string(sandbox.StaleList),
	string(sandbox.ShiftedPage), string(sandbox.LyingSize), string(sandbox.LyingTotal), string(sandbox.FilterIgnored),
	string(sandbox.MetadataTrimmed), string(sandbox.UnknownStatus), string(sandbox.NotFoundOnce),
	string(sandbox.StrangerBefore), string(sandbox.StrangerAfter),
}

func number(t *testing.T, env string, otherwise int) int {
	if v := os.Getenv(env); v != "" {
		n, err := strconv.Atoi(v)
		require.NoError(t, err, env)
		return n
	}
	return otherwise
}

// TestSimulation runs seeded campaigns; KYCBATCH_SEED replays one of them with its trace, KYCBATCH_SEEDS
// chooses how many.
func TestSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sum := newTally()
	if seed := number(t, "KYCBATCH_SEED", -1); seed >= 0 {
		bad, trace := simulated(t, uint64(seed), 20, "", sum)
		for _, line := range trace {
			fmt.Println(line)
		}
		require.Empty(t, bad)
		return
	}
	seeds := number(t, "KYCBATCH_SEEDS", 2000)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		bad, _ := simulated(t, uint64(seed), 20, "", sum)
		require.Empty(t, bad, "replay with: KYCBATCH_SEED=%d go test ./campaign -run TestSimulation -v", seed)
	}
	t.Logf("%d campaigns, %d rows: %d accidental revokes, %d second invitations, %d lost rows", sum.campaigns, sum.rows, sum.accidents, sum.secondMails, sum.lost)
	t.Logf("redirect flow: %d accounts with a link each, %d orphans replaced", sum.links, sum.orphans)
	t.Logf("ordered by hand: %d replaced, %d revoked, %d called off", sum.replaced, sum.revoked, sum.calledOff)
	t.Logf("rows by state: %v; undecided ones with a session of ours: %d; revokes by cause: %v", sum.outcomes, sum.undecidedOurs, sum.revokes)
	for _, class := range slices.Sorted(maps.Keys(sum.classes)) {
		t.Logf("%8d × %s", sum.classes[class], class)
	}
	if !testing.Short() {
		require.NotZero(t, sum.replaced*sum.revoked*sum.calledOff)
		for _, class := range mustOccur {
			require.NotZero(t, sum.classes[class], "%s never occurred", class)
		}
	}
}

// TestSimulationRepeats holds that one seed is one story, whatever the scheduler does.
func TestSimulationRepeats(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	seeds := 200
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		_, once := simulated(t, uint64(seed), 20, "", newTally())
		_, twice := simulated(t, uint64(seed), 20, "", newTally())
		require.Equal(t, once, twice, "seed %d", seed)
	}
}

// TestSimulationFindsMutants shows that the simulation can fail: each of these rules, left out, is noticed.
func TestSimulationFindsMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, m := range []mutant{noIntent, retryUnknown, noSettle, guardForReconcile, noGuard, guardForAttemptID, adoptOrphan} {
		t.Run(string(m), func(t *testing.T) {
			for seed := range 200 {
				if bad, _ := simulated(t, uint64(seed), 20, m, newTally()); len(bad) > 0 {
					t.Logf("seed %d: %v", seed, bad)
					return
				}
			}
			t.Fatal("200 campaigns noticed nothing")
		})
	}
}
