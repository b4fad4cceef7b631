package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// A plan compares the file with ledger and API, and leaves no trace.
func TestPlan(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	server.Stranger("MA_0000")
	file := s.file("spring.csv", rows(3)+"MA_BAD,nobody,gold\n")
	plan := s.run("plan", file, "-o", "json", "--rate", "5/s")
	require.Equal(t, exitDone, plan.code, plan.talked)
	got := plan.decoded(t)
	require.Equal(t, "kycbatch/plan/1", got["schema"])
	require.Equal(t, []any{"spring", 4.0, 3.0, 2.0, 0.0}, []any{got["campaign"], got["rows"], got["valid"], got["mails"], got["withdrawn"]})
	require.Positive(t, got["seconds"])
	problem := got["problems"].([]any)[0].(map[string]any)
	require.Equal(t, []any{5.0, "email"}, []any{problem["line"], problem["column"]})
	require.NotEmpty(t, problem["reason"])
	counts := got["counts"].(map[string]any)
	require.Len(t, counts, 10)
	require.Equal(t, []any{2.0, 1.0, 1.0}, []any{counts["pending"], counts["skipped"], counts["invalid"]})

	text := s.run("plan", file, "--limit", "1", "--rate", "5/s")
	require.Regexp(t, `(?s)^Plan for campaign spring: 4 rows\n.*pending +2 +would be sent\n\nWould mail 1 customer, in about 1 s\.\n\n1 problem:\n  line +column +problem\n  5 +email `, text.out)
	require.Equal(t, exitWork, s.run("plan", file, "--detailed-exitcode").code)
	require.Zero(t, server.Journal().Total(sandbox.RouteCreate))
	require.NoDirExists(t, s.env["KYCBATCH_DATA_DIR"])

	lists := server.Journal().Total(sandbox.AnyRoute)
	delete(s.env, "VOBIZ_AUTH_TOKEN")
	require.Equal(t, exitUsage, s.run("plan", file).code)
	require.Equal(t, 3.0, s.run("plan", file, "--offline", "-o", "json").decoded(t)["mails"], "nobody said that one is skipped")
	require.Equal(t, lists, server.Journal().Total(sandbox.AnyRoute))

	s.env["VOBIZ_AUTH_TOKEN"] = "tok"
	require.Equal(t, exitMend, s.run("create", file).code)
	ledger, err := os.ReadFile(s.env["KYCBATCH_DATA_DIR"] + "/ledger.db")
	require.NoError(t, err)
	require.Equal(t, exitDone, s.run("plan", file, "--detailed-exitcode").code, "there is no work")
	require.Equal(t, 2.0, s.run("plan", "-o", "json").decoded(t)["counts"].(map[string]any)["already"])
	gone := s.run("plan", s.file("spring.csv", rows(2)), "--offline", "-o", "json").decoded(t)
	require.Equal(t, 0.0, gone["withdrawn"], "what was sent is not withdrawn")
	same, err := os.ReadFile(s.env["KYCBATCH_DATA_DIR"] + "/ledger.db")
	require.NoError(t, err)
	require.Equal(t, ledger, same)
}

func TestPlanOfAnAPIThatIsAway(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{Faults: sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.ErrorBefore}}}})
	got := s.run("plan", s.file("spring.csv", rows(1)))
	require.Equal(t, exitAgain, got.code, got.talked)
	require.Empty(t, got.out)
}

// Twenty problems are enough for a screen; -v and -o json have more. None of 30 rows can be sent: exit 4.
func TestPlanOfManyProblems(t *testing.T) {
	s := newStage(t)
	var text strings.Builder
	text.WriteString("account_auth_id,email\n")
	for i := range 30 {
		fmt.Fprintf(&text, "MA_%d,nobody\n", i)
	}
	file := s.file("spring.csv", text.String())
	short, long := s.run("plan", "--sandbox", file), s.run("plan", "--sandbox", file, "-v")
	require.Equal(t, exitInput, short.code)
	require.Equal(t, 20, problemLines(short.out))
	require.Contains(t, short.out, "and 10 more")
	require.Equal(t, 30, problemLines(long.out))
	require.Equal(t, 30, problemLines(s.run("plan", "--offline", file).out), "to check a file is to see all of it")
	got := s.run("plan", "--sandbox", file, "-o", "json").decoded(t)
	require.Len(t, got["problems"], 30)
	require.Equal(t, 30.0, got["problems_total"])
}

// problemLines counts the rows of the table of problems.
func problemLines(out string) int {
	return len(regexp.MustCompile(`(?m)^  [0-9]+ +email `).FindAllString(out, -1))
}
