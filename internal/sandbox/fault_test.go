package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// once is a rule for the n-th request of an account on a route.
func once(route sandbox.Route, class sandbox.Fault, n int) sandbox.Rule {
	return sandbox.Rule{Route: route, Class: class, Nth: []int{n}}
}

// traced sends a request with a deadline and reports what httptrace saw.
func traced(t *testing.T, rt http.RoundTripper, r *http.Request, deadline time.Duration) (reply, []string) {
	t.Helper()
	var seen []string
	saw := func(what string) { seen = append(seen, what) }
	ctx, cancel := context.WithTimeout(r.Context(), deadline)
	defer cancel()
	got := send(rt, r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { saw("get") },
		GotConn:              func(httptrace.GotConnInfo) { saw("got") },
		WroteHeaders:         func() { saw("headers") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { saw("request") },
		GotFirstResponseByte: func() { saw("first byte") },
	})))
	return got, seen
}

var (
	sentOnly = []string{"get", "got", "headers", "request"}
	answered = append(append([]string{}, sentOnly...), "first byte")
)

// Every class that befalls a POST: what the client sees, and whether the session came to be.
func TestFaultsOfCreate(t *testing.T) {
	reset := func(t *testing.T, r reply) { require.ErrorIs(t, r.err, syscall.ECONNRESET) }
	silent := func(t *testing.T, r reply) { require.ErrorIs(t, r.err, context.DeadlineExceeded) }
	serverError := func(t *testing.T, r reply) {
		require.Contains(t, []int{500, 502, 503, 504}, r.status)
		if kind := r.header.Get("Content-Type"); kind == "application/json" {
			require.Equal(t, "HTTPError", field[string](t, r.body, "error"))
			require.Equal(t, r.status, field[int](t, r.body, "status_code"))
		} else {
			require.True(t, r.body == "" || strings.HasPrefix(r.body, "<html>"))
		}
	}
	tooMany := func(t *testing.T, r reply) { require.Equal(t, 429, r.status) }
	for _, c := range []struct {
		class   sandbox.Fault
		effects int
		seen    []string
		looks   func(*testing.T, reply)
	}{
		{sandbox.ConnectRefused, 0, []string{"get"}, func(t *testing.T, r reply) { require.ErrorIs(t, r.err, syscall.ECONNREFUSED) }},
		{sandbox.ResetBefore, 0, sentOnly, reset},
		{sandbox.ResetAfter, 1, sentOnly, reset},
		{sandbox.TimeoutNone, 0, sentOnly, silent},
		{sandbox.TimeoutEarly, 1, sentOnly, silent},
		{sandbox.TimeoutLate, 1, sentOnly, silent},
		{sandbox.Truncated, 1, answered, func(t *testing.T, r reply) {
			require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
			require.Equal(t, 201, r.status)
			require.NotEmpty(t, r.body)
			length, err := strconv.Atoi(r.header.Get("Content-Length"))
			require.NoError(t, err)
			require.Len(t, r.body, length/2)
		}},
		{sandbox.ErrorBefore, 0, answered, serverError},
		{sandbox.ErrorAfter, 1, answered, serverError},
		{sandbox.Empty, 1, answered, func(t *testing.T, r reply) {
			require.Equal(t, 201, r.status)
			require.Empty(t, r.body)
			require.NoError(t, r.err)
		}},
		{sandbox.HTML, 1, answered, func(t *testing.T, r reply) {
			require.Contains(t, []int{200, 201}, r.status)
			require.Equal(t, "text/html", r.header.Get("Content-Type"))
			require.True(t, strings.HasPrefix(r.body, "<html>"))
		}},
		{sandbox.WrongEcho, 1, answered, func(t *testing.T, r reply) {
			require.Equal(t, 201, r.status)
			require.NotEqual(t, "MA_1", field[string](t, r.body, "account_auth_id"))
		}},
		{sandbox.UnknownStatus, 1, answered, func(t *testing.T, r reply) {
			require.Equal(t, 201, r.status)
			require.NotEqual(t, "email_sent", field[string](t, r.body, "status"))
		}},
		{sandbox.Throttled, 0, answered, func(t *testing.T, r reply) {
			tooMany(t, r)
			require.Contains(t, []string{"1", "2", "3"}, r.header.Get("Retry-After"))
			require.Equal(t, `{"error":"HTTPError","message":"Too many requests","status_code":429}`, r.body)
		}},
		{sandbox.ThrottledBare, 0, answered, func(t *testing.T, r reply) {
			tooMany(t, r)
			require.NotContains(t, r.header, "Retry-After")
		}},
		{sandbox.Unauthorized, 0, answered, func(t *testing.T, r reply) { require.Equal(t, 401, r.status) }},
	} {
		t.Run(string(c.class), func(t *testing.T) {
			for seed := range uint64(12) { // the details are drawn
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Faults{Rules: []sandbox.Rule{once("create", c.class, 1)}}})
					r, seen := traced(t, s.Transport(), request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_1", 1)), 30*time.Second)
					require.Equal(t, c.seen, seen)
					c.looks(t, r)
					j := s.Journal()
					require.Len(t, j.Sessions, c.effects)
					require.Equal(t, map[sandbox.Fault]int{c.class: 1}, j.Faults)
					arrived := 1
					if c.class == sandbox.ConnectRefused {
						arrived = 0
					}
					require.Equal(t, arrived, j.Total(sandbox.RouteCreate))
					status := r.status
					require.Equal(t, arrived, j.Requests["create"][status], "by status; 0 for no answer")

					created(t, s, "MA_1") // the rule is over
				})
			}
		})
	}
}

// The same classes leave no trace of their own on the other routes.
func TestFaultsOfOtherRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		for _, c := range []struct {
			route        sandbox.Route
			method, path string
			happened     func(sandbox.View) bool
		}{
			{"resend", http.MethodPost, "/resend", func(v sandbox.View) bool { return v.Resends == 1 }},
			{"revoke", http.MethodDelete, "", func(v sandbox.View) bool { return v.Status == "revoked" }},
		} {
			for class, effect := range map[sandbox.Fault]bool{
				sandbox.ResetBefore: false, sandbox.ResetAfter: true, sandbox.ErrorBefore: false, sandbox.ErrorAfter: true,
				sandbox.TimeoutNone: false, sandbox.TimeoutEarly: true, sandbox.TimeoutLate: true, sandbox.Throttled: false,
				sandbox.Unauthorized: false, sandbox.Empty: true, sandbox.HTML: true, sandbox.Truncated: true,
			} {
				id := created(t, s, "MA_1")
				time.Sleep(30 * time.Minute)
				require.NoError(t, s.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: c.route, Class: class}}}))
				traced(t, s.Transport(), request(t, c.method, base+"/"+id+c.path, ""), 10*time.Second)
				v, _ := s.Session(id)
				require.Equal(t, effect, c.happened(v), "%s %s", c.route, class)
			}
			require.NoError(t, s.SetFaults(sandbox.Faults{}))
		}
	})
}

func TestStaleList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Faults: sandbox.Faults{
			StaleBy: 5 * time.Second, Rules: []sandbox.Rule{{Route: "*", Class: sandbox.StaleList}},
		}})
		old := created(t, s, "MA_1")
		time.Sleep(5 * time.Second)
		id := created(t, s, "MA_1")
		require.Equal(t, []string{old}, ids(t, get(t, s, "?account_auth_id=MA_1").body))
		require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+old).body, "status"))
		require.Equal(t, 404, get(t, s, "/"+id).status)
		require.Equal(t, 3, s.Journal().Faults[sandbox.StaleList])
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{id, old}, ids(t, get(t, s, "?account_auth_id=MA_1").body))
		require.Equal(t, 3, s.Journal().Faults[sandbox.StaleList], "nothing was stale any more")
	})
}

func TestShiftedPage(t *testing.T) {
	s := withRule(t, sandbox.Rule{Route: "list", Class: sandbox.ShiftedPage})
	made := many(t, s, 5) // listed 4 3 2 1 0
	require.Equal(t, []string{made[4], made[3]}, ids(t, get(t, s, "?size=2").body))
	body := get(t, s, "?size=2&page=2").body
	require.Equal(t, []string{made[3], made[1]}, ids(t, body), "one is repeated, one is missing")
	require.Equal(t, 5, field[int](t, body, "total"))
	require.Equal(t, 1, s.Journal().Faults[sandbox.ShiftedPage], "the first page has none before it")
}

func TestLyingSize(t *testing.T) {
	s := withRule(t, sandbox.Rule{Route: "list", Class: sandbox.LyingSize})
	many(t, s, 9)
	body := get(t, s, "?size=8").body
	require.Len(t, ids(t, body), 4)
	require.Equal(t, 9, field[int](t, body, "size"))
	require.Equal(t, 9, field[int](t, body, "total"))
}

func TestLyingTotal(t *testing.T) {
	totals := map[int]bool{}
	for seed := range uint64(20) {
		s := newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Faults{Rules: []sandbox.Rule{{Route: "list", Class: sandbox.LyingTotal}}}})
		many(t, s, 3)
		body := get(t, s, "").body
		require.Len(t, ids(t, body), 3)
		totals[field[int](t, body, "total")] = true
		// One too few must not hide a page.
		require.NotEqual(t, 2, field[int](t, get(t, s, "?size=2").body, "total"))
	}
	require.Equal(t, map[int]bool{2: true, 4: true}, totals)
}

func TestFilterIgnored(t *testing.T) {
	s := withRule(t, once("list", sandbox.FilterIgnored, 1))
	made := many(t, s, 3)
	require.Len(t, ids(t, get(t, s, "?account_auth_id=MA_0001").body), 3)
	require.Equal(t, made[1:2], ids(t, get(t, s, "?account_auth_id=MA_0001").body))
}

func TestMetadataTrimmed(t *testing.T) {
	const tagged = `{"account_auth_id":"MA_1","customer_email":"a@example.com","metadata":{"kycbatch":"1:abc:1.1","plan":"x"}}`
	s := withRule(t, sandbox.Rule{Route: "*", Class: sandbox.MetadataTrimmed, Nth: []int{1}})
	id := field[string](t, do(t, s, http.MethodPost, "", tagged).body, "session_id")
	for range 2 {
		require.Contains(t, get(t, s, "/"+id).body, `"metadata":null`, "lost for good when it was trimmed at creation")
	}
	v, _ := s.Session(id)
	require.Equal(t, "1:abc:1.1", v.Tag, "the journal knows what was sent")
	require.Equal(t, 1, s.Journal().Faults[sandbox.MetadataTrimmed], "nothing was left to trim for GET")

	id = field[string](t, do(t, s, http.MethodPost, "", tagged).body, "session_id")
	require.Contains(t, get(t, s, "?account_auth_id=MA_1").body, `"metadata":null`)
	require.Contains(t, get(t, s, "?account_auth_id=MA_1").body, `"metadata":{"kycbatch":"1:abc:1.1","plan":"x"}`)
	require.Contains(t, get(t, s, "/"+id).body, `"kycbatch"`)
}

func TestUnknownStatus(t *testing.T) {
	s := withRule(t, sandbox.Rule{Route: "*", Class: sandbox.UnknownStatus, From: 2, To: 2})
	created(t, s, "MA_1")
	id := field[string](t, post(t, s, "MA_1").body, "session_id")
	known := []string{"email_sent", "revoked"}
	for i, path := range []string{"/" + id, "/" + id, "/" + id} {
		status := field[string](t, get(t, s, path).body, "status")
		require.Equal(t, i == 1, status != "email_sent")
	}
	for i := range 3 {
		list := field[[]map[string]any](t, get(t, s, "?account_auth_id=MA_1").body, "sessions")
		require.Len(t, list, 2)
		if i == 1 {
			require.NotContains(t, known, list[0]["status"])
		} else {
			require.Equal(t, known[0], list[0]["status"])
		}
		require.Equal(t, known[1], list[1]["status"])
	}
}

func TestNotFoundOnce(t *testing.T) {
	s := withRule(t, sandbox.Rule{Route: "*", Class: sandbox.NotFoundOnce})
	id := created(t, s, "MA_1")
	require.Equal(t, 404, get(t, s, "/"+id).status)
	require.Equal(t, 200, get(t, s, "/"+id).status)
	require.Len(t, ids(t, get(t, s, "?account_auth_id=MA_1").body), 1, "once for each session, by whichever route")

	second := created(t, s, "MA_2")
	require.Equal(t, `{"sessions":[],"total":0,"page":1,"size":20}`, get(t, s, "?account_auth_id=MA_2").body)
	require.Equal(t, []string{second}, ids(t, get(t, s, "?account_auth_id=MA_2").body))
	require.Len(t, ids(t, get(t, s, "").body), 2)
	require.Equal(t, 2, s.Journal().Faults[sandbox.NotFoundOnce])
}

func TestStrangersAsFaults(t *testing.T) {
	s := withRule(t, once("list", sandbox.StrangerBefore, 1))
	require.Len(t, ids(t, get(t, s, "?account_auth_id=MA_1").body), 1)
	require.Empty(t, s.Sessions(""))
	get(t, s, "")
	require.Equal(t, 1, s.Journal().Verdict().ByStranger, "a list of everybody lets nobody in")
	require.Equal(t, 1, s.Journal().Faults[sandbox.StrangerBefore])

	s = withRule(t, once("list", sandbox.StrangerAfter, 1))
	require.Empty(t, ids(t, get(t, s, "?account_auth_id=MA_1").body))
	require.Len(t, ids(t, get(t, s, "?account_auth_id=MA_1").body), 1)

	s = withRule(t, once("create", sandbox.StrangerAfter, 1))
	id := created(t, s, "MA_1")
	v, _ := s.Session(id)
	require.Equal(t, sandbox.RevokeByStranger, v.Revoke)
	require.Equal(t, 1, s.Journal().Verdict().ByStranger)
}

func TestRuleConditions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		hits := func(account string, n int) (got []int) {
			for i := 1; i <= n; i++ {
				if post(t, s, account).status == 401 {
					got = append(got, i)
				}
			}
			return got
		}
		set := func(r sandbox.Rule) {
			r.Route, r.Class = "create", sandbox.Unauthorized
			require.NoError(t, s.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{r}}))
		}
		set(sandbox.Rule{Nth: []int{2, 5}})
		require.Equal(t, []int{2, 5}, hits("MA_A", 6))
		set(sandbox.Rule{From: 2, To: 4})
		require.Equal(t, []int{2, 3, 4}, hits("MA_B", 6))
		require.Empty(t, hits("MA_A", 3), "requests go on being counted when the faults change")
		set(sandbox.Rule{From: 5})
		require.Equal(t, []int{5, 6}, hits("MA_C", 6))
		set(sandbox.Rule{Account: "MA_D"})
		require.Equal(t, []int{1, 2}, hits("MA_D", 2))
		require.Empty(t, hits("MA_DD", 2))
		set(sandbox.Rule{Account: "MA_?D*"})
		require.Equal(t, []int{1, 2}, hits("MA_DD", 2))
		require.Empty(t, hits("MA_D", 2))
		set(sandbox.Rule{Until: time.Minute})
		require.Equal(t, []int{1}, hits("MA_E", 1))
		time.Sleep(time.Minute)
		require.Empty(t, hits("MA_E", 1))
	})
}

func TestFirstRuleWins(t *testing.T) {
	s := newServer(t, sandbox.Config{Faults: sandbox.Faults{Rules: []sandbox.Rule{
		{Route: "list", Class: sandbox.Unauthorized}, {Route: "create", Class: sandbox.Throttled}, {Route: "*", Class: sandbox.Empty},
	}}})
	require.Equal(t, 429, post(t, s, "MA_1").status)
	require.Equal(t, 401, get(t, s, "").status)
	r := get(t, s, "/"+unknownID)
	require.Equal(t, 404, r.status)
	require.Empty(t, r.body)
}

// Law: a storm of p makes p of all creates and lists faulty, each class as often as the others.
func TestStormIsEven(t *testing.T) {
	const p, n = 0.3, 20000
	require.Empty(t, sandbox.Storm(0).Rules)
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Seed: 3, Faults: sandbox.Storm(p), MaxPageSize: 1})
		for i := range n {
			r := request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_"+strconv.Itoa(i), 1))
			traced(t, s.Transport(), r, time.Second)
		}
		faults := s.Journal().Faults
		require.Len(t, faults, 14)
		sum := 0
		for class, k := range faults {
			sum += k
			require.InDelta(t, n*p/14, k, 100, class) // five standard deviations
		}
		require.InDelta(t, n*p, sum, 330)
	})
}

func TestStormOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(50) {
			s := newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Storm(1)})
			traced(t, s.Transport(), request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_1", 1)), time.Second)
			sum := 0
			for _, k := range s.Journal().Faults {
				sum += k
			}
			require.Equal(t, 1, sum)
		}
	})
}

func TestClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Latency: 10 * time.Second})
		r := request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_1", 1))

		gone, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, send(s.Transport(), r.WithContext(gone)).err, context.Canceled)
		require.Zero(t, s.Journal().Total("*"), "a request that had ended already is not sent")

		cause := errors.New("second thoughts")
		ctx, leave := context.WithCancelCause(t.Context())
		time.AfterFunc(4*time.Second, func() { leave(cause) })
		start := time.Now()
		require.ErrorIs(t, send(s.Transport(), request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_1", 1)).WithContext(ctx)).err, cause)
		require.Equal(t, 4*time.Second, time.Since(start))
		require.Len(t, s.Sessions("MA_1"), 1, "it was on its way")

		start = time.Now()
		require.Equal(t, 201, post(t, s, "MA_1").status)
		require.Equal(t, 10*time.Second, time.Since(start))
	})
}

// A silent request without a deadline ends some time, and at once when the server is closed.
func TestSilenceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withRule(t, sandbox.Rule{Route: "*", Class: sandbox.TimeoutNone})
		require.ErrorIs(t, post(t, s, "MA_1").err, syscall.ECONNRESET)
		start := time.Now()
		time.AfterFunc(time.Second, func() { require.NoError(t, s.Close()) })
		require.ErrorIs(t, post(t, s, "MA_1").err, syscall.ECONNRESET)
		require.Equal(t, time.Second, time.Since(start))
		require.ErrorIs(t, post(t, s, "MA_1").err, syscall.ECONNREFUSED, "nobody listens after Close")
	})
}
