package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// maxReportMemory is what a report may need, in MiB of heap and stacks, whatever the number of rows.
const maxReportMemory = 128

// TestReportScale prints how long each format of a report takes and how much memory it needs, over a ledger of which a tenth was sent.
// KYCBATCH_SCALE chooses the number of rows; they are those of 20 account managers.
func TestReportScale(t *testing.T) {
	rows := 5000
	if testing.Short() {
		rows = 1000
	}
	rows = asked(t, "KYCBATCH_SCALE", rows)
	program := built(t)
	api := startAPI(t, program)
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "scale.csv")
	managedRows(t, file, rows, 20)
	run := starts(t, program, api, data, file, "--rate", "unlimited", "--limit", fmt.Sprint(rows/10))
	ended(t, run)
	info, err := os.Stat(filepath.Join(data, "ledger.db"))
	require.NoError(t, err)
	t.Logf("%d rows of 20 account managers, %d of them sent; a ledger of %d MB", rows, rows/10, info.Size()/1e6)

	for _, format := range []string{"json", "html", "csv", "xlsx"} {
		out := filepath.Join(dir, format)
		cmd := exec.Command(program, "report", "--data-dir", data, "--format", format, "--out", out, "-o", "json")
		var said strings.Builder
		cmd.Env, cmd.Stdout = []string{}, &said
		began := time.Now()
		most := peak(t, cmd)
		took := time.Since(began)
		var written struct {
			Total struct{ Rows, Invited, Pending int }
			Files []string
		}
		require.NoError(t, json.Unmarshal([]byte(said.String()), &written))
		require.Equal(t, rows, written.Total.Rows)
		require.Equal(t, rows/10, written.Total.Invited)
		bytes := int64(0)
		for _, name := range written.Files {
			info, err := os.Stat(filepath.Join(out, name))
			require.NoError(t, err)
			bytes += info.Size()
		}
		t.Logf("%-5s %6.1f s, RssAnon at most %5.1f MiB, %2d files of %4d MB together", format, took.Seconds(), most, len(written.Files), bytes/1e6)
		require.Less(t, most, float64(maxReportMemory), format)
	}
}

// managedRows writes a file of rows that are spread over account managers.
func managedRows(t *testing.T, path string, rows, managers int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	require.NoError(t, err)
	var text strings.Builder
	text.WriteString("account_auth_id,email,plan,customer_ref,account_manager\n")
	for i := range rows {
		fmt.Fprintf(&text, "%s,scale%07d@example.com,starter,REF-%07d,Manager %02d\n", numberedAccount("REPORT", i), i, i, i%managers)
		if text.Len() > 1<<20 || i == rows-1 {
			_, err := f.WriteString(text.String())
			require.NoError(t, err)
			text.Reset()
		}
	}
	require.NoError(t, f.Close())
}

// peak runs a command to its end, which must be a good one, and samples the most memory that it used, in MiB.
func peak(t *testing.T, cmd *exec.Cmd) (most float64) {
	t.Helper()
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			require.NoError(t, err)
			return most
		case <-tick.C:
			if used, alive := rssAnon(t, cmd.Process.Pid); alive {
				most = max(most, used)
			}
		}
	}
}
