package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// lateServer delays the effect of every account's first POST.
func lateServer(t *testing.T, seed uint64, by time.Duration) *sandbox.Server {
	return newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Faults{
		LateBy: by, Rules: []sandbox.Rule{once("create", sandbox.TimeoutLate, 1)},
	}})
}

// leave posts and goes away after a millisecond.
func leave(t *testing.T, s *sandbox.Server, account string) {
	t.Helper()
	r, _ := traced(t, s.Transport(), request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", account, 1)), time.Millisecond)
	require.Error(t, r.err)
}

// Law: a late effect happens within LateBy, after the client left, and though nobody asks.
func TestLateEffect(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			s := lateServer(t, seed, 4*time.Second)
			start := time.Now()
			leave(t, s, "MA_1")
			require.Empty(t, s.Sessions("MA_1"))
			time.Sleep(time.Minute)
			v := s.Sessions("MA_1")
			require.Len(t, v, 1)
			require.WithinRange(t, v[0].Created, start, start.Add(4*time.Second))
			require.Equal(t, 1, s.Journal().Faults[sandbox.TimeoutLate])
		})
	}
}

// Law: a late effect comes after the same delay whether it is alone or among others, however their
// due times and acceptances are ordered.
func TestLateEffectsInOrder(t *testing.T) {
	delays := func(t *testing.T, seed uint64, accounts ...string) map[string]time.Duration {
		got := map[string]time.Duration{}
		synctest.Test(t, func(t *testing.T) {
			s := lateServer(t, seed, time.Second)
			left := map[string]time.Time{}
			for _, account := range accounts {
				left[account] = time.Now()
				leave(t, s, account)
			}
			time.Sleep(2 * time.Second)
			for _, v := range s.Journal().Sessions {
				got[v.Account] = v.Created.Sub(left[v.Account])
			}
		})
		return got
	}
	for seed := range uint64(5) {
		var accounts []string
		alone := map[string]time.Duration{}
		for i := range 30 {
			account := fmt.Sprintf("MA_%d", i)
			accounts = append(accounts, account)
			alone[account] = delays(t, seed, account)[account]
			require.Positive(t, alone[account])
		}
		require.Equal(t, alone, delays(t, seed, accounts...), "seed %d", seed)
	}
}

// A POST that arrives late takes the place of what was made in the meantime: the sender who did not
// wait has killed its own session.
func TestLateEffectRevokes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := lateServer(t, 1, time.Hour)
		leave(t, s, "MA_1")
		id := created(t, s, "MA_1")
		time.Sleep(time.Hour)
		v, _ := s.Session(id)
		require.Equal(t, sandbox.RevokeAccident, v.Revoke)
		require.Equal(t, 1, s.Journal().Verdict().SecondMails)
	})
}

func TestCloseDropsLateEffects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := lateServer(t, 1, time.Hour)
		leave(t, s, "MA_1")
		require.NoError(t, s.Close())
		time.Sleep(2 * time.Hour)
		require.Empty(t, s.Journal().Sessions)
		require.NoError(t, s.Close(), "a second Close does nothing")
	})
}
