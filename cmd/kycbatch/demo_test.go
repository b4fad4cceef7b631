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
	program, dir := built(t, ""), t.TempDir()
	for range 2 {
		out, err := exec.CommandContext(t.Context(), "go", "run", "../../samples/demo",
			"-program", program, "-dir", dir, "-customers", "40", "-days", "4").CombinedOutput()
		require.NoError(t, err, string(out))
		var invited []string
		for _, day := range regexp.MustCompile(`(?m)^ +\d+  [A-Z][a-z]{2} \d{2} [A-Z][a-z]{2} +(\d+) .*%$`).FindAllSubmatch(out, -1) {
			invited = append(invited, string(day[1]))
		}
		require.Equal(t, []string{"3", "5", "7", "9"}, invited, string(out))
		page := filepath.Join(dir, "data", "campaigns", "customers", "report", "report.html")
		require.Contains(t, string(out), "The report:  "+page+"\n")
		require.FileExists(t, page)
		require.Empty(t, leftOver(program))
	}
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
