package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const longEnough = time.Minute // for a command that ends by itself

func TestNotify(t *testing.T) {
	file := filepath.Join(t.TempDir(), "told")
	var out shared
	require.NoError(t, notify(t.Context(), `cat > "$FILE"; echo said; echo complained >&2`, []byte("the summary\n"), []string{"FILE=" + file, "PATH=" + os.Getenv("PATH")}, &out, longEnough))
	told, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "the summary\n", string(told))
	require.Equal(t, "said\ncomplained\n", out.String())

	require.ErrorContains(t, notify(t.Context(), "exit 7", nil, nil, &out, longEnough), "exit status 7")
	require.Error(t, notify(t.Context(), "no-such-command-anywhere", nil, nil, &out, longEnough))
	require.NoError(t, notify(t.Context(), "exit 0", make([]byte, 1<<20), nil, &out, longEnough), "nobody has to read it")
}

// Its environment is the one that it is given, and nothing of ours.
func TestNotifyHasNoCredentials(t *testing.T) {
	t.Setenv("KYCBATCH_TEST_OURS", "planted")
	var out shared
	environ := withoutCredentials([]string{
		"VOBIZ_AUTH_ID=planted", "VOBIZ_AUTH_TOKEN=planted", "VOBIZ_=planted", "CREDENTIALS_DIRECTORY=/planted", "HOME=/home/ops", "MY_VOBIZ=kept", "BARE",
	})
	require.Equal(t, []string{"HOME=/home/ops", "MY_VOBIZ=kept", "BARE"}, environ)
	require.NoError(t, notify(t.Context(), "/usr/bin/env", nil, environ, &out, longEnough))
	require.NotContains(t, out.String(), "planted")
	require.Contains(t, out.String(), "HOME=/home/ops")
	out = shared{}
	require.NoError(t, notify(t.Context(), "/usr/bin/env", nil, nil, &out, longEnough))
	require.NotContains(t, out.String(), "planted", "no environment is an empty one")
}

// One that does not end is killed, with what it started.
func TestNotifyIsKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	var out shared
	err := notify(t.Context(), `sleep 600 & echo $! > "$FILE.new"; mv "$FILE.new" "$FILE"; wait`, nil, []string{"FILE=" + file, "PATH=" + os.Getenv("PATH")}, &out, 300*time.Millisecond)
	require.ErrorContains(t, err, "was killed")
	text, err := os.ReadFile(file)
	require.NoError(t, err, "it had begun")
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(pid) }, longEnough, 5*time.Millisecond)
}

// What it left behind with its output in hand is killed too, and is no failure.
func TestNotifyLeavesNothingBehind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	var out shared
	err := notify(t.Context(), `sleep 600 & echo $! > "$FILE"`, nil, []string{"FILE=" + file, "PATH=" + os.Getenv("PATH")}, &out, longEnough)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(pid) }, longEnough, 5*time.Millisecond)
}

// gone says whether a process has ended; one that nobody has waited for yet has, too.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, _ := strings.Cut(string(state), ") ")
	return err == nil && strings.HasPrefix(rest, "Z")
}

// A signal that came does not keep it from being run: its context is another one.
func TestNotifyAfterASignal(t *testing.T) {
	var out shared
	require.NoError(t, notify(context.WithoutCancel(canceled()), "echo said", nil, []string{"PATH=" + os.Getenv("PATH")}, &out, longEnough))
	require.Equal(t, "said\n", out.String())
}
