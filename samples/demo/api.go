package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// api is the built-in API as a process of its own, with customers who act by themselves.
type api struct {
	process *exec.Cmd
	address string // such as http://127.0.0.1:40001
}

// startAPI starts it on a free port of this machine. Its world is memory: it ends with the process.
func startAPI(ctx context.Context, program, dir string) (*api, error) {
	cmd := exec.CommandContext(ctx, program, "sandbox", "--config", "", "--listen", "127.0.0.1:0", "--crowd", "typical", "--seed", "7", "--limit", "0")
	cmd.Dir, cmd.Env = dir, environment()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	said := &bytes.Buffer{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "sandbox ready: ")
	if err != nil || !ready {
		err = errors.Join(err, cmd.Process.Kill(), cmd.Wait())
		return nil, fmt.Errorf("the sandbox is not ready: %s: %w", said, err)
	}
	return &api{process: cmd, address: strings.TrimSuffix(url, "/api/v1/partner")}, nil
}

// stop ends the process that startAPI started, and no other.
func (a *api) stop() {
	_ = a.process.Process.Signal(syscall.SIGTERM) // it may be gone
	_ = a.process.Wait()                          // by a signal, which is no error here
}

// setClock sets the world's clock forward: what its customers do until then happens before it returns.
func (a *api) setClock(ctx context.Context, to time.Time) error {
	return a.ask(ctx, http.MethodPut, "/clock", map[string]any{"now": to}, nil)
}

// journal is what happened at the API so far.
func (a *api) journal(ctx context.Context) (j journal, err error) {
	err = a.ask(ctx, http.MethodGet, "/journal", nil, &j)
	return j, err
}

// ask sends one request to the sandbox beside its API, and decodes the answer into to unless that is nil.
func (a *api) ask(ctx context.Context, method, path string, body, to any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, a.address+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the sandbox: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the sandbox for %s: %s: %s: %w", path, res.Status, answer, err)
	}
	if to == nil {
		return nil
	}
	return json.Unmarshal(answer, to)
}

// environment is what the program needs of this one's, and credentials that are good for the sandbox alone.
func environment() []string {
	return []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH"), "VOBIZ_AUTH_ID=PA_SANDBOX", "VOBIZ_AUTH_TOKEN=sandbox", "KYCBATCH_TIMEZONE=Asia/Kolkata"}
}
