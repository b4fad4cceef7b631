package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// value is one value of one reading, and pair two of different readings, the one of the lower index first.
type (
	value struct{ choice, value int }
	pair  [2]value
)

func pairOf(v, w value) pair {
	if v.choice > w.choice {
		v, w = w, v
	}
	return pair{v, w}
}

// pairwise gives combinations of readings, a value of each, such that every two values of different readings are together
// in at least one of them. Another turn gives others of the same kind.
func pairwise(choices []sandbox.ReadingChoice, turn int) (combinations [][]string, pairs int) {
	apart := map[pair]bool{} // not together so far
	for i, c := range choices {
		for j := range i {
			for a := range c.Values {
				for b := range choices[j].Values {
					apart[pair{{j, b}, {i, a}}] = true
				}
			}
		}
	}
	for pairs = len(apart); len(apart) > 0; turn++ {
		chosen := combine(choices, apart, turn)
		var combination []string
		for i, c := range choices {
			for j := range i {
				delete(apart, pairOf(value{i, chosen[i]}, value{j, chosen[j]}))
			}
			combination = append(combination, c.Values[chosen[i]])
		}
		combinations = append(combinations, combination)
	}
	return combinations, pairs
}

// combine chooses a value of each reading, beginning with two that are apart, and then whatever brings most together.
func combine(choices []sandbox.ReadingChoice, apart map[pair]bool, turn int) map[int]int {
	all := slices.SortedFunc(maps.Keys(apart), func(p, q pair) int {
		return cmp.Or(cmp.Compare(p[0].choice, q[0].choice), cmp.Compare(p[1].choice, q[1].choice),
			cmp.Compare(p[0].value, q[0].value), cmp.Compare(p[1].value, q[1].value))
	})
	first := all[turn%len(all)]
	chosen := map[int]int{first[0].choice: first[0].value, first[1].choice: first[1].value}
	for k := range choices {
		i := (k + turn) % len(choices)
		if _, done := chosen[i]; done {
			continue
		}
		best, most := 0, -1
		for a := range choices[i].Values {
			a = (a + turn) % len(choices[i].Values)
			brought := 0
			for other, b := range chosen {
				if apart[pairOf(value{i, a}, value{other, b})] {
					brought++
				}
			}
			if brought > most {
				best, most = a, brought
			}
		}
		chosen[i] = best
	}
	return chosen
}

// readingsOf is what a combination means.
func readingsOf(t *testing.T, choices []sandbox.ReadingChoice, combination []string) (r sandbox.Readings) {
	for i, c := range choices {
		require.NoError(t, c.Apply(&r, combination[i]))
	}
	return r
}

// pasts lets the accounts have a past of a week with the customers of a crowd: sessions of somebody else's that were opened,
// completed or failed, and that expire just before the campaign, in the middle of it, or after it; it begins by day.
func (s *simulation) pasts() {
	const begins, window = 5 * time.Hour, 8 * time.Hour // UTC, so it is 10:30 in India
	var moments []time.Duration
	accounts := map[time.Duration]string{}
	for i := range s.rows {
		if s.chance("has a past") < 0.4 {
			at := time.Duration(s.chance("its past") * float64(window))
			moments, accounts[at] = append(moments, at), s.account(i)
		}
	}
	slices.Sort(moments)
	start := time.Now()
	for _, at := range moments {
		time.Sleep(time.Until(start.Add(at)))
		s.api.Stranger(accounts[at])
	}
	time.Sleep(time.Until(start.Add(7*24*time.Hour + begins)))
	for i := range s.rows {
		if s.chance("a stranger is there") < 0.05 {
			s.api.Stranger(s.account(i))
		}
	}
	s.began = time.Now()
}

// readUnder runs one campaign to its end under given readings.
func readUnder(t *testing.T, seed uint64, links bool, readings sandbox.Readings, m mutant, sum *tally) (bad, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		s := simulationOf(t, seed, 20, m, func(s *simulation, cfg *sandbox.Config) {
			s.links, cfg.Readings = links, readings
			cfg.Crowd = sandbox.Crowd{Open: 0.7, Complete: 0.4, Fail: 0.4, Delay: 10 * time.Minute}
			if readings.Size == sandbox.SizeRefused { // no API refuses the size that it takes by itself
				cfg.MaxPageSize = 20 + int(s.chance("larger page")*60)
			}
		})
		defer s.api.Close()
		s.pasts()
		s.run()
		bad, trace = sum.judge(s), s.trace
	})
	return bad, trace
}

// TestReadings is the law of the create pass over the meanings that the API's page leaves open: whatever two of them are
// together, nothing is revoked by accident, nobody is mailed twice, and no row is lost, with the simulation's faults and
// crashes, and among customers who complete, fail and let expire what they have. KYCBATCH_TURNS says how often each two
// are together at least.
func TestReadings(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	choices, turns := sandbox.ReadingChoices(), number(t, "KYCBATCH_TURNS", 12)
	if testing.Short() {
		turns = 1
	}
	for _, links := range []bool{false, true} {
		sum, pairs := newTally(), 0
		for turn := range turns {
			var combinations [][]string
			combinations, pairs = pairwise(choices, turn)
			for n, combination := range combinations {
				seed := uint64(turn*1000 + n)
				bad, trace := readUnder(t, seed, links, readingsOf(t, choices, combination), "", sum)
				require.Empty(t, bad, "seed %d, links %v, readings %v:\n%s", seed, links, named(choices, combination), strings.Join(trace, "\n"))
			}
		}
		flow := map[bool]string{false: "email flow", true: "redirect flow"}[links]
		t.Logf("%s: %d combinations of two readings, each at least %d times", flow, pairs, turns)
		t.Logf("%d campaigns under readings", sum.Campaigns)
		t.Logf("%d of %d rows under readings: accidental revoke", sum.Accidents, sum.Rows)
		t.Logf("%d of %d rows under readings: second mail", sum.SecondMails, sum.Rows)
		t.Logf("%d of %d rows under readings: lost row", sum.Lost, sum.Rows)
		t.Logf("rows by state: %v; revokes by cause: %v", sum.Outcomes, sum.Revokes)
	}
}

// TestReadingsFindMutants shows that TestReadings can fail: each of these rules, left out, is noticed.
func TestReadingsFindMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	choices := sandbox.ReadingChoices()
	for _, m := range []mutant{noIntent, retryUnknown, noSettle, noGuard, adoptOrphan} {
		t.Run(string(m), func(t *testing.T) {
			for turn := range 8 {
				combinations, _ := pairwise(choices, turn)
				for n, combination := range combinations {
					bad, _ := readUnder(t, uint64(turn*1000+n), n%2 == 1, readingsOf(t, choices, combination), m, newTally())
					if len(bad) > 0 {
						t.Log(bad)
						return
					}
				}
			}
			t.Fatal("no combination noticed anything")
		})
	}
}

// TestPairwise is the law that the combinations have every two values of different readings together.
func TestPairwise(t *testing.T) {
	choices := sandbox.ReadingChoices()
	for turn := range 3 {
		combinations, pairs := pairwise(choices, turn)
		together := map[string]bool{}
		for _, combination := range combinations {
			for i, a := range combination {
				for j, b := range combination[:i] {
					together[choices[i].Name+"="+a+" "+choices[j].Name+"="+b] = true
				}
			}
		}
		want := 0
		for i, c := range choices {
			for _, other := range choices[:i] {
				want += len(c.Values) * len(other.Values)
			}
		}
		require.Equal(t, []int{want, want}, []int{pairs, len(together)})
	}
}

// named says which readings of a combination are not the first ones.
func named(choices []sandbox.ReadingChoice, combination []string) (all []string) {
	for i, c := range choices {
		if combination[i] != c.Values[0] {
			all = append(all, fmt.Sprintf("%s=%s", c.Name, combination[i]))
		}
	}
	return all
}
