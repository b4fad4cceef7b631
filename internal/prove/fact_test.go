package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]fact{
		"    simulation_test.go:84: 0 of 400000 rows: second invitation": {Kind: zero, N: 400000, Unit: "rows", Text: "second invitation"},
		"0 of 7 images: unreadable: ledger":                              {Kind: zero, N: 7, Unit: "images", Text: "unreadable: ledger"},
		"        kill_test.go:9: 2 of 500 kills: lost row":               {Kind: zero, Found: 2, N: 500, Unit: "kills", Text: "lost row"},
		"12345 kills": {Kind: count, N: 12345, Unit: "kills"},
		"    a_test.go:1:       17 × crash before the intent":     {Kind: count, N: 17, Unit: "crash before the intent"},
		"    a_test.go:1: 20 campaigns of 20 rows":                {Kind: count, N: 20, Unit: "campaigns of 20 rows"},
		"    a_test.go:1: NOT RUN: there is no strace here":       {Kind: notRun, Text: "there is no strace here"},
		"NOT RUN: the database of vulnerabilities is unreachable": {Kind: notRun, Text: "the database of vulnerabilities is unreachable"},
		"    --- SKIP: TestBrowser/chromium (0.00s)":              {Kind: notRun, Text: "TestBrowser/chromium skipped itself"},
	} {
		f, ok := parse(line)
		require.True(t, ok, line)
		require.Equal(t, want, f, line)
	}
	for _, line := range []string{
		"", "ok  \tkycbatch/campaign\t12.3s", "--- PASS: TestKill (2.00s)", "=== RUN   TestKill", "    a_test.go:1: rows by state: map[]",
		"        3 looks of account 7", // a line of a trace
		"    a_test.go:1: 25 kills, 7 of them before there was a ledger",
		"    a_test.go:1: 2000 states, then:", "0 of many rows: lost", "99999999999999999999 rows",
		"fuzz: elapsed: 3s, execs: 325017 (108336/sec), new interesting: 11 (total: 202)",
	} {
		_, ok := parse(line)
		require.False(t, ok, line)
	}
}

// Lines of one text are added up, whichever shard printed them, and what was found is never lost on the way.
func TestSum(t *testing.T) {
	all, err := facts(strings.NewReader("0 of 100 rows: lost row\n5 campaigns\nnothing\n0 of 100 rows: revoke\n" + strings.Repeat("x", 1<<20) + "\n1 of 50 rows: lost row\n6 campaigns\n3 kills\n"))
	require.NoError(t, err)
	var lines []string
	for _, f := range sum(all) {
		lines = append(lines, f.String())
	}
	require.Equal(t, []string{"1 of 150 rows: lost row", "11 campaigns", "0 of 100 rows: revoke", "3 kills"}, lines)
}

// The rule of three, never rounded to a stronger claim than 3/n.
func TestBound(t *testing.T) {
	require.Zero(t, bound(0))
	require.Zero(t, bound(3))
	require.Equal(t, 66_666, bound(200_000))
	for n := 4; n < 10_000; n++ {
		require.GreaterOrEqual(t, 1/float64(bound(n)), 3/float64(n), n)
	}
}
