package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const samplesDir = "../../samples"

// sampleRun is a run of one sample after create --sandbox, and what must come of it.
type sampleRun struct {
	args   []string
	code   int
	counts map[string]int // the others are 0
}

// samples has a run for each file in samples.
func samples() map[string]sampleRun {
	customers := filepath.Join(samplesDir, "customers.csv")
	return map[string]sampleRun{
		"customers.csv": {
			args:   []string{customers},
			code:   exitMend,
			counts: map[string]int{"created": 29, "already": 1, "refused": 1, "invalid": 9},
		},
		"customers-semicolon.csv": {
			args:   []string{filepath.Join(samplesDir, "customers-semicolon.csv")},
			code:   exitDone,
			counts: map[string]int{"created": 8},
		},
		"kycbatch.yaml": {
			args:   []string{customers, "--config", filepath.Join(samplesDir, "kycbatch.yaml")},
			code:   exitMend,
			counts: map[string]int{"created": 29, "already": 1, "refused": 1, "invalid": 9},
		},
		"do-not-contact.csv": {
			args:   []string{customers, "--exclude", filepath.Join(samplesDir, "do-not-contact.csv")},
			code:   exitMend,
			counts: map[string]int{"created": 26, "already": 1, "skipped": 3, "refused": 1, "invalid": 9},
		},
	}
}

// scheduled are the samples about runs by the clock and what comes of them, each with a test of its own.
func scheduled() []string {
	return []string{
		"crontab", "kubernetes/cronjob.yaml", "systemd/kycbatch-nightly.service", "systemd/kycbatch-nightly.timer",
		"tell-account-managers", "report.png",
	}
}

// A sample that nobody runs or reads rots.
func TestEverySampleIsRun(t *testing.T) {
	want := append(slices.Collect(maps.Keys(samples())), scheduled()...)
	var there []string
	require.NoError(t, fs.WalkDir(os.DirFS(samplesDir), ".", func(path string, e fs.DirEntry, err error) error {
		if path == "demo" { // a program, run by TestDemo
			return fs.SkipDir
		}
		if err == nil && !e.IsDir() {
			there = append(there, path)
		}
		return err
	}))
	require.ElementsMatch(t, want, there)
}

// Each sample is a campaign of its own in a fresh data directory. The same command again sends nothing.
func TestSamples(t *testing.T) {
	for name, sample := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			args := append([]string{"create", "--sandbox", "--data-dir", dir, "-o", "json"}, sample.args...)
			world := filepath.Join(dir+sandboxSuffix, "sandbox-world.jsonl")

			first := runSample(t, args, sample.code)
			require.Equal(t, everyOutcome(sample.counts), first.Counts)
			require.Equal(t, sum(first.Counts), first.Rows)
			require.Positive(t, first.Requests)
			before, err := os.ReadFile(world)
			require.NoError(t, err)
			require.Equal(t, first.Counts["created"], bytes.Count(before, []byte("\n")), "one event a session, and nothing else")

			again := runSample(t, args, sample.code)
			counts := everyOutcome(sample.counts)
			counts["already"], counts["created"] = counts["already"]+counts["created"], 0
			require.Equal(t, counts, again.Counts)
			require.Zero(t, again.Requests)
			after, err := os.ReadFile(world)
			require.NoError(t, err)
			require.Equal(t, string(before), string(after), "the API's world did not change")
		})
	}
}

// The broken rows of customers.csv are one of each problem that real files have, found at their places.
func TestCustomersSampleHasOneOfEachProblem(t *testing.T) {
	args := []string{"plan", "--sandbox", "--data-dir", filepath.Join(t.TempDir(), "data"), "-o", "json",
		filepath.Join(samplesDir, "customers.csv")}
	type place struct {
		Line   int
		Column string
	}
	var plan struct {
		Rows, Valid int
		Problems    []struct {
			place
			Reason string
		}
	}
	code, stdout, stderr := runProgram(t, args)
	require.Equal(t, exitDone, code, stderr)
	require.NoError(t, json.Unmarshal(stdout, &plan))
	require.Equal(t, 40, plan.Rows)
	require.Equal(t, 30, plan.Valid)
	var places []place
	for _, p := range plan.Problems {
		places = append(places, p.place)
		require.NotEmpty(t, p.Reason)
	}
	require.Equal(t, []place{
		{6, "email"},            // no @
		{10, "account_auth_id"}, // empty
		{16, ""},                // the same account as line 27, another address
		{21, ""},                // a comma without quotation marks: ragged
		{24, "expires_in_days"}, // words
		{27, ""},                // the same account as line 16
		{30, "email"},           // two addresses
		{33, "email"},           // empty
		{35, "expires_in_days"}, // above 365
	}, places)
}

// sampleSummary is what these tests read of the JSON summary that README.md documents.
type sampleSummary struct {
	Rows     int            `json:"rows"`
	Counts   map[string]int `json:"counts"`
	Requests int            `json:"requests"`
	ExitCode int            `json:"exit_code"`
}

func runSample(t *testing.T, args []string, code int) sampleSummary {
	t.Helper()
	got, stdout, stderr := runProgram(t, args)
	require.Equal(t, code, got, stderr)
	var s sampleSummary
	require.NoError(t, json.Unmarshal(stdout, &s))
	require.Equal(t, code, s.ExitCode)
	return s
}

// runProgram calls the program as a shell without a terminal and without environment does.
func runProgram(t *testing.T, args []string) (code int, stdout []byte, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(t.Context(), args, outside{
		stdin:  bytes.NewReader(nil),
		stdout: &out,
		stderr: &talk,
		lookup: func(string) (string, bool) { return "", false },
		exit:   func(int) { t.Error("the process was ended") },
	})
	return code, out.Bytes(), talk.String()
}

// everyOutcome adds the outcomes that no row had.
func everyOutcome(counts map[string]int) map[string]int {
	all := map[string]int{}
	for _, o := range []string{
		"created", "adopted", "already", "skipped", "conflict", "refused", "invalid", "in_doubt", "undecided", "pending",
	} {
		all[o] = counts[o]
	}
	return all
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
