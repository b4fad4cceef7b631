package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// Whatever fails before a command's own code is a matter of usage.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"bogus"}, {"create", "--bogus"}, {"create", "a.csv", "b.csv"}, {"status", "x"}, {"create", "--limit", "many"},
		{"create", "-o", "xml"}, {"create", "--progress", "dots"}, {"create", "--log-format", "csv"}, {"completion", "bogus"},
		{"create", "--sandbox", "--api-url", "https://kyc.invalid"},
		{"create", "--sandbox", "--rate", "5"}, {"create", "--sandbox", "--workers", "0"}, {"create", "--sandbox", "--timeout", "0s"},
		{"create", "--sandbox", "--guard", "none"}, {"create", "--sandbox", "--settle", "0s"}, {"create", "--sandbox", "--max-attempts", "0"},
		{"create", "--sandbox", "--on-unknown", "guess"}, {"create", "--sandbox", "--limit", "-1"}, {"create", "--sandbox", "--expect", "-1"},
		{"create", "--sandbox", "--max-duration", "-1s"}, {"create", "--sandbox", "--expires-in-days", "366"},
		{"create", "--sandbox", "--webhook-url", "http://example.com"}, {"create", "--sandbox", "--remind-before", "3,x"},
		{"create", "--sandbox", "--campaign", "../up"}, {"create", "--sandbox", "--on-duplicate", "both"},
		{"sandbox", "--listen", "0.0.0.0:0"}, {"sandbox", "--faults", "2", "--listen", "127.0.0.1:0"}, {"sandbox", "--limit", "fast"},
		{"undecided", "x"}, {"undecided", "resolve", "--sandbox"}, {"undecided", "resolve", "--sandbox", "MA_1", "--retry", "--rate", "5"},
		{"undecided", "resolve", "--sandbox", "MA_1", "--retry", "--settle", "0s"}, {"undecided", "resolve", "--sandbox", "MA_1", "--retry", "--expect", "-1"},
		{"audit", "--sandbox", "--settle", "-1s"}, {"sync", "--sandbox", "--rate", "1/m"}, {"sync", "--sandbox", "--include", "pan_name_match"},
		{"sync", "--sandbox", "--include", "verified_data.pan name"}, {"sync", "x"},
		{"plan", "--offline", "--limit", "-1"},
		{"report", "--format", "pdf"}, {"report", "--format", ""}, {"report", "--emails", "some"}, {"report", "--timezone", "Mars/Olympus"},
		{"report", "--since", "yesterday"}, {"report", "--since", "0001-01-01"},
		{"resend", "x"}, {"resend", "--limit", "-1"}, {"resend", "--expect", "-1"}, {"resend", "--max-duration", "-1s"}, {"resend", "--settle", "0s"},
		{"resend", "--status", ""}, {"resend", "--min-age", "0s"}, {"resend", "--max-mails", "0/3d"}, {"resend", "--expiring-within", "-1h"},
		{"resend", "--owner", "=x"}, {"plan", "resend", "x"}, {"plan", "resend", "--max-resends", "0"}, {"plan", "resend", "--rate", "5"},
	} {
		s := newStage(t)
		if len(args) > 1 && args[1] == "--sandbox" && args[0] == "create" {
			args = append(args, s.file("a.csv", rows(1))) // so that nothing else is wrong
		}
		got := s.run(args...)
		require.Equal(t, exitUsage, got.code, args)
		require.Empty(t, got.out, args)
		require.True(t, strings.HasPrefix(got.talked, "kycbatch: "), got.talked)
		require.NoDirExists(t, s.env["KYCBATCH_DATA_DIR"]+sandboxSuffix, args)
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, name := range []string{"", "plan", "create", "replace", "revoke", "withdraw", "resend", "plan resend", "status", "stop", "undecided", "undecided list", "undecided resolve", "audit", "sync", "report", "history",
		"backup", "recover", "nightly", "purge", "sandbox", "init", "config", "config show", "config check", "doctor", "version"} {
		got := newStage(t).run(append(strings.Fields(name), "--help")...)
		require.Equal(t, exitDone, got.code)
		require.Contains(t, got.out, "Exit codes:", name)
		require.Contains(t, got.out, "Examples:", name)
	}
	require.Contains(t, newStage(t).run("completion", "bash").out, "kycbatch")
	require.Regexp(t, `^kycbatch \S+ \(go`, newStage(t).run("version").out)
	require.Equal(t, "kycbatch/version/1", newStage(t).run("version", "-o", "json").decoded(t)["schema"])
}

// An example works where the ledger holds several campaigns, too: it names the one that it is about.
func TestExamplesNameTheirCampaign(t *testing.T) {
	eachCommand(newRoot(trial()), func(cmd *cobra.Command) {
		f := cmd.Flags().Lookup("campaign")
		if f == nil || !strings.Contains(f.Usage, "(default: the only one)") {
			return
		}
		for line := range strings.Lines(cmd.Example) {
			require.Contains(t, line, " --campaign ", cmd.CommandPath())
		}
	})
}

// A result that nobody got is no success.
func TestResultThatCannotBeWritten(t *testing.T) {
	var talked shared
	o := outside{stdin: strings.NewReader(""), stdout: broken{}, stderr: &talked, lookup: func(string) (string, bool) { return "", false }}
	require.Equal(t, exitUnexpected, run(t.Context(), []string{"version"}, o))
	require.Contains(t, talked.String(), "write the result: no reader")
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no reader") }

// The first signal ends the context, the second the process.
func TestSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, exits := make(chan os.Signal), make(chan int, 1)
		p := bare(outside{signals: signals, exit: func(code int) { exits <- code }})
		ctx, release := p.interruptible(t.Context())
		defer release()
		synctest.Wait()
		require.NoError(t, ctx.Err())
		signals <- os.Interrupt
		<-ctx.Done()
		synctest.Wait()
		require.Empty(t, exits)
		signals <- os.Interrupt
		require.Equal(t, exitInterrupted, <-exits)
	})
}

// What is printed cannot steer a terminal.
func TestPrintable(t *testing.T) {
	require.Equal(t, "a\ufffd[31mb\ufffdc\ufffd\nd\té", printable("a\x1b[31mb\u202ec\u009b\nd\té"))
}

func TestComplaint(t *testing.T) {
	var talked shared
	(&talk{to: &talked}).complain(failed(exitUsage, "do this\nand that", "it broke\x07"))
	require.Equal(t, "kycbatch: it broke\ufffd\n  do this\n  and that\n", talked.String())
}
