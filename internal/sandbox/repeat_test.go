package sandbox_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// trace drives accounts through a storm, in as many goroutines as asked, and tells each account's
// story without its times.
func trace(t *testing.T, seed uint64, goroutines int) map[string][]string {
	t.Helper()
	const accounts = 24
	stories := make([][]string, accounts)
	var faults map[sandbox.Fault]int
	synctest.Test(t, func(t *testing.T) {
		storm := sandbox.Storm(0.6)
		// What an ignored filter shows is other accounts' business, and theirs alone repeats.
		storm.Rules = slices.DeleteFunc(storm.Rules, func(r sandbox.Rule) bool { return r.Class == sandbox.FilterIgnored })
		storm.Rules = append(storm.Rules, sandbox.Rule{Route: "*", Class: sandbox.StrangerAfter, P: 0.2})
		s := newServer(t, sandbox.Config{Seed: seed, Faults: storm, MaxPageSize: 1})
		work := make(chan int)
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				for i := range work {
					account := fmt.Sprintf("MA_%d", i)
					for range 6 {
						r := request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", account, 1))
						created, _ := traced(t, s.Transport(), r, 10*time.Second)
						time.Sleep(time.Minute) // nothing late or stale reaches past it
						r = request(t, http.MethodGet, base+"?page=1&account_auth_id="+account, "")
						listed, _ := traced(t, s.Transport(), r, 10*time.Second)
						stories[i] = append(stories[i], fmt.Sprintf("%d %v %d %v", created.status, created.err, listed.status, listed.err))
					}
				}
			})
		}
		for i := range accounts {
			work <- i
		}
		close(work)
		wg.Wait()
		faults = s.Journal().Faults
		for i := range stories {
			for _, v := range s.Sessions(fmt.Sprintf("MA_%d", i)) {
				stories[i] = append(stories[i], fmt.Sprintf("%s %s %s %s %s", v.ID, v.Creator, v.Status, v.Revoke, v.Cause))
			}
		}
	})
	all := map[string][]string{"faults": {fmt.Sprint(faults)}}
	for i, story := range stories {
		all[fmt.Sprintf("MA_%d", i)] = story
	}
	return all
}

// Law: one seed has one story for each account, however many goroutines tell it; another seed has
// another.
func TestRepeats(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(8) {
		alone := trace(t, seed, 1)
		for _, goroutines := range []int{8, 24} {
			together := trace(t, seed, goroutines)
			for account, story := range alone {
				require.Equal(t, story, together[account], "seed %d, %s", seed, account)
			}
		}
		seen[fmt.Sprint(alone)] = true
	}
	require.Len(t, seen, 8)
}

// Ids are the seed's, not the clock's.
func TestIDs(t *testing.T) {
	all := map[string]bool{}
	for seed := range uint64(3) {
		for _, account := range []string{"MA_1", "MA_2"} {
			s := newServer(t, sandbox.Config{Seed: seed})
			for range 3 {
				all[created(t, s, account)] = true
			}
			again := newServer(t, sandbox.Config{Seed: seed})
			require.Contains(t, slices.Collect(maps.Keys(all)), created(t, again, account))
		}
	}
	require.Len(t, all, 18)
}
