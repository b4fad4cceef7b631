package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", -1000: "-1,000", 1234567: "1,234,567"} {
		require.Equal(t, want, count(n))
	}
	require.Equal(t, "1 row", things(1, "row"))
	require.Equal(t, "0 rows", things(0, "row"))
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 400 * time.Millisecond: "0 s", 59 * time.Second: "59 s", 59600 * time.Millisecond: "1 min 00 s",
		61 * time.Second: "1 min 01 s", 3599 * time.Second: "59 min 59 s", 100 * time.Minute: "1 h 40 min",
	} {
		require.Equal(t, want, span(d))
	}
	require.Equal(t, "1, 2", lines([]int{1, 2}, 2))
	require.Equal(t, strings.Repeat("0, ", 19)+"0 and 4,980 more", lines(make([]int, 1000), 5000))
}

// A real shell reads back what was quoted.
func TestQuoted(t *testing.T) {
	args := []string{"plain", "with space", "it's", "", "$HOME", "`id`", "a;b", "*", "é", "-x", "a\"b", "back\\slash", "line\nend"}
	script := "printf '%s|'"
	for _, a := range args {
		script += " " + quoted(a)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	require.NoError(t, err)
	require.Equal(t, strings.Join(args, "|")+"|", string(out))
}
