package main_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// What is planted, and must not come out anywhere but where it belongs. Of addresses the part before the @
// is looked for, so that no way of writing the rest hides one.
const (
	plantedID       = "PA_PLANTED7QX4"
	plantedToken    = "planted-token-5b1f0c"
	plantedWrong    = "planted-wrong-token-77e1"
	plantedPassword = "planted-hook-password"
	plantedPerson   = "planted.person"
)

const plantedRows = `account_auth_id,email,expires_in_days,webhook_url,plan
MA_P01,planted.person01@zeta.example,,,starter
MA_P02,planted.person02@@zeta.example,,,starter
MA_P03,planted.person03@zeta.example,soon,,starter
MA_P04,planted.person04@zeta.example,,https://hook:planted-hook-password@zeta.example/x,starter
MA_P05,planted.person05@zeta.example;planted.person06@zeta.example,,,starter
MA_P07,planted.person07@zeta.example,,,starter,one,too,many
MA_P08,planted.person08@zeta.example,,,starter
MA_P08,planted.person09@zeta.example,,,starter
MA_NONE,planted.person10@zeta.example,,,starter
MA_P11,planted.person11@zeta.example,,,starter
`

// Planted secrets are in no output, no argument list and no file; planted addresses only in the ledger and
// the result files; and nobody but the owner can read any of it, under the most generous umask.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	s := plantSecrets(t)
	create := []string{"create", s.file, "--yes", "--settle", stormSettle.String(), "--timeout", "400ms", "--rate", "5000/s", "--max-attempts", "20"}
	require.Zero(t, s.run("plan", s.file, "--offline", "-v"))
	for range 4 { // a plan does not insist: an API that breaks can end it
		require.Contains(t, []int{0, 5}, s.run("plan", s.file, "-o", "json", "-v"), s.said.String())
	}

	s.token(plantedWrong, 0o600)
	require.Equal(t, 6, s.run(create...), s.said.String())
	s.token(plantedToken, 0o644)
	require.Equal(t, 2, s.run(create...), "others can read the token's file")
	s.token(plantedToken, 0o600)

	s.killAt = &moment{requests: 12, atMost: createMayTake}
	require.Equal(t, -1, s.run(append(create, "-v")...), "killed")
	s.killAt = nil
	s.private()
	for code, runs := 5, 0; code != 3; runs++ {
		require.Less(t, runs, 10)
		code = s.run(append(create, "-v", "--log-format", "json")...)
		require.Contains(t, []int{3, 5}, code, s.said.String())
	}
	require.Equal(t, 3, s.run(append(create, "-o", "json")...))
	require.Zero(t, s.run("status"))
	require.Zero(t, s.run("status", "-o", "json"))
	require.Zero(t, s.run("report", "--by", "plan"))
	require.Zero(t, s.run("report", "-o", "json"))
	s.run("audit", "--all", "-v", "--rate", "5000/s", "--settle", stormSettle.String())
	s.run("sync", "-v", "--rate", "5000/s", "--include", "verified_data.pan_number")
	s.private()

	require.Positive(t, s.holds[campaign.ResultsFile], "what is planted is in play")
	require.Positive(t, s.holds[campaign.RejectedFile])
	require.Positive(t, s.holds["ledger.db"])
}

// secretive is a partner whose every value can be told from anything else.
type secretive struct {
	t         *testing.T
	program   string
	api       *localAPI
	data      string // directory of the ledger
	file      string
	idFile    string
	tokenFile string
	killAt    *moment
	said      strings.Builder // everything on stdout and stderr
	holds     map[string]int  // by file name: how often an address is in it
}

const createMayTake = stormSettle * 10

func plantSecrets(t *testing.T) *secretive {
	t.Helper()
	dir := t.TempDir()
	s := &secretive{
		t: t, program: built(t), data: filepath.Join(dir, "data"), file: filepath.Join(dir, "spring.csv"),
		idFile: filepath.Join(dir, "id"), tokenFile: filepath.Join(dir, "token"), holds: map[string]int{},
	}
	var more strings.Builder
	for i := range 16 {
		fmt.Fprintf(&more, "MA_Q%02d,%s.q%02d@zeta.example,,,starter\n", i, plantedPerson, i)
	}
	require.NoError(t, os.WriteFile(s.file, []byte(plantedRows+more.String()), 0o600))
	require.NoError(t, os.WriteFile(s.idFile, []byte(plantedID+"\n"), 0o600))
	s.token(plantedToken, 0o600)
	s.api = startAPI(t, s.program, "--auth-id-file", s.idFile, "--auth-token-file", s.tokenFile,
		"--faults", "0.2", "--late", stormLate.String(), "--stale", stormStale.String(), "--seed", "3")
	return s
}

// token makes the token's file.
func (s *secretive) token(token string, mode fs.FileMode) {
	require.NoError(s.t, os.WriteFile(s.tokenFile, []byte(token+"\n"), mode))
	require.NoError(s.t, os.Chmod(s.tokenFile, mode))
}

// run runs one command and gives its exit code. What it says, and what everybody can read of the process, is
// searched.
func (s *secretive) run(args ...string) (code int) {
	s.t.Helper()
	args = append([]string{"-c", `umask 0; exec "$0" "$@"`, s.program}, args...)
	args = append(args, "--data-dir", s.data)
	if args[3] != "status" {
		args = append(args, "--api-url", s.api.base, "--auth-id-file", s.idFile, "--auth-token-file", s.tokenFile)
	}
	cmd := exec.Command("/bin/sh", args...)
	stderr, stdout := newWatcher(s.killAt), &bytes.Buffer{}
	cmd.Env, cmd.Stdout, cmd.Stderr = []string{}, stdout, stderr
	require.NoError(s.t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(ended)
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	if s.killAt != nil {
		s.killAt.await(stderr.reached, ended)
		arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
		require.NoError(s.t, err)
		require.Contains(s.t, string(arguments), "\x00create\x00")
		s.said.Write(arguments)
		require.NoError(s.t, cmd.Process.Kill())
	}
	<-ended
	s.said.Write(stdout.Bytes())
	s.said.Write(stderr.text.Bytes())
	for _, planted := range []string{plantedID, plantedToken, plantedWrong, plantedPassword, plantedPerson} {
		require.NotContains(s.t, s.said.String(), planted, "%v", args)
	}
	return cmd.ProcessState.ExitCode()
}

// private looks at everything in the data directory.
func (s *secretive) private() {
	s.t.Helper()
	require.NoError(s.t, filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(s.t, err)
		info, err := entry.Info()
		require.NoError(s.t, err)
		require.Zero(s.t, info.Mode().Perm()&0o077, "others can read %s: %s", entry.Name(), info.Mode())
		if !info.Mode().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		require.NoError(s.t, err)
		for _, planted := range []string{plantedToken, plantedWrong} {
			require.NotContains(s.t, string(content), planted, entry.Name())
		}
		switch name := entry.Name(); name {
		case filepath.Base(campaign.LedgerPath("")), campaign.ResultsFile, campaign.RejectedFile:
			s.holds[name] += bytes.Count(content, []byte(plantedPerson))
		default:
			require.NotContains(s.t, string(content), plantedPerson, name)
			require.NotContains(s.t, string(content), plantedPassword, name)
		}
		return nil
	}))
}
