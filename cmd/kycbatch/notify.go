package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	notifyTime  = time.Minute // that --notify-cmd has
	notifyGrace = time.Second // for what it left behind to let go of its output
)

// notify runs a shell's command line with a text on its standard input, and waits for it for so long. What it says goes to out.
// When its time is over it is killed, with every process that it started in its group.
func notify(ctx context.Context, command string, input []byte, environ []string, out io.Writer, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), out, out
	cmd.Env = append([]string{}, environ...) // nil would be all of this process's
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel, cmd.WaitDelay = kill, notifyGrace
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it was not done after %s, and was killed", span(patience))
	case errors.Is(err, exec.ErrWaitDelay): // it is done; something that it started is not, and keeps the group
		_ = kill()
		return nil
	}
	return err
}

// withoutCredentials is an environment for a command that has no business with the API.
func withoutCredentials(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "VOBIZ_") && name != "CREDENTIALS_DIRECTORY" {
			kept = append(kept, entry)
		}
	}
	return kept
}
