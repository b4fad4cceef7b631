package arch

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What could not be looked up is never called clean, whatever the checker does in place of an answer.
func TestVulnNeverCallsTheUnknownClean(t *testing.T) {
	for _, c := range []struct {
		checker, want string
		code          int
	}{
		{"echo 'No vulnerabilities found.'", "CLEAN: ", 0},
		{"echo 'Vulnerability #1: GO-2026-0001'; exit 3", "Vulnerability #1: GO-2026-0001\nFOUND: ", 3},
		{"echo 'fetching vulnerabilities: dial tcp: no route' >&2; exit 1", "NOT RUN: the checker or its database could not be had: fetching vulnerabilities: dial tcp: no route (exit 1)", 4},
		{"exit 1", "NOT RUN: the checker or its database could not be had: it says nothing (exit 1)", 4},
		{"exit 0", "NOT RUN: the checker ended without a verdict: ", 4},
		{"echo 'No vulnerabilities found.'; exit 1", "NOT RUN: ", 4},
		{"no-such-program-anywhere", "NOT RUN: ", 4},
		{"sleep 60", "NOT RUN: the checker or its database gave no answer within 1 s", 4},
	} {
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "vuln.sh", "1", "/bin/sh", "-c", c.checker).CombinedOutput()
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, c.code, code, "%s: %s", c.checker, out)
		require.True(t, strings.HasPrefix(string(out), c.want), "%s: %s", c.checker, out)
		require.Equal(t, c.code == 0, strings.Contains(string(out), "CLEAN"), "%s: %s", c.checker, out)
	}
}
