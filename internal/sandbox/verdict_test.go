package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// Who is to blame for a revoke, by what went before it.
func TestRevokeReasons(t *testing.T) {
	const guard = "?account_auth_id=MA_1"
	for name, c := range map[string]struct {
		faults []sandbox.Rule
		before func(t *testing.T, s *sandbox.Server)
		by     func(t *testing.T, s *sandbox.Server)
		want   sandbox.Revoke
	}{
		"our own session": {nil, func(t *testing.T, s *sandbox.Server) { get(t, s, guard); created(t, s, "MA_1") }, postTo, sandbox.RevokeAccident},
		"no guard":        {nil, func(t *testing.T, s *sandbox.Server) { s.Stranger("MA_1") }, postTo, sandbox.RevokeAccident},
		"the guard showed it": {nil, func(t *testing.T, s *sandbox.Server) {
			s.Stranger("MA_1")
			get(t, s, guard)
		}, postTo, sandbox.RevokeAccident},
		"a sweep showed it": {nil, func(t *testing.T, s *sandbox.Server) {
			s.Stranger("MA_1")
			get(t, s, "")
		}, postTo, sandbox.RevokeAccident},
		"a GET showed it": {nil, func(t *testing.T, s *sandbox.Server) {
			get(t, s, guard)
			get(t, s, "/"+s.Stranger("MA_1"))
		}, postTo, sandbox.RevokeAccident},
		"another account was listed": {nil, func(t *testing.T, s *sandbox.Server) {
			get(t, s, "?account_auth_id=MA_2")
			s.Stranger("MA_1")
		}, postTo, sandbox.RevokeAccident},
		"only a filtered list": {nil, func(t *testing.T, s *sandbox.Server) {
			get(t, s, guard+"&status=opened")
			s.Stranger("MA_1")
		}, postTo, sandbox.RevokeAccident},
		"the guard's answer was lost": {[]sandbox.Rule{once("list", sandbox.ResetAfter, 1)}, func(t *testing.T, s *sandbox.Server) {
			get(t, s, guard)
			s.Stranger("MA_1")
		}, postTo, sandbox.RevokeAccident},
		"after the guard": {nil, func(t *testing.T, s *sandbox.Server) {
			get(t, s, guard)
			s.Stranger("MA_1")
		}, postTo, sandbox.RevokeRaced},
		"after the sweep": {nil, func(t *testing.T, s *sandbox.Server) {
			get(t, s, "")
			s.Stranger("MA_1")
		}, postTo, sandbox.RevokeRaced},
		"the fault after the guard": {[]sandbox.Rule{once("list", sandbox.StrangerAfter, 1)}, func(t *testing.T, s *sandbox.Server) { get(t, s, guard) }, postTo, sandbox.RevokeRaced},
		"the fault before the POST": {[]sandbox.Rule{once("create", sandbox.StrangerBefore, 1)}, func(t *testing.T, s *sandbox.Server) { get(t, s, guard) }, postTo, sandbox.RevokeRaced},
		"the guard was stale": {[]sandbox.Rule{once("list", sandbox.StaleList, 1)}, func(t *testing.T, s *sandbox.Server) {
			s.Stranger("MA_1")
			get(t, s, guard)
		}, postTo, sandbox.RevokeHidden},
		"the guard was empty": {[]sandbox.Rule{once("list", sandbox.NotFoundOnce, 1)}, func(t *testing.T, s *sandbox.Server) {
			s.Stranger("MA_1")
			get(t, s, guard)
		}, postTo, sandbox.RevokeHidden},
		"while the POST was on its way": {[]sandbox.Rule{once("create", sandbox.TimeoutLate, 1)}, func(t *testing.T, s *sandbox.Server) {
			get(t, s, guard)
			leave(t, s, "MA_1")
			s.Stranger("MA_1")
			get(t, s, guard) // seen, but too late
		}, func(*testing.T, *sandbox.Server) { time.Sleep(time.Second) }, sandbox.RevokeRaced},
		"an expired one": {nil, func(t *testing.T, s *sandbox.Server) {
			created(t, s, "MA_1")
			time.Sleep(8 * 24 * time.Hour)
		}, postTo, sandbox.RevokeExpired},
		"by a stranger": {nil, func(t *testing.T, s *sandbox.Server) { created(t, s, "MA_1") },
			func(_ *testing.T, s *sandbox.Server) { s.Stranger("MA_1") }, sandbox.RevokeByStranger},
		"by hand": {nil, func(t *testing.T, s *sandbox.Server) { created(t, s, "MA_1") },
			func(t *testing.T, s *sandbox.Server) { require.NoError(t, s.Set(s.Sessions("MA_1")[0].ID, "revoked")) }, sandbox.RevokeByHand},
		"by DELETE": {nil, func(t *testing.T, s *sandbox.Server) { created(t, s, "MA_1") },
			func(t *testing.T, s *sandbox.Server) {
				do(t, s, http.MethodDelete, "/"+s.Sessions("MA_1")[0].ID, "")
			}, sandbox.RevokeDelete},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, sandbox.Config{Faults: sandbox.Faults{Rules: c.faults}})
				c.before(t, s)
				c.by(t, s)
				v := s.Journal().Verdict()
				require.Equal(t, map[sandbox.Revoke]int{c.want: 1}, v.Revokes)
				require.Equal(t, c.want == sandbox.RevokeAccident, v.Accidents == 1)
				require.Len(t, v.AccidentIDs, v.Accidents)
				require.Equal(t, c.want, s.Sessions("MA_1")[0].Revoke)
			})
		})
	}
}

func postTo(t *testing.T, s *sandbox.Server) { created(t, s, "MA_1") }

func TestSecondMails(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(t *testing.T, s *sandbox.Server, id string)
		want int
	}{
		"live":      {func(*testing.T, *sandbox.Server, string) {}, 1},
		"completed": {func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Set(id, "kyc_completed")) }, 1},
		"stranger":  {func(_ *testing.T, s *sandbox.Server, _ string) { s.Stranger("MA_1") }, 1},
		"deleted":   {func(t *testing.T, s *sandbox.Server, id string) { do(t, s, http.MethodDelete, "/"+id, "") }, 0},
		"failed":    {func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Set(id, "failed")) }, 0},
		"expired":   {func(*testing.T, *sandbox.Server, string) { time.Sleep(8 * 24 * time.Hour) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, sandbox.Config{})
				s.Stranger("MA_1") // somebody else's mail is not ours
				c.end(t, s, created(t, s, "MA_1"))
				created(t, s, "MA_1")
				v := s.Journal().Verdict()
				require.Equal(t, c.want, v.SecondMails)
				require.Equal(t, 2, v.CreationMails)
			})
		})
	}
}

func TestVerdictOfLiveSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		require.Equal(t, sandbox.Verdict{Revokes: map[sandbox.Revoke]int{}}, s.Journal().Verdict())
		created(t, s, "MA_LIVE")
		require.NoError(t, s.Set(created(t, s, "MA_DONE"), "kyc_completed"))
		do(t, s, http.MethodDelete, "/"+created(t, s, "MA_ENDED"), "")
		first := created(t, s, "MA_TWO")
		created(t, s, "MA_TWO")
		require.NoError(t, s.Set(first, "opened")) // no API does this; the lever can
		v := s.Journal().Verdict()
		require.Equal(t, []int{1, 1, 1, 1}, []int{v.OneLive, v.NoneLive, v.TwoLive, v.Completed})
		require.Equal(t, []int{5, 4, 5, 0}, []int{v.Sessions, v.Accounts, v.ByAPI, v.ByStranger})
		time.Sleep(8 * 24 * time.Hour)
		v = s.Journal().Verdict()
		require.Equal(t, []int{0, 3, 0}, []int{v.OneLive, v.NoneLive, v.TwoLive}, "all expired")
	})
}

func TestJournalEndpoint(t *testing.T) {
	s := newServer(t, sandbox.Config{Limit: 3})
	created(t, s, "MA_1")
	created(t, s, "MA_1")
	ask := func(query string) (sandbox.Report, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox.test/journal"+query, nil)
		require.NoError(t, err)
		got := send(s.Transport(), r) // no credentials
		require.Equal(t, 200, got.status)
		var report sandbox.Report
		require.NoError(t, json.Unmarshal([]byte(got.body), &report))
		return report, got.body
	}
	report, body := ask("")
	require.NotContains(t, body, "@", "no address")
	require.NotContains(t, body, "kst_", "no link")
	require.Equal(t, s.Journal().Verdict(), report.Verdict)
	require.Len(t, report.Journal.Sessions, 2)
	require.Equal(t, map[sandbox.Route]map[int]int{"create": {201: 2}}, report.Journal.Requests)

	report, _ = ask("?sessions=0")
	require.Empty(t, report.Journal.Sessions)
	require.Equal(t, 1, report.Verdict.Accidents, "the verdict needs no listing of them")
	require.Equal(t, 2, report.Verdict.Requests, "asking for the journal is no request")

	r := request(t, http.MethodPost, "http://sandbox.test/journal", "{}")
	require.Equal(t, 405, send(s.Transport(), r).status)
}

// An orphan is a redirect-flow session that was ended unopened, to make place for another.
func TestOrphansReplaced(t *testing.T) {
	redirect := func(t *testing.T, s *sandbox.Server) string {
		return field[string](t, do(t, s, http.MethodPost, "", pageRedirectRequest).body, "session_id")
	}
	end := func(t *testing.T, s *sandbox.Server, id string) {
		require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
	}
	for name, c := range map[string]struct {
		story func(t *testing.T, s *sandbox.Server)
		want  int
	}{
		"replaced": {func(t *testing.T, s *sandbox.Server) { end(t, s, redirect(t, s)); redirect(t, s) }, 1},
		"twice": {func(t *testing.T, s *sandbox.Server) {
			end(t, s, redirect(t, s))
			end(t, s, redirect(t, s))
			redirect(t, s)
		}, 2},
		"not replaced": {func(t *testing.T, s *sandbox.Server) { end(t, s, redirect(t, s)) }, 0},
		"opened": {func(t *testing.T, s *sandbox.Server) {
			id := redirect(t, s)
			require.NoError(t, s.Set(id, "opened"))
			v, _ := s.Session(id)
			require.Equal(t, v.Updated, v.Opened)
			end(t, s, id)
			redirect(t, s)
		}, 0},
		"auto-revoked":   {func(t *testing.T, s *sandbox.Server) { redirect(t, s); redirect(t, s) }, 0},
		"the email flow": {func(t *testing.T, s *sandbox.Server) { end(t, s, created(t, s, "MA_1")); created(t, s, "MA_1") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, sandbox.Config{})
			c.story(t, s)
			require.Equal(t, c.want, s.Journal().Verdict().OrphansReplaced)
		})
	}
}

func TestMostMails(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for range 3 {
		created(t, s, "MA_1")
	}
	created(t, s, "MA_2")
	s.Stranger("MA_2")
	require.NoError(t, s.Fail(created(t, s, "MA_3"), ""))
	v := s.Journal().Verdict()
	require.Equal(t, []int{3, 2, 1}, []int{v.MostMails, v.SecondMails, v.Failed})
}

// The link is for tests; the journal over HTTP does not have it.
func TestViewOfLink(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	r := do(t, s, http.MethodPost, "", pageRedirectRequest)
	v, _ := s.Session(field[string](t, r.body, "session_id"))
	require.Equal(t, field[string](t, r.body, "widget_url"), v.Link)
	require.Equal(t, "redirect", v.Flow)
	v, _ = s.Session(created(t, s, "MA_1"))
	require.Contains(t, v.Link, "kst_", "the mail's")
	text, err := json.Marshal(s.Journal())
	require.NoError(t, err)
	require.NotContains(t, string(text), "kst_")
}
