package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// The command serves until a signal comes, says when it is ready, and another process's create works against it.
func TestSandboxCommand(t *testing.T) {
	s := newStage(t)
	s.signals = make(chan os.Signal, 1)
	id, token := s.file("id", "PA_TEST"), s.file("token", "tok")
	ready, ended := make(chan string, 1), make(chan int)
	world := s.dir + "/world.jsonl"
	var talked shared
	go func() {
		ended <- run(t.Context(), []string{"sandbox", "--listen", "127.0.0.1:0", "--world", world, "--auth-id-file", id, "--auth-token-file", token}, outside{
			stdin: strings.NewReader(""), stdout: writes(func(text string) { ready <- text }), stderr: &talked,
			lookup: func(string) (string, bool) { return "", false }, signals: s.signals, exit: func(int) { t.Error("the process was ended") },
		})
	}()
	base, ok := strings.CutPrefix(strings.TrimSpace(<-ready), "sandbox ready: ")
	require.True(t, ok)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/api/v1/partner$`, base)
	require.Contains(t, talked.String(), "--api-url "+base)

	client := newStage(t)
	client.env["VOBIZ_AUTH_ID"], client.env["VOBIZ_AUTH_TOKEN"] = "PA_TEST", "other"
	file := client.file("a.csv", rows(2))
	require.Equal(t, exitCredentials, client.run("create", file, "--api-url", base, "--rate", "unlimited").code)
	client.env["VOBIZ_AUTH_TOKEN"] = "tok"
	got := client.run("create", "--api-url", base, "--rate", "unlimited")
	require.Equal(t, exitDone, got.code, got.talked)

	answer, err := http.Get(strings.TrimSuffix(base, "/api/v1/partner") + "/journal")
	require.NoError(t, err)
	defer answer.Body.Close()
	var report sandbox.Report
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&report))
	require.Equal(t, 2, report.Verdict.OneLive)
	s.signals <- os.Interrupt
	require.Equal(t, exitDone, <-ended)
	require.FileExists(t, world)
}
