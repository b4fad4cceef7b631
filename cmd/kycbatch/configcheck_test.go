package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// All that is wrong is named at once, with its place: what the commands themselves refuse, too.
func TestConfigCheck(t *testing.T) {
	s := newStage(t)
	check := func(text string) (code int, settings int, problems []configProblem) {
		t.Helper()
		got := s.run("config", "check", "-o", "json", s.file("k.yaml", text))
		var v checkedConfig
		require.NoError(t, json.Unmarshal([]byte(got.out), &v), got.talked)
		require.Equal(t, "kycbatch/config-check/1", v.Schema)
		require.Equal(t, s.dir+"/k.yaml", v.Path)
		return got.code, v.Settings, v.Problems
	}
	code, settings, problems := check("rate: 2/s\ncreate: {remind-before: [3, 1], settle: 15m}\nplan:\n  workers: 4\n")
	require.Equal(t, exitDone, code)
	require.Equal(t, 4, settings)
	require.Empty(t, problems)

	code, settings, problems = check("rate: 5/fortnight\noutput: xml\ncreate:\n  settle: 0s\n  guard: never\n  webhook-url: http://hooks.example.com\n  remind-before: [3, soon]\nplan:\n  workers: 0\n")
	require.Equal(t, exitUsage, code)
	require.Zero(t, settings)
	require.Equal(t, []configProblem{
		{1, 1, "rate", `--rate: rate "5/fortnight": unit "fortnight" is not s, m or h`},
		{2, 1, "output", `--output "xml": choose one of text, json`},
		{4, 3, "create.settle", "--settle 0s: it must be above zero"},
		{5, 3, "create.guard", `--guard "never": choose each or sweep`},
		{6, 3, "create.webhook-url", "--webhook-url: it must be an https address without a user or password"},
		{7, 3, "create.remind-before", `--remind-before "soon": choose days from 1 to 365, as 3,1`},
		{9, 3, "plan.workers", "--workers 0: choose 1 to 1024"},
	}, problems)
}

// Who is to blame: each that is refused by itself, else all of them together, and nobody where nothing is.
func TestBlame(t *testing.T) {
	settings := []setting{
		{section: "create", flag: "a", line: 2, column: 3}, {section: "create", flag: "b", line: 3, column: 3}, {flag: "c", line: 4, column: 1},
	}
	refusing := func(flags ...string) func([]setting) error {
		return func(given []setting) error {
			missing := slices.Clone(flags)
			for _, s := range given {
				missing = slices.DeleteFunc(missing, func(f string) bool { return f == s.flag })
			}
			if len(missing) > 0 {
				return nil
			}
			return errors.New("refused " + strings.Join(flags, ", "))
		}
	}
	require.Empty(t, blame(settings, refusing("d")))
	require.Empty(t, blame(settings, refusing()), "refused without any setting")
	require.Equal(t, []configProblem{{3, 3, "create.b", "refused b"}}, blame(settings, refusing("b")))
	require.Equal(t, []configProblem{{1, 1, "", "these do not go together: refused a, c"}}, blame(settings, refusing("a", "c")))
}

// A value out of range that nobody typed says where to look for it.
func TestRefusedValueSaysWhereToLook(t *testing.T) {
	s := newStage(t)
	got := s.run("create", "--config", s.file("k.yaml", "create: {workers: 0}\n"), "x.csv")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "--workers 0: choose 1 to 1024")
	require.Contains(t, got.talked, "kycbatch config show create says where each value comes from")
	got = s.run("create", "--workers", "0", "x.csv")
	require.Contains(t, got.talked, "says where", "the data directory comes from the environment")
	delete(s.env, "KYCBATCH_DATA_DIR")
	require.NotContains(t, s.run("create", "--workers", "0", "x.csv").talked, "says where")
}

func TestConfigCheckWithoutAFile(t *testing.T) {
	s := newStage(t)
	t.Chdir(s.dir)
	got := s.run("config", "check")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "there is no configuration file here")
	require.Contains(t, got.talked, "kycbatch init")
	s.file("kycbatch.yaml", "raet: 5/s\n")
	got = s.run("config", "check")
	require.Equal(t, exitUsage, got.code)
	require.Equal(t, "kycbatch.yaml:1:1: raet: there is no such setting; did you mean rate?\n1 problem in kycbatch.yaml\n", got.out)
	require.Empty(t, got.talked)
}
