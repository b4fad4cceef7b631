package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// A server that enforces the asked rate over any one-second window has no reason for a 429. The journal counts
// requests where they arrive, so a window can also hold those that were under way when it began, because the
// machine held them up: one a worker at most, on a busy machine. With a single worker that is one.
func TestRate(t *testing.T) {
	t.Parallel() // it waits more than it works
	rows := 2000
	if testing.Short() {
		rows = 600
	}
	program := built(t)
	for _, c := range []struct {
		rate, workers, rows int
		guard               campaign.GuardMode
	}{
		{100, 1, rows / 4, campaign.GuardSweep}, // no more than one worker can reach
		{200, campaign.DefaultWorkers, rows, campaign.GuardEach},
	} {
		t.Run(fmt.Sprintf("%d per second", c.rate), func(t *testing.T) {
			t.Parallel()
			api := startAPI(t, program)
			file, err := numberedRows(t.TempDir(), "RATE", c.rows)
			require.NoError(t, err)
			result := ended(t, starts(t, program, api, filepath.Join(t.TempDir(), "data"), file,
				"--rate", fmt.Sprintf("%d/s", c.rate), "--workers", fmt.Sprint(c.workers), "--guard", string(c.guard)))

			require.Empty(t, result.addsUp(c.rows, "created"))
			journal := api.judged(t).Journal
			requests := journal.Total(sandbox.AnyRoute)
			span := journal.Last.Sub(journal.First).Seconds()
			t.Logf("%d rows, %d requests in %.2f s: %.1f %% of the asked %d/s, %d in the fullest second",
				c.rows, requests, span, 100*float64(requests-1)/span/float64(c.rate), c.rate, journal.WorstSecond)
			require.Equal(t, result.Requests, requests)
			require.Equal(t, map[int]int{201: c.rows}, journal.Requests[sandbox.RouteCreate])
			require.LessOrEqual(t, journal.WorstSecond, c.rate+c.workers)
		})
	}
}

// TestScale prints how long a large campaign takes, how much memory it needs while more and more of it is
// sent, and how long it takes to see that all is done. KYCBATCH_SCALE chooses the number of rows.
func TestScale(t *testing.T) {
	rows := 5000
	if testing.Short() {
		rows = 1000
	}
	rows = asked(t, "KYCBATCH_SCALE", rows)
	program := built(t)
	world := filepath.Join(t.TempDir(), "world.jsonl")
	api := startAPI(t, program, "--world", world)
	file, err := numberedRows(t.TempDir(), "SCALE", rows)
	require.NoError(t, err)
	data := filepath.Join(t.TempDir(), "data")

	run := starts(t, program, api, data, file, "--rate", "unlimited")
	memory := sampled(t, run.cmd.Process.Pid, world, run.ended)
	first := ended(t, run)
	require.Empty(t, first.addsUp(rows, "created"))
	sending, most := memory.quarters(rows), memory.most()
	t.Logf("%d rows in %.1f s (%.0f rows/s), %d requests", rows, first.Seconds, float64(rows)/first.Seconds, first.Requests)
	t.Logf("RssAnon in MiB: %.1f at most while each quarter of the rows was sent, %.1f with audit and result files", sending, most)
	require.Less(t, sending[3], 2*sending[0], "memory grows with the rows sent")

	v := api.judged(t).Verdict
	require.Equal(t, rows, v.Sessions)
	require.Equal(t, rows, v.OneLive)
	require.Equal(t, rows, v.CreationMails)
	require.Zero(t, v.Accidents)

	began := time.Now()
	again := ended(t, starts(t, program, api, data, file, "--rate", "unlimited"))
	t.Logf("the same command again: %.1f s", time.Since(began).Seconds())
	require.Empty(t, again.addsUp(rows, "already"))
	require.Zero(t, again.Requests)
	require.Equal(t, v.Requests, api.judged(t).Verdict.Requests)
}

// running is a `create -o json` in a process of its own.
type running struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	ended          chan struct{} // closed at the process's end
}

// starts starts one. It ends with the test at the latest.
func starts(t *testing.T, program string, api *localAPI, data, file string, flags ...string) *running {
	t.Helper()
	args := append([]string{"create", file, "--data-dir", data, "--api-url", api.base, "--yes", "-o", "json"}, flags...)
	r := &running{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = partner(), &r.stdout, &r.stderr
	require.NoError(t, r.cmd.Start())
	go func() {
		_ = r.cmd.Wait() // the state says how it ended
		close(r.ended)
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.ended
	})
	return r
}

// ended waits for the end of a run that must be done, with its result files whole.
func ended(t *testing.T, r *running) (result runResult) {
	t.Helper()
	<-r.ended
	require.Zero(t, r.cmd.ProcessState.ExitCode(), r.stderr.String())
	require.NoError(t, json.Unmarshal(r.stdout.Bytes(), &result))
	require.Empty(t, result.Incidents)
	return result
}
