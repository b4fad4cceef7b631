package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// control sends a request to one of the paths beside the API, without credentials.
func control(t *testing.T, s *sandbox.Server, method, path, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox.test"+path, strings.NewReader(body))
	require.NoError(t, err)
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "application/json")
	}
	return send(s.Transport(), r)
}

// put is a change that must succeed: it is answered as the GET after it.
func put(t *testing.T, s *sandbox.Server, path, body string) string {
	t.Helper()
	r := control(t, s, http.MethodPut, path, body)
	require.Equal(t, 200, r.status, r.body)
	require.Equal(t, control(t, s, http.MethodGet, path, "").body, r.body)
	return r.body
}

func TestFaultsAtRunTime(t *testing.T) {
	s := newServer(t, sandbox.Config{Seed: 7})
	require.Equal(t, `{"rules":[]}`, control(t, s, http.MethodGet, "/faults", "").body)
	const all = `{"rules":[{"route":"create","class":"throttled","probability":0.5,"from":1,"to":9,"nth":[1,2],"account":"MA_9*","until":"1m30s"},` +
		`{"route":"list","class":"unauthorized"}],"scripts":["create MA_1: ok, error_before"],"late_by":"5s","stale_by":"1s","skew_by":"-2m0s"}`
	require.Equal(t, all, put(t, s, "/faults", all), "what was put is what is there")
	require.Equal(t, sandbox.Faults{
		Rules: []sandbox.Rule{
			{Route: "create", Class: sandbox.Throttled, P: 0.5, From: 1, To: 9, Nth: []int{1, 2}, Account: "MA_9*", Until: 90 * time.Second},
			{Route: "list", Class: sandbox.Unauthorized},
		},
		Scripts: []sandbox.Script{{Route: "create", Account: "MA_1", Classes: []sandbox.Fault{"", sandbox.ErrorBefore}}},
		LateBy:  5 * time.Second, StaleBy: time.Second, SkewBy: -2 * time.Minute,
	}, s.Faults())
	require.Equal(t, 401, get(t, s, "").status)
	require.Equal(t, 201, post(t, s, "MA_1").status)
	require.GreaterOrEqual(t, post(t, s, "MA_1").status, 500)

	put(t, s, "/faults", `{"storm":0.3}`)
	require.Equal(t, sandbox.Storm(0.3), s.Faults())
	put(t, s, "/faults", `{}`)
	require.Equal(t, 200, get(t, s, "").status)
	require.Zero(t, s.Journal().Requests["other"], "none of this is a request to the API")
}

func TestReadingsAtRunTime(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{OldestFirst: true}})
	body := control(t, s, http.MethodGet, "/readings", "").body
	require.Equal(t, "true", field[string](t, body, "oldest-first"))
	require.Len(t, texts(t, body), len(sandbox.ReadingChoices()))
	body = put(t, s, "/readings", `{"forbidden":"true","expired":"word"}`)
	require.Equal(t, "word", field[string](t, body, "expired"))
	require.Equal(t, sandbox.Readings{Forbidden: true, Expired: sandbox.ExpiredWord}, s.Readings(), "the others are at their first reading")
	require.Equal(t, body, put(t, s, "/readings", body))
}

// texts reads an object of texts.
func texts(t *testing.T, body string) map[string]string {
	return field[map[string]string](t, `{"all":`+body+`}`, "all")
}

func TestClockAtRunTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		v := reminded(t, s, "MA_1", 13)
		require.Equal(t, `{"now":"2000-01-01T00:00:00Z","speed":1}`, control(t, s, http.MethodGet, "/clock", "").body)
		require.Equal(t, `{"now":"2000-01-04T00:00:00Z","speed":600}`, put(t, s, "/clock", `{"speed":600,"advance":"72h"}`))
		require.Equal(t, 1, reminders(s, v.ID), "what fell due has happened when it answers")
		time.Sleep(6 * time.Second)
		require.Equal(t, `{"now":"2000-01-04T01:00:00Z","speed":0}`, put(t, s, "/clock", `{"speed":0}`))
		require.Equal(t, `{"now":"2000-01-05T00:00:00Z","speed":0}`, put(t, s, "/clock", `{"now":"2000-01-05T00:00:00Z"}`))
	})
}

// What is refused changes nothing.
func TestControlRefused(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{OldestFirst: true}, Faults: sandbox.Faults{LateBy: time.Minute}, Clock: clockOf(t, 0)})
	now := s.Journal().At
	for path, bodies := range map[string][]string{
		"/faults": {``, `[]`, `{} {}`, `{"rule":[]}`, `{"rules":[{"route":"create"}]}`, `{"rules":[{"route":"create","class":"empty","until":90}]}`,
			`{"rules":[{"route":"create","class":"empty","p":1}]}`, `{"scripts":["create"]}`, `{"scripts":["create: no_such"]}`, `{"storm":2}`, `{"late_by":"-1s"}`},
		"/readings": {`{"oldest-first":true}`, `{"oldest-first":"yes"}`, `{"no-such":"true"}`, `{"expired":"word","no-such":"true"}`, `null null`},
		"/clock": {`{"advance":"-1s"}`, `{"now":"2000-01-01T00:00:00Z"}`, `{"speed":-1,"advance":"1h"}`, `{"speed":100000,"advance":"1h"}`,
			`{"now":"2100-01-01T00:00:00Z","advance":"1h"}`, `{"advance":"soon"}`, `{"time":1}`},
	} {
		for _, body := range bodies {
			r := control(t, s, http.MethodPut, path, body)
			require.Equal(t, 400, r.status, body)
			require.Equal(t, 400, field[int](t, r.body, "status_code"))
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://sandbox.test"+path, strings.NewReader("{}"))
		require.NoError(t, err)
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
			r.Header.Set("Content-Type", kind)
			require.Equal(t, 415, send(s.Transport(), r).status, "a form of some web page is no change")
		}
		for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodOptions} {
			require.Equal(t, 405, control(t, s, method, path, "{}").status)
		}
	}
	require.Equal(t, 405, control(t, s, http.MethodPut, "/journal", "{}").status)
	require.Equal(t, sandbox.Readings{OldestFirst: true}, s.Readings())
	require.Equal(t, sandbox.Faults{LateBy: time.Minute}, s.Faults())
	require.Equal(t, now, s.Journal().At)
	other := newServer(t, sandbox.Config{Now: time.Now})
	require.Equal(t, 400, control(t, other, http.MethodPut, "/clock", `{"advance":"1h"}`).status, "somebody else's clock")
}

// Over real connections the paths beside the API are for this machine's name alone.
func TestControlHost(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	address, client, end := process(t, s)
	for _, path := range []string{"/journal", "/journal/verdict", "/faults", "/readings", "/clock"} {
		for host, status := range map[string]int{
			"": 200, "localhost:1234": 200, "127.0.0.1": 200, "[::1]:80": 200,
			"evil.example": 421, "evil.example:8787": 421, "127.0.0.1.evil.example": 421, "192.0.2.1": 421,
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
			require.NoError(t, err)
			r.Host = host
			require.Equal(t, status, send(client, r).status, "%s at %s", path, host)
		}
	}
	require.NoError(t, end())
}

func TestVerdictEndpoint(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	created(t, s, "MA_1")
	created(t, s, "MA_1")
	body := control(t, s, http.MethodGet, "/journal/verdict", "").body
	require.Equal(t, []int{1, 1, 2}, []int{field[int](t, body, "accidents"), field[int](t, body, "second_mails"), field[int](t, body, "most_mails")})
}
