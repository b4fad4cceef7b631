package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// stage is a process in which a test calls the program: its environment, its terminal, its folder.
type stage struct {
	t       *testing.T
	env     map[string]string
	stdin   string
	typing  io.Reader // what comes after stdin; nil: its end
	tty     bool
	signals chan os.Signal
	stderr  io.Writer // what is said goes here too; nil: nowhere else
	listen  func(dir string) (net.Listener, error)
	dir     string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	dir := t.TempDir()
	return &stage{t: t, env: map[string]string{"KYCBATCH_DATA_DIR": filepath.Join(dir, "data")}, dir: dir}
}

// ran is what one call left.
type ran struct {
	code        int
	out, talked string
}

func (s *stage) run(args ...string) ran {
	s.t.Helper()
	var out bytes.Buffer
	talked := &shared{}
	var stderr io.Writer = talked
	if s.stderr != nil {
		stderr = io.MultiWriter(talked, s.stderr)
	}
	var stdin io.Reader = strings.NewReader(s.stdin)
	if s.typing != nil {
		stdin = io.MultiReader(stdin, s.typing)
	}
	code := run(s.t.Context(), args, outside{
		stdin: stdin, stdout: &out, stderr: stderr, stdinIsTTY: s.tty,
		lookup: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok },
		environ: func() (all []string) {
			for name, value := range s.env {
				all = append(all, name+"="+value)
			}
			return all
		},
		signals: s.signals, exit: func(int) { s.t.Error("the process was ended") }, listen: s.listen,
	})
	return ran{code, out.String(), talked.String()}
}

// shared is a buffer for several goroutines.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// file writes a file into the stage's folder.
func (s *stage) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// rows is a CSV of so many accounts that exist.
func rows(n int) string {
	var b strings.Builder
	b.WriteString("account_auth_id,email,plan\n")
	for i := range n {
		fmt.Fprintf(&b, "MA_%04d,person%d@example.com,gold\n", i, i)
	}
	return b.String()
}

// api serves a sandbox over real HTTP, and gives the stage its address.
func (s *stage) api(cfg sandbox.Config) *sandbox.Server {
	s.t.Helper()
	server, err := sandbox.New(cfg)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, server.Close()) })
	web := httptest.NewServer(server)
	s.t.Cleanup(web.Close)
	s.env["KYCBATCH_API_URL"] = web.URL + "/api/v1/partner"
	s.env["VOBIZ_AUTH_ID"], s.env["VOBIZ_AUTH_TOKEN"] = "PA_TEST", "tok-planted-secret"
	s.env["KYCBATCH_RATE"], s.env["KYCBATCH_SETTLE"] = "unlimited", "100ms"
	return server
}

// decoded reads the one JSON object that stdout holds.
func (r ran) decoded(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	dec := json.NewDecoder(strings.NewReader(r.out))
	require.NoError(t, dec.Decode(&v), r.talked)
	_, err := dec.Token()
	require.ErrorIs(t, err, io.EOF, "stdout holds one object and nothing else")
	return v
}

// bare is a program that no command line was given to yet.
func bare(o outside) *program {
	if o.lookup == nil {
		o.lookup = func(string) (string, bool) { return "", false }
	}
	return &program{outside: o, out: bufio.NewWriter(o.stdout), talk: &talk{to: o.stderr}, given: map[string]bool{}}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errInterrupted)
	return ctx
}
