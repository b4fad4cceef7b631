package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// shown is what config show -o json printed: the settings by their keys.
func shown(t *testing.T, r ran) (file string, settings map[string]shownSetting) {
	t.Helper()
	var v struct {
		File     string
		Settings []shownSetting
	}
	require.Equal(t, exitDone, r.code, r.talked)
	require.NoError(t, json.Unmarshal([]byte(r.out), &v))
	settings = map[string]shownSetting{}
	for _, s := range v.Settings {
		require.NotContains(t, settings, s.Key)
		settings[s.Key] = s
	}
	return v.File, settings
}

// Every flag of every command is there, and what a configuration file says under the command's name is what the
// command gets, with the line that it stands on.
func TestConfigSetsEveryFlag(t *testing.T) {
	s := newStage(t)
	delete(s.env, "KYCBATCH_DATA_DIR")
	var text strings.Builder
	wantShown, wantAt := map[string]string{}, map[string]int{}
	line := 0
	eachCommand(newRoot(trial()), func(cmd *cobra.Command) {
		section := sectionOf(cmd)
		depth := len(strings.Fields(section))
		if cmd.HasParent() {
			fmt.Fprintf(&text, "%s%s:\n", strings.Repeat("  ", depth-1), cmd.Name())
			line++
		}
		eachSetting(cmd, func(f *pflag.Flag) {
			if f.Name == "config" || f.Name == "output" || f.Name == "sandbox" && !cmd.HasParent() {
				return // the file's own name; what this test reads; and a command of that name
			}
			typed, yaml := sampleValue(f, 0)
			fmt.Fprintf(&text, "%s%s: %s\n", strings.Repeat("  ", depth), f.Name, yaml)
			line++
			key := keyOf(section, f.Name)
			wantShown[key], wantAt[key] = asSet(t, cmd, f.Name, typed), line
		})
	})
	file := s.file("k.yaml", text.String())
	path, got := shown(t, s.run("config", "show", "-o", "json", "--config", file))
	require.Equal(t, file, path)
	for key, value := range wantShown {
		require.Equal(t, shownSetting{key, value, fromConfig, fmt.Sprintf("%s:%d", file, wantAt[key])}, got[key], key)
		delete(got, key)
	}
	require.Equal(t, map[string]shownSetting{
		"config":  {"config", file, fromFlag, ""},
		"output":  {"output", "json", fromFlag, ""},
		"sandbox": {"sandbox", "false", fromDefault, ""},
	}, got, "every flag of every command was set")
	require.Greater(t, len(wantShown), 100)

	_, got = shown(t, s.run("config", "show", "create", "-o", "json", "--config", file))
	require.Contains(t, got, "create.rate")
	require.Contains(t, got, "data-dir")
	require.NotContains(t, got, "plan.rate")
}

// Without a file everything comes from elsewhere, and that is said too.
func TestConfigShowOrigins(t *testing.T) {
	s := newStage(t)
	s.env = map[string]string{
		"KYCBATCH_RATE": "3/s", "KYCBATCH_PLAN_RATE": "4/s", "KYCBATCH_CREATE_PROGRESS": "none", "STATE_DIRECTORY": "/srv/a:/srv/b",
		"KYCBATCH_CREATE_WEBHOOK_URL": "https://who:planted@hooks.example.com/kyc?key=planted",
		"KYCBATCH_CREATE_EXCLUDE":     "planted.person@example.com",
	}
	r := s.run("config", "show", "-o", "json", "--verbose")
	require.NotContains(t, r.out+r.talked, "planted")
	path, got := shown(t, r)
	require.Empty(t, path)
	for _, want := range []shownSetting{
		{"create.rate", "3/s", fromEnvironment, "KYCBATCH_RATE"},
		{"audit.rate", "3/s", fromEnvironment, "KYCBATCH_RATE"},
		{"plan.rate", "4/s", fromEnvironment, "KYCBATCH_PLAN_RATE"},
		{"progress", "auto", fromDefault, ""},
		{"create.progress", "none", fromEnvironment, "KYCBATCH_CREATE_PROGRESS"},
		{"verbose", "true", fromFlag, ""},
		{"data-dir", "/srv/a", fromEnvironment, "STATE_DIRECTORY"},
		{"create.webhook-url", "https://…@hooks.example.com/kyc?…", fromEnvironment, "KYCBATCH_CREATE_WEBHOOK_URL"},
		{"create.exclude", "…@example.com", fromEnvironment, "KYCBATCH_CREATE_EXCLUDE"},
	} {
		require.Equal(t, want, got[want.Key])
	}
	require.NotContains(t, got, "plan.progress")
	require.NotContains(t, got, "plan.verbose", "what holds for all is said once")

	text := s.run("config", "show")
	require.Contains(t, text.out, "Configuration file: none\n")
	require.Regexp(t, `(?m)^plan\.rate +4/s +KYCBATCH_PLAN_RATE$`, text.out)
	require.Regexp(t, `(?m)^create\.workers +16 +default$`, text.out)
	require.Equal(t, exitUsage, s.run("config", "show", "creat").code)

	s.env = map[string]string{"KYCBATCH_LIMIT": "0"}
	text = s.run("config", "show")
	for _, key := range []string{"create.daily-cap", "create.max-duration", "create.metadata", "plan.exclude", "config"} {
		require.Regexp(t, `(?m)^`+key+` +\(not set\) +default$`, text.out)
	}
	require.Regexp(t, `(?m)^create\.limit +0 +KYCBATCH_LIMIT$`, text.out, "it was set")
	require.Regexp(t, `(?m)^create\.rate +5/s +default$`, text.out)
	require.Regexp(t, `(?m)^create\.rate +50/s +default$`, s.run("config", "show", "--sandbox").out)
	_, got = shown(t, s.run("config", "show", "-o", "json"))
	require.Equal(t, shownSetting{"create.metadata", "[]", fromDefault, ""}, got["create.metadata"], "JSON has the value as it is")
}

// A file is found in the working directory, else at home; a name, even an empty one, comes before both.
func TestConfigIsFound(t *testing.T) {
	s := newStage(t)
	t.Chdir(s.dir)
	require.NoError(t, os.MkdirAll("home/.config/kycbatch", 0o700))
	require.NoError(t, os.MkdirAll("xdg/kycbatch", 0o700))
	is := func(want string, args ...string) {
		t.Helper()
		path, _ := shown(t, s.run(append([]string{"config", "show", "-o", "json"}, args...)...))
		require.Equal(t, want, path)
	}
	is("")
	s.env["HOME"] = filepath.Join(s.dir, "home")
	atHome := s.file("home/.config/kycbatch/config.yaml", "rate: 1/s\n")
	is(atHome)
	s.env["XDG_CONFIG_HOME"] = "relative"
	is(atHome)
	s.env["XDG_CONFIG_HOME"] = filepath.Join(s.dir, "xdg")
	is("")
	is(s.file("xdg/kycbatch/config.yaml", "# nothing\n"))
	s.file("kycbatch.yaml", "")
	is("kycbatch.yaml")
	s.env["KYCBATCH_CONFIG"] = atHome
	is(atHome)
	is("kycbatch.yaml", "--config", "kycbatch.yaml")
	is("", "--config", "")
	s.env["KYCBATCH_CONFIG"] = "gone.yaml"
	got := s.run("config", "show")
	require.Equal(t, exitDone, s.run("version").code, "which needs none")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "there is no configuration file gone.yaml")
}

// Whoever can change the file decides where the credentials go.
func TestConfigThatOthersControl(t *testing.T) {
	s := newStage(t)
	t.Chdir(s.dir)
	s.file("kycbatch.yaml", "rate: 1/s\n")
	for mode, code := range map[os.FileMode]int{0o600: exitDone, 0o644: exitDone, 0o664: exitUsage, 0o602: exitUsage} {
		require.NoError(t, os.Chmod("kycbatch.yaml", mode))
		got := s.run("config", "show")
		require.Equal(t, code, got.code, mode)
		if code == exitUsage {
			require.Contains(t, got.talked, "can be changed by other users")
			require.Contains(t, got.talked, "chmod go-w kycbatch.yaml")
		}
	}
	require.NoError(t, os.Chmod("kycbatch.yaml", 0o600))
	if err := os.Chown("kycbatch.yaml", os.Geteuid()+1000, -1); err != nil {
		t.Skipf("the rest needs a file of another user, and only root can make one: %v", err)
	}
	got := s.run("config", "show")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.talked, "kycbatch.yaml belongs to another user")
	require.Equal(t, exitDone, s.run("config", "show", "--config", "kycbatch.yaml").code, "named, it is trusted")
}

// What is no small file is refused in words.
func TestConfigThatIsNoFile(t *testing.T) {
	s := newStage(t)
	for name, path := range map[string]string{
		"is no regular file":    s.dir,
		"is longer than 32 KiB": s.file("long.yaml", strings.Repeat("# comment\n", 4000)),
	} {
		got := s.run("config", "show", "--config", path)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.talked, name)
	}
}
