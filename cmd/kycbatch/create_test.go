package main

import (
	"bytes"
	"encoding/csv"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// The story of a campaign: a limit, the rest, the same file again, status, audit, backup. Virtual time.
func TestCampaign(t *testing.T) {
	s := newStage(t)
	file := s.file("spring.csv", rows(7)+"MA_NONE1,ghost@example.com,gold\nMA_BAD,nobody,gold\n")
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, env: s.env, dir: s.dir}
		first := s.run("create", "--sandbox", file, "--limit", "3", "--expect", "3")
		require.Equal(t, exitMend, first.code, first.talked)
		require.Contains(t, first.out, "Campaign spring: 9 rows")
		require.Regexp(t, `(?m)^  created +3 `, first.out)
		require.Regexp(t, `(?m)^  pending +5 `, first.out)
		require.Contains(t, first.out, "go on: kycbatch create --campaign spring --sandbox\n")
		require.Contains(t, first.talked, "no mail leaves this machine")
		require.Regexp(t, `(?m)^  pending +5 `, s.run("audit", "--sandbox", "--all").out, "an audit creates nothing")

		rest := s.run("create", "--sandbox", "-o", "json").decoded(t)
		require.Equal(t, "kycbatch/summary/1", rest["schema"])
		require.Equal(t, "spring", rest["campaign"])
		require.Equal(t, 9.0, rest["rows"])
		require.Equal(t, float64(exitMend), rest["exit_code"])
		require.Equal(t, []any{}, rest["incidents"])
		require.Positive(t, rest["requests"])
		require.Positive(t, rest["seconds"])
		require.NotContains(t, rest, "halt")
		require.Equal(t, map[string]any{
			"created": 4.0, "adopted": 0.0, "already": 3.0, "skipped": 0.0, "conflict": 0.0, "refused": 1.0, "invalid": 1.0,
			"in_doubt": 0.0, "undecided": 0.0, "pending": 0.0,
		}, rest["counts"])

		world := filepath.Join(s.env["KYCBATCH_DATA_DIR"]+sandboxSuffix, sandboxWorld)
		before, err := os.ReadFile(world)
		require.NoError(t, err)
		again := s.run("create", "--sandbox", file, "-o", "json").decoded(t)
		require.Equal(t, 0.0, again["requests"])
		after, err := os.ReadFile(world)
		require.NoError(t, err)
		require.Equal(t, before, after)

		status := s.run("status", "--sandbox", "-o", "json").decoded(t)
		require.Equal(t, "kycbatch/status/1", status["schema"])
		entry := status["campaigns"].([]any)[0].(map[string]any)
		require.Equal(t, "spring.csv", entry["source"])
		require.Equal(t, 9.0, entry["rows"])
		require.Equal(t, 7.0, entry["counts"].(map[string]any)["already"])
		require.Equal(t, 0.0, entry["unaudited"])
		require.Regexp(t, `(?m)^campaign +rows +created +refused +invalid +pending +not audited +incidents +taken in$\n^spring +9 +7 +1 +1 +0 +0 +0 `,
			s.run("status", "--sandbox").out)

		audit := s.run("audit", "--sandbox", "--all", "-o", "json")
		require.Equal(t, exitMend, audit.code)
		require.Positive(t, audit.decoded(t)["requests"])
		after, err = os.ReadFile(world)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
	require.Equal(t, exitDone, s.run("backup", "--sandbox", filepath.Join(s.dir, "copy.db")).code)
	require.Equal(t, exitUsage, s.run("backup", "--sandbox", filepath.Join(s.dir, "copy.db")).code, "a file is there")
	made := s.run("backup", "--sandbox")
	info, err := os.Stat(strings.TrimSpace(made.out))
	require.NoError(t, err, made.talked)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// rejected.csv can be mended and given back by the command that the summary prints.
func TestMendedRowsComeBack(t *testing.T) {
	s := newStage(t)
	file := s.file("spring.csv", "account_auth_id,email\nMA_1,one@example.com\nMA_2,two\n")
	got := s.run("create", "--sandbox", file)
	_, command, ok := strings.Cut(got.out, "mend the 1 row in rejected.csv, then: kycbatch ")
	require.True(t, ok, got.out)
	args := strings.Fields(command)
	text, err := os.ReadFile(args[1])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(args[1], bytes.Replace(text, []byte("two"), []byte("two@example.com"), 1), 0o600))
	got = s.run(args...)
	require.Equal(t, exitDone, got.code, got.talked)
	require.Contains(t, got.out, "Campaign spring-mended: 1 row,")

	results, err := os.Open(filepath.Join(s.env["KYCBATCH_DATA_DIR"]+sandboxSuffix, "campaigns", "spring-mended", "results.csv"))
	require.NoError(t, err)
	defer results.Close()
	records, err := csv.NewReader(results).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "created", records[1][2])

	several := s.run("create", "--sandbox")
	require.Equal(t, exitUsage, several.code)
	require.Contains(t, several.talked, "spring, spring-mended")
	require.Equal(t, exitDone, s.run("create", "--sandbox", "--campaign", "spring-mended").code)
	require.Contains(t, s.run("create", "--sandbox", "--campaign", "summer").talked, `no campaign is named "summer"`)
}

func TestUnusableInput(t *testing.T) {
	s := newStage(t)
	for name, text := range map[string]string{
		"no-email.csv": "account_auth_id,plan\nMA_1,gold\n",
		"quote.csv":    "account_auth_id,email\nMA_1,\"a@example.com\n",
		"invalid.csv":  "account_auth_id,email\nMA_1,secret-person\nMA_2,\n",
	} {
		got := s.run("create", "--sandbox", s.file(name, text))
		require.Equal(t, exitInput, got.code, got.talked)
		require.Contains(t, got.talked, "nothing was sent")
		require.NotContains(t, got.talked, "secret-person")
	}
	require.Equal(t, exitInput, s.run("create", "--sandbox", filepath.Join(s.dir, "not-there.csv")).code)
	require.Equal(t, exitInput, s.run("create", "--sandbox", s.file("a.csv", rows(1)), "--exclude", s.file("no.txt", "not an account!\n")).code)
	require.NoDirExists(t, s.env["KYCBATCH_DATA_DIR"]+sandboxSuffix)
}

// The ledger's troubles, each with its code. Nothing is sent.
func TestLedgerTroubles(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	file := s.file("spring.csv", rows(2))
	dir := s.env["KYCBATCH_DATA_DIR"]
	for _, command := range []string{"create", "status", "audit", "backup", "plan"} {
		got := s.run(command)
		require.Equal(t, exitUsage, got.code, command)
		require.Contains(t, got.talked, filepath.Join(dir, "ledger.db"), command)
		require.Contains(t, got.talked, "kycbatch create FILE.csv", command)
	}
	require.NoDirExists(t, dir)
	identity := campaign.LedgerIdentity{API: s.env["KYCBATCH_API_URL"], Partner: "PA_TEST"}
	held, err := campaign.OpenLedger(dir, true, campaign.LedgerOptions{Identity: identity, Holder: "create spring"})
	require.NoError(t, err)
	for _, args := range [][]string{{"create", file}, {"create"}, {"plan", file}, {"status"}, {"audit"}, {"backup"}} {
		got := s.run(args...)
		require.Equal(t, exitLocked, got.code, args)
		require.Contains(t, got.talked, `"create spring"`, args)
	}
	require.NoError(t, held.Close())

	s.env["VOBIZ_AUTH_ID"] = "PA_OTHER"
	require.Equal(t, exitUsage, s.run("create", file).code)
	require.Equal(t, exitUsage, s.run("plan", file).code)
	s.env["VOBIZ_AUTH_ID"] = "PA_TEST"
	require.Equal(t, exitUsage, s.run("create").code, "no campaign yet")

	path := filepath.Join(dir, "ledger.db")
	require.NoError(t, os.Truncate(path, 0))
	for _, args := range [][]string{{"create", file}, {"plan", file}, {"status"}} {
		require.Equal(t, exitSafety, s.run(args...).code, args)
	}
	require.NoError(t, os.Remove(path))
	for _, args := range [][]string{{"create", file}, {"plan", file}, {"status"}} {
		got := s.run(args...)
		require.Equal(t, exitSafety, got.code, args)
		require.Contains(t, got.talked, "a ledger was here and is gone", args)
	}
	require.Zero(t, server.Journal().Total(sandbox.AnyRoute))
}

// Wrong credentials are the run's failure, found by the first request; the rows stay pending.
func TestCredentialsRefused(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{AuthToken: "another"})
	file := s.file("spring.csv", rows(3))
	got := s.run("plan", file)
	require.Equal(t, exitCredentials, got.code, got.talked)
	require.Contains(t, got.talked, "check VOBIZ_AUTH_ID")
	got = s.run("create", file)
	require.Equal(t, exitCredentials, got.code, got.talked)
	require.Regexp(t, `(?s)pending +3 .*Stopped early: the API refused the credentials.*check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, then go on: kycbatch create --campaign spring`, got.out)
}

// Flags of the request reach the API; --exclude and --retry-refused do what they say.
func TestCreateFlags(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	file := s.file("spring.csv", rows(4)+"MA_NONE1,ghost@example.com,gold\n")
	got := s.run("create", file, "--exclude", s.file("no.txt", "MA_0001\nperson2@example.com\n"), "--expires-in-days", "30",
		"--guard", "sweep", "--on-unknown", "hold", "--remind-before", "3,1", "--webhook-url", "https://example.com/hook", "-o", "json")
	require.Equal(t, exitMend, got.code, got.talked)
	counts := got.decoded(t)["counts"].(map[string]any)
	require.Equal(t, []any{2.0, 2.0, 1.0}, []any{counts["created"], counts["skipped"], counts["refused"]})
	for _, v := range server.Journal().Sessions {
		require.InDelta(t, 30*24, v.Expires.Sub(v.Created).Hours(), 1)
	}
	creates := server.Journal().Total(sandbox.RouteCreate)
	require.Equal(t, exitMend, s.run("create", "--exclude", filepath.Join(s.dir, "no.txt")).code)
	require.Equal(t, creates, server.Journal().Total(sandbox.RouteCreate))
	requests := server.Journal().Total(sandbox.AnyRoute)
	s.run("create", "--retry-refused")
	require.Greater(t, server.Journal().Total(sandbox.AnyRoute), requests)
}

// Before somebody agreed, nothing of the file is in the ledger, and nothing was asked of the API.
func TestNothingBeforeAgreement(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	file := s.file("spring.csv", rows(3))
	require.Equal(t, exitUsage, s.run("create", file, "--expect", "2").code)
	require.Empty(t, s.run("status", "-o", "json").decoded(t)["campaigns"])
	require.Zero(t, server.Journal().Total(sandbox.AnyRoute))

	far := newStage(t)
	far.env["KYCBATCH_API_URL"], far.env["VOBIZ_AUTH_ID"], far.env["VOBIZ_AUTH_TOKEN"] = "https://kyc.invalid/v1", "PA_TEST", "tok"
	far.stdin = "3\n"
	got := far.run("create", far.file("spring.csv", rows(3)))
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "there is no terminal to ask on")
	far.tty, far.stdin = true, "4\n"
	got = far.run("create", far.file("spring.csv", rows(3)))
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "This mails 3 customers")
	require.Empty(t, far.run("status", "-o", "json").decoded(t)["campaigns"])
}

// Rows that came in before they were excluded are left out all the same.
func TestExcludedLater(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	require.Equal(t, exitDone, s.run("create", s.file("spring.csv", rows(3)), "--limit", "1").code)
	got := s.run("create", "--exclude", s.file("no.txt", "MA_0002\n"))
	require.Equal(t, exitDone, got.code, got.talked)
	require.Regexp(t, `(?s)created +1 .*already +1 .*skipped +1 `, got.out)
	require.Empty(t, server.Sessions("MA_0002"))
}

// The same file with another exclusion list is another import, under whatever name the list comes.
func TestExclusionListChanges(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	file := s.file("spring.csv", rows(3))
	s.run("create", file, "--exclude", s.file("no.txt", "MA_0001\nMA_0002\n"))
	require.Empty(t, server.Sessions("MA_0001"))
	got := s.run("create", file, "--exclude", s.file("no.txt", "MA_0002\n"))
	require.Regexp(t, `(?s)created +1 .*already +1 .*skipped +1 `, got.out)
	require.Len(t, server.Sessions("MA_0001"), 1)
}

// A session of ours that somebody revoked is an incident: exit 8 once, then kept in status.
func TestIncident(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	require.Equal(t, exitDone, s.run("create", s.file("spring.csv", rows(2)+"MA_0001,person1@example.com,gold\n")).code)
	ours := server.Sessions("MA_0001")[0].ID
	server.Stranger("MA_0001")
	server.Stranger("MA_0000")
	got := s.run("audit", "--all")
	require.Equal(t, exitIncident, got.code, got.talked)
	require.Regexp(t, `(?s)INCIDENTS \(2\):\n.*  MA_0001, session `+ours, got.out)
	require.NotEqual(t, exitIncident, s.run("create").code)
	require.Contains(t, s.run("status").out, "incident in spring: MA_0001, session "+ours)
	entry := s.run("status", "-o", "json").decoded(t)["campaigns"].([]any)[0].(map[string]any)
	require.Len(t, entry["incidents"], 2, "an account that two lines name has its incident once")
}

// The first signal drains: what is under way is finished, the rest stays pending, and the next run goes on.
func TestInterrupted(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	s.env["KYCBATCH_RATE"] = "20/s"
	s.signals = make(chan os.Signal, 1)
	s.stderr = writes(func(text string) {
		if strings.Contains(text, "creating") {
			s.signals <- syscall.SIGTERM
		}
	})
	got := s.run("create", s.file("spring.csv", rows(2000)))
	require.Equal(t, exitInterrupted, got.code, got.talked)
	require.Contains(t, got.talked, "finishing what is under way")
	require.Contains(t, got.out, "Stopped early: interrupted")
	require.Contains(t, got.out, "go on: kycbatch create --campaign spring\n")
	require.Less(t, server.Journal().Total(sandbox.RouteCreate), 1000)
}

type writes func(string)

func (w writes) Write(b []byte) (int, error) {
	w(string(b))
	return len(b), nil
}

// Nothing that is printed, logged or named holds an address or a credential.
func TestNothingPersonalIsPrinted(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{Seed: 3, Faults: sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ErrorAfter, P: 0.3}}}})
	file := s.file("spring.csv", strings.ReplaceAll(rows(20), "@example.com", "@planted.example")+"MA_NONE1,planted-ghost@example.com,gold\nMA_BAD,planted nobody,gold\n")
	for _, args := range [][]string{
		{"plan", file, "-v"}, {"create", file, "-v"}, {"create", file, "-v", "-o", "json", "--log-format", "json"}, {"status", "-o", "json"}, {"audit", "--all", "-v"},
	} {
		got := s.run(args...)
		for _, planted := range []string{"planted", "person1", "tok-", "PA_TEST", "kst_"} {
			require.NotContains(t, got.out+got.talked, planted, args)
		}
	}
	require.NoError(t, filepath.WalkDir(s.env["KYCBATCH_DATA_DIR"], func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

// -v logs requests as they are, and lets the client see what was sent.
func TestLoggedPassesOn(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{})
	got := s.run("create", s.file("spring.csv", rows(2)), "-v", "-q")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.talked, "msg=request method=POST path=kyc-sessions status=201")
	require.NotContains(t, got.talked, "?", "queries are left out")
	_, err := logged{refusing{}, slog.New(slog.DiscardHandler)}.RoundTrip(httptest.NewRequest(http.MethodGet, "/kyc-sessions", nil)) //nolint:bodyclose // no answer comes
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }

// The sandbox settles soon, unless another time was asked for.
func TestSettleOfTheSandbox(t *testing.T) {
	for _, c := range []struct{ sandbox, given bool }{{true, true}, {true, false}, {false, false}} {
		p := bare(outside{})
		p.options.sandbox, p.given["settle"] = c.sandbox, c.given
		o := protocolOptions{guard: "each", settle: time.Minute, maxAttempts: 1, onUnknown: "auto"}
		require.NoError(t, o.check(p))
		require.Equal(t, c.sandbox && !c.given, o.settle == sandboxSettle)
	}
}

// A folder into which others can look is told of.
func TestOpenDataDir(t *testing.T) {
	s := newStage(t)
	dir := s.env["KYCBATCH_DATA_DIR"] + sandboxSuffix
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.Chmod(dir, 0o755))
	require.Contains(t, s.run("create", "--sandbox", s.file("a.csv", rows(1))).talked, "chmod 700 ")
	require.NoError(t, os.Chmod(dir, 0o700))
	require.NotContains(t, s.run("create", "--sandbox").talked, "chmod")
}
