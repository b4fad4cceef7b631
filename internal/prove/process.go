package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience is how long a group of processes that was asked to end may take.
const patience = 2 * time.Second

// runCommand runs c in dir as a group of processes of its own, and appends what it prints to log. When ctx is over the whole
// group is ended. The exit code is -1 where it was ended, by whomever, or did not start.
func runCommand(ctx context.Context, dir string, c command, env []string, log *os.File) (exit int, err error) {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...) //nolint:gosec // from parts.go
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), env...), c.env...)
	cmd.Stdout, cmd.Stderr = log, log // a file, so that no grandchild that keeps it open is waited for
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return -1, err
	}
	err = cmd.Wait()
	if killed := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); killed != nil && !errors.Is(killed, syscall.ESRCH) { // whatever it left behind
		err = errors.Join(err, killed)
	}
	var status *exec.ExitError
	if errors.As(err, &status) || ctx.Err() != nil {
		err = nil
	}
	return cmd.ProcessState.ExitCode(), err
}

// joined is a command line that a shell would take apart into words.
func joined(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if w == "" || strings.ContainsAny(w, " $^|*'\"\\()<>;&") {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
