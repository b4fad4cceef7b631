package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func scripted(t *testing.T, texts ...string) sandbox.Faults {
	t.Helper()
	var f sandbox.Faults
	for _, text := range texts {
		script, err := sandbox.ParseScript(text)
		require.NoError(t, err)
		require.Equal(t, text, script.String())
		f.Scripts = append(f.Scripts, script)
	}
	return f
}

// A script is taken line by line by the requests that it is for, whatever accounts they are about.
func TestScript(t *testing.T) {
	s := newServer(t, sandbox.Config{Faults: scripted(t, "create: unauthorized, ok, throttled")})
	for i, status := range []int{401, 201, 429, 201, 201} {
		require.Equal(t, 200, get(t, s, "").status)
		require.Equal(t, status, post(t, s, fmt.Sprintf("MA_%d", i)).status)
	}
	require.NoError(t, s.SetFaults(s.Faults()))
	require.Equal(t, 401, post(t, s, "MA_9").status, "set again, it begins anew")

	require.NoError(t, s.SetFaults(scripted(t, "create MA_A*: unauthorized, unauthorized", "create: throttled")))
	require.Equal(t, 429, post(t, s, "MA_B").status)
	require.Equal(t, 201, post(t, s, "MA_B").status)
	require.Equal(t, 401, post(t, s, "MA_A1").status)
	require.Equal(t, 401, post(t, s, "MA_A2").status)
	require.Equal(t, 201, post(t, s, "MA_A3").status)
}

// A line of a script is for one request, and the rules for the others.
func TestScriptBeforeRules(t *testing.T) {
	f := scripted(t, "*: ok, stale_list, throttled")
	f.Rules = []sandbox.Rule{{Route: "*", Class: sandbox.Unauthorized}}
	s := newServer(t, sandbox.Config{Faults: f})
	require.Equal(t, 201, post(t, s, "MA_1").status, "ok shields from the rules")
	require.Equal(t, 401, post(t, s, "MA_1").status, "stale_list makes no sense here and waits")
	require.Equal(t, 200, get(t, s, "?account_auth_id=MA_1").status)
	require.Equal(t, 429, do(t, s, http.MethodDelete, "/"+unknownID, "").status)
	require.Equal(t, 401, get(t, s, "").status, "used up")
}

func TestScriptRefused(t *testing.T) {
	for _, text := range []string{"", "create", ": ok", "create:", "create: ,", "create: ok,", "create: no_such", "nowhere: ok", "create a b: ok",
		"create: stale_list", "create [: ok"} {
		_, err := sandbox.ParseScript(text)
		require.Error(t, err, text)
	}
	s := newServer(t, sandbox.Config{})
	for _, script := range []sandbox.Script{{}, {Route: "create"}, {Route: "get", Classes: []sandbox.Fault{sandbox.WrongEcho}}, {Classes: []sandbox.Fault{""}}} {
		require.Error(t, s.SetFaults(sandbox.Faults{Scripts: []sandbox.Script{script}}))
	}
}

func TestSkewedDate(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:01.999Z")
	for by, date := range map[time.Duration]string{0: "Tue, 05 May 2026 07:00:01 GMT", -time.Minute: "Tue, 05 May 2026 05:59:01 GMT"} {
		f := scripted(t, "*: skewed_date")
		f.SkewBy = by
		s := newServer(t, sandbox.Config{Now: at(now), Faults: f})
		r := post(t, s, "MA_1")
		require.Equal(t, 201, r.status)
		require.Equal(t, date, r.header.Get("Date"))
		require.Equal(t, "Tue, 05 May 2026 06:00:01 GMT", get(t, s, "").header.Get("Date"))
		require.Equal(t, now.Truncate(time.Microsecond), s.Sessions("MA_1")[0].Created, "only the header is skewed")
		require.Equal(t, 1, s.Journal().Faults[sandbox.SkewedDate])
	}
}
