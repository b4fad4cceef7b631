package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The demo tells of each day, ends in the report that it names, leaves no process behind, and can be run again.
func TestDemo(t *testing.T) {
	t.Parallel()
	own := t.TempDir() // the demo's alone: nobody else runs a program of this name
	program, dir := filepath.Join(own, "kycbatch"), filepath.Join(own, "demo")
	require.NoError(t, os.Link(built(t), program))
	run := func(dir string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "go", "run", "../../samples/demo",
			"-program", program, "-dir", dir, "-customers", "40", "-days", "4").CombinedOutput()
		return string(out), err
	}
	for range 2 {
		out, err := run(dir)
		require.NoError(t, err, out)
		var invited []string
		for _, day := range regexp.MustCompile(`(?m)^ +\d+  [A-Z][a-z]{2} \d{2} [A-Z][a-z]{2} +(\d+) .*%$`).FindAllStringSubmatch(out, -1) {
			invited = append(invited, day[1])
		}
		require.Equal(t, []string{"3", "5", "7", "9"}, invited, out)
		page := filepath.Join(dir, "data", "campaigns", "customers", "report", "report.html")
		require.Contains(t, out, "The report:  "+page+"\n")
		require.FileExists(t, page)
		require.Empty(t, leftOver(program))
	}

	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "customers.csv"), []byte("mine"), 0o600))
	out, err := run(other)
	require.Error(t, err)
	require.Contains(t, out, "was not made by a demo")
	require.FileExists(t, filepath.Join(other, "customers.csv"))
}

// leftOver are the processes of a program, where the system has files about them.
func leftOver(program string) (found []string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if text, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(text), program+"\x00") {
			found = append(found, path)
		}
	}
	return found
}
