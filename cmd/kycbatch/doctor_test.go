package main

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// findings are what doctor -o json printed.
type findings []finding

func doctored(t *testing.T, r ran) findings {
	t.Helper()
	var v struct {
		Schema   string
		Checks   findings
		ExitCode int `json:"exit_code"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &v), r.talked)
	require.Equal(t, "kycbatch/doctor/1", v.Schema)
	require.Equal(t, r.code, v.ExitCode)
	for _, f := range v.Checks {
		require.NotEmpty(t, f.Found)
		require.Equal(t, f.State == stateOK, f.Advice == "", "advice where something is to do, and only there: %v", f)
	}
	return v.Checks
}

// of is the worst finding of a check.
func (all findings) of(t *testing.T, check string) finding {
	t.Helper()
	var found []finding
	for _, f := range all {
		if f.Check == check {
			found = append(found, f)
		}
	}
	require.NotEmpty(t, found, check)
	for _, f := range found {
		if f.State == worst(found) {
			return f
		}
	}
	return finding{}
}

// A sound partner on a sound machine: no problem, no mail, nothing made, and two requests that change nothing.
func TestDoctor(t *testing.T) {
	s := newStage(t)
	api := s.api(sandbox.Config{})
	got := s.run("doctor", "-o", "json")
	require.Equal(t, exitDone, got.code, got.out)
	found := doctored(t, got)
	for _, check := range []string{"configuration", "webhook", "data directory", "disk space", "credentials", "ledger", "api", "clock", "profile"} {
		require.Equal(t, stateOK, found.of(t, check).State, found.of(t, check))
	}
	require.Contains(t, found.of(t, "ledger").Found, "none yet")
	require.Equal(t, "from VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN", found.of(t, "credentials").Found)
	require.NotContains(t, got.out+got.talked, "planted")
	require.NoDirExists(t, s.env["KYCBATCH_DATA_DIR"])
	journal := api.Journal()
	require.Equal(t, 1, journal.Total(sandbox.RouteList))
	require.Equal(t, 2, journal.Total(sandbox.AnyRoute))

	require.Equal(t, exitDone, s.run("create", s.file("a.csv", rows(3))).code)
	require.NoError(t, os.Chmod(s.file("id", "PA_TEST"), 0o600))
	found = doctored(t, s.run("doctor", "-o", "json", "--auth-id-file", filepath.Join(s.dir, "id")))
	require.Contains(t, found.of(t, "api").Found, "lists 3 sessions")
	require.Equal(t, "sound, with 1 campaign", found.of(t, "ledger").Found)
	require.Equal(t, "free", found.of(t, "lock").Found)
	require.Equal(t, "from "+filepath.Join(s.dir, "id")+" and VOBIZ_AUTH_TOKEN", found.of(t, "credentials").Found)

	journal = api.Journal()
	got = s.run("doctor", "--offline")
	require.Equal(t, exitDone, got.code)
	require.Regexp(t, `(?m)^ok +ledger +sound, with 1 campaign$`, got.out)
	require.NotContains(t, got.out, "api ")
	require.Equal(t, journal.Requests, api.Journal().Requests)
}

// The API's Date, an hour or some seconds away.
func TestDoctorSeesASkewedClock(t *testing.T) {
	for skew, state := range map[time.Duration]string{time.Hour: stateProblem, -time.Minute: stateWarning, 3 * time.Second: stateOK} {
		s := newStage(t)
		s.api(sandbox.Config{SkewDate: skew})
		got := s.run("doctor", "-o", "json")
		f := doctored(t, got).of(t, "clock")
		require.Equal(t, state, f.State, f)
		require.Equal(t, map[bool]int{true: exitUsage, false: exitDone}[state == stateProblem], got.code)
		if skew > time.Minute {
			require.Contains(t, f.Found, "behind the API's")
		} else if skew < 0 {
			require.Contains(t, f.Found, "ahead of the API's")
		}
	}
}

// Whatever the clocks and the ways to and fro are: what is told of the clock is true, and a clock that is further off than
// can be doubted is told of.
func TestClockLaw(t *testing.T) {
	states := map[string]int{}
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 1))
		within := func(d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
		before := time.Unix(1_800_000_000, 0).Add(within(time.Hour))
		there, back := within(3*time.Second), within(3*time.Second)
		ahead, behind := within(time.Second<<r.IntN(11)), within(time.Second<<r.IntN(11))
		off := ahead - behind // of the API's clock, seen from here
		date := before.Add(there).Add(off).Truncate(time.Second)
		f := examineClock(before, before.Add(there+back), date)
		states[f.State]++
		switch f.State {
		case stateProblem:
			require.GreaterOrEqual(t, off.Abs(), clockWrong, seed)
		case stateWarning:
			require.GreaterOrEqual(t, off.Abs(), clockDoubtful, seed)
		}
		if f.State != stateOK {
			require.Equal(t, off < 0, strings.Contains(f.Found, "ahead of"), seed)
		}
		if off.Abs() >= clockDoubtful+there+back+time.Second {
			require.NotEqual(t, stateOK, f.State, seed)
		}
		if off.Abs() >= clockWrong+there+back+time.Second {
			require.Equal(t, stateProblem, f.State, seed)
		}
	}
	require.Len(t, states, 3, "each was met")
	require.Equal(t, stateWarning, examineClock(time.Now(), time.Now(), time.Time{}).State)
}

// GET /me is not on the API's page: only what it says of credentials counts.
func TestDoctorReadsTheProfile(t *testing.T) {
	for status, state := range map[int]string{200: stateOK, 404: stateOK, 500: stateOK, 401: stateWarning, 403: stateWarning} {
		s := newStage(t)
		world := s.api(sandbox.Config{})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/me") {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`{"auth_id":"PA_TEST"}`))
				return
			}
			world.ServeHTTP(w, r)
		}))
		defer web.Close()
		s.env["KYCBATCH_API_URL"] = web.URL + partnerPath
		got := s.run("doctor", "-o", "json")
		require.Equal(t, exitDone, got.code)
		f := doctored(t, got).of(t, "profile")
		require.Equal(t, state, f.State, "%d: %v", status, f)
	}
}

// What each answer of the API means to a run is what the doctor ends with.
func TestDoctorEndsAsARunWould(t *testing.T) {
	for status, want := range map[int]int{401: exitCredentials, 403: exitCredentials, 404: exitAgain, 500: exitAgain, 302: exitAgain} {
		s := newStage(t)
		s.api(sandbox.Config{})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		defer web.Close()
		s.env["KYCBATCH_API_URL"] = web.URL
		got := s.run("doctor", "-o", "json")
		require.Equal(t, want, got.code, status)
		found := doctored(t, got)
		require.Equal(t, stateProblem, found.of(t, "api").State)
		require.Equal(t, stateOK, found.of(t, "clock").State, "a refusal has a Date too")
	}
	s := newStage(t)
	s.api(sandbox.Config{})
	s.env["KYCBATCH_API_URL"] = "http://127.0.0.1:1"
	require.Equal(t, exitAgain, s.run("doctor").code)
	s.env["KYCBATCH_API_URL"] = "http://kyc.invalid"
	require.Equal(t, exitUsage, s.run("doctor").code, "not https")
	s.env["KYCBATCH_SANDBOX"] = "true"
	require.Equal(t, exitDone, s.run("doctor").code)
}

func TestDoctorIsInterrupted(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{})
	p := bare(outside{lookup: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok }})
	root := newRoot(p)
	cmd, err := commandNamed(root, []string{"doctor"})
	require.NoError(t, err)
	require.NoError(t, cmd.ParseFlags(nil))
	require.NoError(t, p.prepare(cmd))
	o := doctorOptions{pace: pace{workers: 1, timeout: time.Second}}
	require.NoError(t, o.pace.check(false))
	for _, o.offline = range []bool{false, true} {
		_, err = p.doctor(canceled(), cmd, o)
		require.Equal(t, exitInterrupted, codeOf(err))
	}
}

func TestDisk(t *testing.T) {
	for _, c := range []struct {
		at          fileSystem
		kind, space string
	}{
		{fileSystem{}, stateWarning, ""},
		{fileSystem{known: true, name: "ext4", free: 2 << 30}, stateOK, stateOK},
		{fileSystem{known: true, name: "ext4", free: spaceDoubtful - 1}, stateOK, stateWarning},
		{fileSystem{known: true, name: "ext4", free: spaceWrong - 1}, stateOK, stateProblem},
		{fileSystem{known: true, name: "NFS", network: true, free: 2 << 30}, stateProblem, stateOK},
		{fileSystem{known: true, name: "tmpfs", volatile: true, free: 1 << 62}, stateWarning, stateOK},
		{fileSystem{known: true, free: 2 << 30}, stateWarning, stateOK},
	} {
		found := findings(examineDisk(c.at))
		require.Equal(t, c.kind, found.of(t, "file system").State, c)
		if c.space != "" {
			require.Equal(t, c.space, found.of(t, "disk space").State, c)
		}
	}
	require.Equal(t, exitAgain, codeOfFindings(examineDisk(fileSystem{known: true, name: "ext4"})), "as a run on a full disk")
	require.Equal(t, exitUsage, codeOfFindings(examineDisk(fileSystem{known: true, name: "NFS", network: true, free: 2 << 30})))
}

// What the data directory is and what is in it, by its modes and owners.
func TestDataDirectory(t *testing.T) {
	state := func(dir, check string) string { return findings(examineDir(dir)).of(t, check).State }
	dir := filepath.Join(t.TempDir(), "data")
	require.Equal(t, stateOK, state(dir, "data directory"), "not there yet")
	require.Equal(t, stateOK, state(filepath.Join(dir, "in", "it"), "data directory"))
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.Equal(t, stateOK, state(dir, "data directory"))
	require.Equal(t, stateOK, state(dir, "files"))
	file := filepath.Join(dir, "ledger.db")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Equal(t, stateOK, state(dir, "files"))
	require.NoError(t, os.Chmod(file, 0o640))
	require.Equal(t, stateWarning, state(dir, "files"))
	require.NoError(t, os.Chmod(dir, 0o710))
	require.Equal(t, stateWarning, state(dir, "data directory"))
	require.Equal(t, stateProblem, state(file, "data directory"), "no folder")
	require.Equal(t, stateProblem, state(filepath.Join(file, "below"), "data directory"))
	if err := os.Chown(dir, os.Geteuid()+1000, -1); err != nil {
		t.Skipf("the rest needs a folder of another user, and only root can make one: %v", err)
	}
	require.Contains(t, findings(examineDir(dir)).of(t, "data directory").Found, "belongs to another user")
	require.NoError(t, os.Chown(file, os.Geteuid()+1000, -1))
	require.Contains(t, findings(examineDir(dir)).of(t, "files").Found, "belongs to another user")
}

func TestZones(t *testing.T) {
	require.Equal(t, stateOK, examineZones(func(string) (*time.Location, error) { return time.UTC, nil }).State)
	f := examineZones(func(name string) (*time.Location, error) { return nil, errors.New("unknown time zone " + name) })
	require.Equal(t, stateWarning, f.State)
	require.Contains(t, f.Found, "Asia/Kolkata")
}

// The webhook is that of create, wherever it was set, and it is judged by its looks.
func TestWebhook(t *testing.T) {
	for address, want := range map[string]string{
		"":                                    stateOK,
		"https://hooks.example.com/kyc":       stateOK,
		"https://203.0.113.9/kyc":             stateOK,
		"https://[2001:db8::1]/kyc":           stateOK,
		"http://hooks.example.com/kyc":        stateProblem,
		"https://u:planted@hooks.example.com": stateProblem,
		"hooks.example.com":                   stateProblem,
		"https://localhost/kyc":               stateWarning,
		"https://hooks/kyc":                   stateWarning,
		"https://hooks.internal/kyc":          stateWarning,
		"https://hooks.LOCAL./kyc":            stateWarning,
		"https://10.1.2.3/kyc":                stateWarning,
		"https://[::ffff:192.168.1.1]/kyc":    stateWarning,
		"https://127.0.0.1:8443/kyc":          stateWarning,
		"https://[fe80::1]/kyc":               stateWarning,
	} {
		s := newStage(t)
		s.env["KYCBATCH_CREATE_WEBHOOK_URL"] = address
		got := s.run("doctor", "--sandbox", "--offline", "-o", "json")
		require.Equal(t, want, doctored(t, got).of(t, "webhook").State, address)
		require.Equal(t, map[bool]int{true: exitUsage, false: exitDone}[want == stateProblem], got.code, address)
		require.NotContains(t, got.out, "planted")
	}
}
