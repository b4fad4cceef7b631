package campaign

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// simulated runs one seed to its end inside a bubble of virtual time: a file is taken in and its campaign created, some of its
// sessions are replaced and revoked by hand, and nights of syncs and resends follow.
func simulated(t *testing.T, seed uint64, rows int, m mutant, sum *tally) (bad, trace []string) {
	return lived(t, seed, rows, m, 0.05, sum)
}

// lived is simulated, with a given chance that something happens to the ledger's file between two processes.
func lived(t *testing.T, seed uint64, rows int, m mutant, harms float64, sum *tally) (bad, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, rows, m)
		defer s.api.Close()
		s.harms, s.untold = harms, !sum.traced
		s.run()
		s.harms = 0 // what a person ordered after the copy was made, a restored ledger can't know
		s.operate()
		bad = sum.judge(s)
		if s.chance("nights") < 0.15 && !s.links && !s.skewed {
			w := remindingOf(sum.Nights, s)
			w.nights(2)
			bad = append(bad, w.judge()...)
			if v := s.api.Journal().Verdict(); v.Accidents+v.SecondMails > 0 {
				bad = append(bad, fmt.Sprintf("after the nights %d accidental revokes, %d second invitations", v.Accidents, v.SecondMails))
			}
		}
		sum.count(s)
		trace = s.trace
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
	string(sandbox.StrangerBefore), string(sandbox.StrangerAfter), string(sandbox.SkewedDate),
	"sync", "crash before the resend's intent", "crash the resend after its effect", "outcome: " + string(ResendSent), "outcome: " + string(ResendUnsure),
	string(harmRestored) + ": suspect", string(harmTruncated) + ": refused", string(harmEmptied) + ": refused", string(harmZeroed) + ": refused",
	string(harmFlipped) + ": refused", string(harmMeta) + ": suspect",
}

func number(t *testing.T, env string, otherwise int) int {
	if v := os.Getenv(env); v != "" {
		n, err := strconv.Atoi(v)
		require.NoError(t, err, env)
		return n
	}
	return otherwise
}

// enoughCampaigns are those in which every class of failure occurs.
const enoughCampaigns = 20_000

// TestSimulation runs seeded campaigns; KYCBATCH_SEED replays one of them with its trace, and inShards says how to choose
// many.
func TestSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sum := newTally()
	if seed := number(t, "KYCBATCH_SEED", -1); seed >= 0 {
		sum.traced = true
		bad, trace := simulated(t, uint64(seed), 20, "", sum)
		for _, line := range trace {
			fmt.Println(line)
		}
		require.Empty(t, bad)
		return
	}
	seeds := enoughCampaigns
	if testing.Short() {
		seeds = 60
	}
	whole := inShards(t, seeds, sum, sum.add, func(seed uint64) {
		bad, _ := simulated(t, seed, 20, "", sum)
		require.Empty(t, bad, "replay with: KYCBATCH_SEED=%d go test ./campaign -run TestSimulation -v", seed)
	})
	if !whole {
		return
	}
	sum.tell(t.Logf)
	if sum.Campaigns < enoughCampaigns {
		t.Logf("NOT RUN: %d campaigns are too few to ask that each class of failure occurred", sum.Campaigns)
		return
	}
	require.NotZero(t, sum.Replaced*sum.Revoked*sum.CalledOff)
	for _, class := range mustOccur {
		require.NotZero(t, sum.Classes[class], "%s never occurred", class)
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
		sum := newTally()
		sum.traced = true
		_, once := simulated(t, uint64(seed), 20, "", sum)
		_, twice := simulated(t, uint64(seed), 20, "", sum)
		require.NotEmpty(t, once)
		require.Equal(t, once, twice, "seed %d", seed)
	}
}

// TestSimulationFindsMutants shows that the simulation can fail: each of these rules, left out, is noticed.
func TestSimulationFindsMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, m := range []mutant{noIntent, retryUnknown, noSettle, guardForReconcile, noGuard, guardForAttemptID, adoptOrphan, believeOneDate} {
		t.Run(string(m), func(t *testing.T) {
			for seed := range 400 {
				if bad, _ := simulated(t, uint64(seed), 20, m, newTally()); len(bad) > 0 {
					t.Logf("seed %d: %v", seed, bad)
					return
				}
			}
			t.Fatal("400 campaigns noticed nothing")
		})
	}
	for _, m := range []mutant{noFence, believeOneLook} { // it takes a copy, a request that no copy knows of, and a process soon after
		t.Run(string(m), func(t *testing.T) {
			for seed := range 2000 {
				if bad, _ := lived(t, uint64(seed), 20, m, 0.5, newTally()); len(bad) > 0 {
					t.Logf("seed %d: %v", seed, bad)
					return
				}
			}
			t.Fatal("2000 campaigns noticed nothing")
		})
	}
}
