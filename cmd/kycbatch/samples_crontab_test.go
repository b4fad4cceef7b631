package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cronLine is one line of a crontab: when, and what the shell is given.
type cronLine struct {
	minute, hour string
	command      string
}

// cronLines are the lines of the sample, those that have a # in front as well: they are there to be uncommented.
func cronLines(t *testing.T) []cronLine {
	t.Helper()
	var lines []cronLine
	form := regexp.MustCompile(`^#?(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s\s(\S.*)$`)
	for line := range strings.Lines(sampleText(t, "crontab")) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" || regexp.MustCompile(`^[A-Z]+=\S`).MatchString(line) {
			continue
		}
		got := form.FindStringSubmatch(line)
		require.NotNil(t, got, line)
		for i, most := range []int{59, 23, 31, 12, 7} {
			for part := range strings.FieldsFuncSeq(got[i+1], func(r rune) bool { return strings.ContainsRune(",-/", r) }) {
				n, err := strconv.Atoi(part)
				require.True(t, part == "*" || err == nil && n <= most, "%q in %q", part, line)
			}
		}
		lines = append(lines, cronLine{got[1], got[2], got[6]})
	}
	return lines
}

// The lines mean to cron what they mean to a reader: it makes a line end of each %, and has another PATH than a shell.
func TestCrontab(t *testing.T) {
	lines := cronLines(t)
	require.Len(t, lines, 2)
	at := map[string]bool{}
	for _, l := range lines {
		require.NotContains(t, l.command, "%")
		require.Contains(t, l.command, " /usr/local/bin/kycbatch nightly ")
		require.True(t, strings.HasPrefix(l.command, "cd /srv/kyc && "), l.command)
		require.False(t, at[l.hour+":"+l.minute], "two runs for one ledger at the same time")
		at[l.hour+":"+l.minute] = true
	}
}
