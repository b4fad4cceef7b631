package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// The tests of this package main_test see the program as the world does: a binary that was built, processes
// of their own, exit codes, and an API in another process whose journal is the only judge.

// built is the program as people build it, made when it is first asked for.
func built(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	require.NoError(t, err)
	return path
}

var (
	buildOnce   = sync.OnceValues(func() (string, error) { return build("") })
	buildMutant = sync.OnceValues(func() (string, error) { return build("mutant") })
)

// build makes the program and gives its path, in the folder that goes when the last test is over: the one that has the
// programs of the scripts, see TestMain.
func build(tags string) (path string, err error) {
	commands, err := exec.LookPath("kycbatch")
	if err != nil {
		return "", err
	}
	path = filepath.Join(filepath.Dir(filepath.Dir(commands)), "built"+tags, "kycbatch")
	if out, err := exec.Command("go", "build", "-tags", tags, "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with tags %q: %w: %s", tags, err, out)
	}
	return path, nil
}

// memoryDir is a folder of the test's own in memory, where the system has such a place: a kill leaves what was written,
// synced or not, so that no kill test has to wait for a disk.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "kycbatch-test-") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// partner is the environment of a process that has credentials, and nothing else.
func partner() []string { return []string{"VOBIZ_AUTH_ID=PA_TEST", "VOBIZ_AUTH_TOKEN=token"} }

// localAPI is a `kycbatch sandbox` in a process of its own.
type localAPI struct {
	base   string // for --api-url
	client *http.Client
}

// startAPI starts one on a free port of the loopback, without a rate limit. It ends with the test.
func startAPI(t *testing.T, program string, args ...string) *localAPI {
	t.Helper()
	cmd := exec.Command(program, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--limit", "0"}, args...)...)
	cmd.Env = []string{}
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	base, ready := strings.CutPrefix(strings.TrimSpace(line), "sandbox ready: ")
	require.True(t, ready, line)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &localAPI{base: base, client: client}
}

// report asks the API for its journal and its verdict; the sessions are left out where they are not wanted.
func (a *localAPI) report(ctx context.Context, sessions bool) (r sandbox.Report, err error) {
	address := strings.TrimSuffix(a.base, "/api/v1/partner") + "/journal"
	if !sessions {
		address += "?sessions=0"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return r, err
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return r, err
	}
	defer func() { _, _ = io.Copy(io.Discard, answer.Body); _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return r, fmt.Errorf("the journal answers %s", answer.Status)
	}
	return r, json.NewDecoder(answer.Body).Decode(&r)
}

// judged is report for a test that can't go on without it.
func (a *localAPI) judged(t *testing.T) sandbox.Report {
	t.Helper()
	r, err := a.report(t.Context(), true)
	require.NoError(t, err)
	return r
}

// runResult is what these tests read of `create -o json`.
type runResult struct {
	Rows      int            `json:"rows"`
	Counts    map[string]int `json:"counts"`
	Incidents []any          `json:"incidents"`
	Links     linksResult    `json:"links"`
	Requests  int            `json:"requests"`
	Seconds   float64        `json:"seconds"`
}

// linksResult is what a run of the redirect flow says of its links.
type linksResult struct{ Written, Lost, Orphans int }

// addsUp is empty where every row has exactly one outcome, and every outcome is one of those named.
func (r runResult) addsUp(rows int, ends ...string) (wrong string) {
	ended, all := 0, 0
	for _, name := range ends {
		ended += r.Counts[name]
	}
	for _, n := range r.Counts {
		all += n
	}
	if r.Rows != rows || all != rows || ended != rows {
		wrong = fmt.Sprintf("%d rows went in, the summary has %d rows and these outcomes: %v", rows, r.Rows, r.Counts)
	}
	return wrong
}

// numberedRows writes a CSV of n accounts whose ids and addresses begin with prefix, and gives its path.
func numberedRows(dir, prefix string, n int) (path string, err error) {
	var text strings.Builder
	text.WriteString("account_auth_id,email,plan\n")
	for i := range n {
		fmt.Fprintf(&text, "%s,%s%06d@example.com,starter\n", numberedAccount(prefix, i), strings.ToLower(prefix), i)
	}
	path = filepath.Join(dir, prefix+".csv")
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

func numberedAccount(prefix string, i int) string { return fmt.Sprintf("MA_%s%06d", prefix, i) }
