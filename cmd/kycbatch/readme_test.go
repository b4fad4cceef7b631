package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/control"
)

// What README.md shows of the first command is what the command prints, but for the time that it took.
func TestReadmeShowsTheFirstCommand(t *testing.T) {
	shown := readme(t)
	shown = between(t, shown, "Sandbox: the API is built in, and no mail leaves this machine.\n", "exit status 3\n```")
	sample, err := filepath.Abs(filepath.Join(samplesDir, "customers.csv"))
	require.NoError(t, err)
	t.Chdir(t.TempDir())

	code, stdout, stderr := runProgram(t, []string{"create", "--sandbox", sample})
	require.Equal(t, 3, code)
	require.True(t, strings.HasPrefix(stderr, "Sandbox: the API is built in, and no mail leaves this machine.\n"), stderr)
	took := regexp.MustCompile(`rows, [0-9]+ s,`)
	require.Equal(t, took.ReplaceAllString(shown, "rows, N s,"), took.ReplaceAllString(string(stdout), "rows, N s,"))
}

// Every command and flag that README.md names is there, and every command is named.
func TestReadmeNamesWhatIsThere(t *testing.T) {
	root := newRoot(&program{talk: &talk{to: &bytes.Buffer{}}})
	root.InitDefaultCompletionCmd()
	flags := map[string]bool{"--help": true}
	commands := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		add := func(f *pflag.Flag) { flags["--"+f.Name] = true }
		c.Flags().VisitAll(add)
		c.PersistentFlags().VisitAll(add)
		for _, sub := range c.Commands() {
			if c == root {
				commands[sub.Name()] = true
			}
			walk(sub)
		}
	}
	walk(root)
	text := readme(t)
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(text, -1) {
		require.Contains(t, flags, flag)
	}
	for _, line := range regexp.MustCompile("(?:`|\n)kycbatch ([a-z]+)").FindAllStringSubmatch(text, -1) {
		require.Contains(t, commands, line[1])
	}
	table := between(t, text, "## Commands\n", "If the ledger holds several")
	for name := range commands {
		require.Regexp(t, "`"+name+"[` ]", table)
	}
}

// Every configuration file that README.md shows is one that the program takes.
func TestReadmeConfigurations(t *testing.T) {
	blocks := regexp.MustCompile("(?s)\n```yaml\n(.*?)```\n").FindAllStringSubmatch(readme(t), -1)
	require.GreaterOrEqual(t, len(blocks), 2)
	for _, block := range blocks {
		path := filepath.Join(t.TempDir(), "kycbatch.yaml")
		require.NoError(t, os.WriteFile(path, []byte(block[1]), 0o600))
		code, stdout, stderr := runProgram(t, []string{"config", "check", path})
		require.Equal(t, exitDone, code, "%s%s%s", block[1], stdout, stderr)
	}
}

// The table of exit codes has the codes of the program's own help, in its order.
func TestReadmeHasEveryExitCode(t *testing.T) {
	table := between(t, readme(t), "## Exit codes\n", "## JSON\n")
	require.Equal(t, numbers(`(?m)^  ([0-9]+) `, exitHelp), numbers(`(?m)^\| ([0-9]+) \|`, table))
}

// Every key of the JSON that the commands print is in README.md's section on JSON.
func TestReadmeDocumentsTheJSON(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	dir := filepath.Join(t.TempDir(), "data")
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("raet: 5/s\n"), 0o600))
	customers := filepath.Join(samplesDir, "customers.csv")
	for _, command := range []string{
		"plan " + customers, "create --limit 3 " + customers, "status", "sync", "stop", "undecided", "report", "history", "replace --account MA_NOBODY", "revoke --reason tried --all --expect 3",
		"withdraw --reason tried --account MA_NOBODY", "plan resend", "resend", "backup", "nightly", "purge --older-than 90d", "version", "config show", "config check " + broken, "doctor",
		"init " + filepath.Join(t.TempDir(), "kyc"),
	} {
		args := append(strings.Fields(command), "--sandbox", "--data-dir", dir, "-o", "json")
		_, stdout, stderr := runProgram(t, args)
		var object map[string]any
		require.NoError(t, json.Unmarshal(stdout, &object), stderr)
		require.Contains(t, section, "`"+object["schema"].(string)+"`")
		for _, key := range keysOf(object) {
			require.Contains(t, section, "`"+key+"`", command)
		}
	}
}

// What a run says of itself is in the section too, though no run is on above.
func TestReadmeDocumentsTheRun(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	full := control.Run{Draining: "interrupted", Pass: &control.Pass{PausedUntil: new(time.Time), SecondsLeft: new(float64)}}
	text, err := json.Marshal([]any{statusJSON{Run: &full}, stoppedJSON{Run: &full, Summary: &summaryJSON{}}})
	require.NoError(t, err)
	var decoded any
	require.NoError(t, json.Unmarshal(text, &decoded))
	for _, key := range keysOf(decoded) {
		require.Contains(t, section, "`"+key+"`")
	}
}

// So is every key of a calendar with times, and of reminders that were held back.
func TestReadmeDocumentsReminders(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	view := calendar{next: &soonest{all: []campaign.Reminder{{API: time.Now()}}}}
	held := resendEnd{done: campaign.Resent{Halt: campaign.HaltDrained, Cause: errInterrupted, Closed: &campaign.Closed{}}}
	text, err := json.Marshal([]any{view.object("calendar.csv"), held.object()})
	require.NoError(t, err)
	var decoded any
	require.NoError(t, json.Unmarshal(text, &decoded))
	for _, key := range keysOf(decoded) {
		require.Contains(t, section, "`"+key+"`")
	}
	for _, outcome := range campaign.ResendOutcomes() {
		require.Contains(t, between(t, readme(t), "## Reminding\n", "## What is guaranteed"), "| `"+string(outcome)+"` |")
	}
}

// So is every key of what only an undecided account makes them print.
func TestReadmeDocumentsUndecidedAccounts(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	text, err := json.Marshal([]any{waiting{}, resolvedJSON{Accounts: []accountJSON{{}}, Halt: "x", Cause: "x"}})
	require.NoError(t, err)
	var objects []any
	require.NoError(t, json.Unmarshal(text, &objects))
	for _, key := range keysOf(objects) {
		require.Contains(t, section, "`"+key+"`")
	}
	require.Contains(t, section, "`kycbatch/resolve/1`")
}

// And of what only a sync prints that has found something.
func TestReadmeDocumentsSync(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	text, err := json.Marshal(syncedJSON{
		Elsewhere: []campaign.Elsewhere{{}}, Incidents: []campaign.Incident{{}}, Unread: []campaign.Unread{{}}, Unlisted: []campaign.Unread{{}},
		Halt: "x", Cause: "x", Files: []syncedFiles{{filesJSON: filesJSON{Links: "x", Rejected: "x"}}},
	})
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	for _, key := range keysOf(object) {
		require.Contains(t, section, "`"+key+"`")
	}
}

// And of a recovery.
func TestReadmeDocumentsRecover(t *testing.T) {
	section := between(t, readme(t), "## JSON\n", "## Files\n")
	sum := campaign.Recovered{
		Damage: campaign.ErrLedgerMissing, SetAside: "x", Campaigns: []campaign.RecoveredCampaign{{Known: true}}, Notes: []campaign.RecoveredNote{{}},
	}
	text, err := json.Marshal(recovered{sum: sum, notes: "x"}.object())
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	require.Contains(t, section, "`"+object["schema"].(string)+"`")
	for _, key := range keysOf(object) {
		require.Contains(t, section, "`"+key+"`")
	}
	for _, as := range campaign.RecoveredAll() {
		require.Contains(t, between(t, readme(t), "### A lost or damaged ledger\n", "## Removing"), "`"+string(as)+"`")
	}
}

// keysOf are the keys of a JSON value and of what is in it.
func keysOf(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		for key := range maps.Keys(v) {
			keys = append(append(keys, key), keysOf(v[key])...)
		}
	case []any:
		for _, item := range v {
			keys = append(keys, keysOf(item)...)
		}
	}
	return keys
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	return string(text)
}

// between is the text from after one mark to before the next other one.
func between(t *testing.T, text, after, before string) string {
	t.Helper()
	_, text, found := strings.Cut(text, after)
	require.True(t, found, "%q is gone", after)
	text, _, found = strings.Cut(text, before)
	require.True(t, found, "%q is gone", before)
	return text
}

func numbers(pattern, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
