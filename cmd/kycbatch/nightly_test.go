package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// nightly runs a night of the one campaign, and gives what it told whoever is to hear of it.
func (s *stage) nightly(more ...string) (ran, map[string]any, string) {
	s.t.Helper()
	told, figures := filepath.Join(s.dir, "told.json"), filepath.Join(s.dir, "night.prom")
	got := s.run(append([]string{"nightly", "-o", "json", "--metrics-file", figures, "--notify-cmd", "cat > " + told}, more...)...)
	heard, err := os.ReadFile(told)
	require.NoError(s.t, err, got.talked)
	text, err := os.ReadFile(figures)
	require.NoError(s.t, err)
	lint(s.t, string(text))
	require.NoError(s.t, errors.Join(os.Remove(told), os.Remove(figures)))
	return got, ran{out: string(heard)}.decoded(s.t), string(text)
}

// endsOf are the parts of a night's summary, as "end code".
func endsOf(t *testing.T, summary map[string]any) map[string]string {
	t.Helper()
	ends := map[string]string{}
	for _, one := range summary["parts"].([]any) {
		part := one.(map[string]any)
		ends[part["part"].(string)] = fmt.Sprint(part["end"], " ", part["exit_code"])
	}
	return ends
}

// begunCampaign is a stage with a campaign of which one row was sent.
func begunCampaign(t *testing.T, n int) (*stage, *sandbox.Server) {
	t.Helper()
	s := newStage(t)
	api := s.api(sandbox.Config{})
	require.Equal(t, exitDone, s.run("create", s.file("customers.csv", rows(n)), "--limit", "1").code)
	return s, api
}

// The command that tells others gets what -o json prints.
func TestNightlyTellsWhatItPrints(t *testing.T) {
	s, _ := begunCampaign(t, 3)
	got, told, figures := s.nightly()
	require.Equal(t, exitDone, got.code, got.talked)
	printed := got.decoded(t)
	delete(printed, "seconds")
	delete(told, "seconds")
	require.Equal(t, printed, told)
	require.Equal(t, map[string]string{"create": "done 0", "sync": "done 0", "resend": "done 0", "report": "done 0", "backup": "done 0"}, endsOf(t, told))
	require.Contains(t, figures, "kycbatch_rows{campaign=\"customers\",outcome=\"already\"} 3\n")
}

// A campaign that nobody agreed to is never begun, whatever else is done; and that is told, too.
func TestNightlyBeginsNothing(t *testing.T) {
	s := newStage(t)
	api := s.api(sandbox.Config{})
	in, err := intake.Open(t.Context(), s.file("customers.csv", rows(2)), intake.Options{})
	require.NoError(t, err)
	file, err := campaign.OpenLedger(s.env["KYCBATCH_DATA_DIR"], true, campaign.LedgerOptions{
		Identity: campaign.LedgerIdentity{API: s.env["KYCBATCH_API_URL"], Partner: "PA_TEST"},
	})
	require.NoError(t, err)
	_, err = campaign.NewLedger(file).Import(t.Context(), "customers", in, "")
	require.NoError(t, err)
	require.NoError(t, file.Close())

	got, told, figures := s.nightly()
	require.Equal(t, exitUsage, got.code)
	require.Empty(t, got.out)
	require.Contains(t, got.talked, "never begun by create")
	require.Contains(t, got.talked, "kycbatch create --limit 5 --campaign customers")
	require.Contains(t, told["failure"], "never begun by create")
	require.Empty(t, told["parts"])
	require.EqualValues(t, exitUsage, told["exit_code"])
	require.Contains(t, figures, "kycbatch_nightly_exit_code{campaign=\"customers\"} 2\n")
	require.Zero(t, api.Journal().Total(sandbox.AnyRoute))

	got, told, _ = s.nightly("--skip", "create")
	require.Equal(t, exitDone, got.code, "a backup begins nothing")
	require.Equal(t, "done 0", endsOf(t, told)["backup"])
	require.Zero(t, api.Journal().Total(sandbox.RouteCreate))
}

// Where another run has the ledger, that is what is told.
func TestNightlyMeetsAnotherRun(t *testing.T) {
	s, _ := begunCampaign(t, 2)
	file, err := campaign.OpenLedger(s.env["KYCBATCH_DATA_DIR"], false, campaign.LedgerOptions{
		Identity: campaign.LedgerIdentity{API: s.env["KYCBATCH_API_URL"], Partner: "PA_TEST"},
	})
	require.NoError(t, err)
	defer file.Close()
	got, told, figures := s.nightly()
	require.Equal(t, exitLocked, got.code)
	require.Contains(t, told["failure"], "is in use")
	require.Contains(t, figures, "kycbatch_nightly_exit_code{campaign=\"\"} 11\n")
}

// Refused credentials, an API that is away: nothing more is asked of it, and the backup is made all the same.
func TestNightlyWhenTheAPIDoesNot(t *testing.T) {
	for _, c := range []struct {
		fault sandbox.Fault
		code  int
	}{{sandbox.Unauthorized, exitCredentials}, {sandbox.ErrorBefore, exitAgain}} {
		s, api := begunCampaign(t, 3)
		require.NoError(t, api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: c.fault, P: 1}}}))
		got, told, figures := s.nightly("--max-outage", "10ms")
		require.Equal(t, c.code, got.code, got.talked)
		require.Equal(t, map[string]string{
			"create": fmt.Sprint("stopped ", c.code), "sync": "not_run 0", "resend": "not_run 0", "report": "done 0", "backup": "done 0",
		}, endsOf(t, told))
		require.Contains(t, figures, "kycbatch_nightly_part_done{campaign=\"customers\",part=\"create\"} 0\n")
		require.Contains(t, figures, "kycbatch_nightly_part_done{campaign=\"customers\",part=\"backup\"} 1\n")
	}
}

// Cap and window leave rows pending, and the night ends at once and well. The next night of the same day sends nothing more.
func TestNightlyNeverWaits(t *testing.T) {
	s, api := begunCampaign(t, 5)
	for range 2 {
		got, told, _ := s.nightly("--daily-cap", "3", "--timezone", "UTC")
		require.Equal(t, exitDone, got.code, got.talked)
		require.Contains(t, got.out, "the daily cap of 3 is used up")
		require.Equal(t, "done 0", endsOf(t, told)["create"])
		require.Equal(t, 3, api.Journal().Total(sandbox.RouteCreate))
	}
}

// What a command that tells others, or a folder that is not there, spoils is told by its code; the night was done.
func TestNightlyIsNotHeard(t *testing.T) {
	s, api := begunCampaign(t, 2)
	got := s.run("nightly", "--notify-cmd", "cat > /dev/null; exit 3", "--metrics-file", filepath.Join(s.dir, "nowhere", "night.prom"), "-o", "json")
	require.Equal(t, exitAgain, got.code)
	o := got.decoded(t)
	require.Equal(t, []any{5.0, "--notify-cmd: exit status 3", "done 0"}, []any{o["exit_code"], o["untold"], endsOf(t, o)["create"]})
	require.Contains(t, o["unmeasured"], "--metrics-file: ")
	require.Contains(t, got.talked, "--notify-cmd: exit status 3")
	require.Equal(t, 2, api.Journal().Total(sandbox.RouteCreate))
	require.Equal(t, exitAgain, s.run("nightly", "--notify-cmd", "exit 3").code)
	require.Equal(t, exitAgain, s.run("nightly", "--metrics-file", filepath.Join(s.dir, "nowhere", "night.prom")).code)
	require.Equal(t, exitDone, s.run("nightly").code)
}

// The command gets the environment of the program, without the credentials in it.
func TestNightlyKeepsItsCredentials(t *testing.T) {
	s, _ := begunCampaign(t, 1)
	s.env["PLACE"] = "the office"
	got := s.run("nightly", "--notify-cmd", "cat > /dev/null; /usr/bin/env")
	require.Equal(t, exitDone, got.code, got.talked)
	require.Contains(t, got.talked, "PLACE=the office\n")
	require.NotContains(t, got.talked, "VOBIZ_")
	require.NotContains(t, got.talked, s.env["VOBIZ_AUTH_TOKEN"])
}

// A metrics file takes the place of an earlier one, for everybody to read; through a link it replaces the link.
func TestNightlyReplacesItsMetrics(t *testing.T) {
	s, _ := begunCampaign(t, 1)
	path, other := filepath.Join(s.dir, "night.prom"), s.file("other", "untouched")
	require.NoError(t, os.Symlink(other, path))
	require.Equal(t, exitDone, s.run("nightly", "--metrics-file", path).code)
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode())
	text, err := os.ReadFile(other)
	require.NoError(t, err)
	require.Equal(t, "untouched", string(text))
}

// What one part shows decides about those after it: sending, asking, or beginning at all.
func TestNightGoesOn(t *testing.T) {
	interrupted := func(ctx context.Context) context.Context { return canceled() }
	for name, c := range map[string]struct {
		first partEnd
		err   error
		ctx   func(context.Context) context.Context
		want  []string // of what follows: mails, API, ledger
		code  int
	}{
		"well":            {want: []string{"done", "done", "done"}},
		"rows to mend":    {first: partEnd{code: exitMend}, want: []string{"done", "done", "done"}, code: exitMend},
		"in doubt":        {first: partEnd{code: exitAgain}, want: []string{"done", "done", "done"}, code: exitAgain},
		"an incident":     {first: partEnd{code: exitIncident}, want: []string{"done", "done", "done"}, code: exitIncident},
		"any error":       {err: errors.New("no"), want: []string{"done", "done", "done"}, code: exitUnexpected},
		"credentials":     {first: partEnd{code: exitCredentials, halt: campaign.HaltCredentials}, want: []string{"not_run", "not_run", "done"}, code: exitCredentials},
		"an outage":       {first: partEnd{code: exitAgain, halt: campaign.HaltOutage}, want: []string{"not_run", "not_run", "done"}, code: exitAgain},
		"the time":        {first: partEnd{code: exitAgain, halt: campaign.HaltDuration}, want: []string{"not_run", "not_run", "done"}, code: exitAgain},
		"a safety stop":   {first: partEnd{code: exitSafety, halt: campaign.HaltRefusals}, want: []string{"not_run", "done", "done"}, code: exitSafety},
		"an incident too": {first: partEnd{code: exitIncident, halt: campaign.HaltFailures}, want: []string{"not_run", "done", "done"}, code: exitIncident},
		"the ledger":      {first: partEnd{code: exitAgain, halt: campaign.HaltLedger}, want: []string{"not_run", "not_run", "not_run"}, code: exitAgain},
		"a full disk":     {err: fmt.Errorf("write: %w", campaign.ErrLedgerFull), want: []string{"not_run", "not_run", "not_run"}, code: exitAgain},
		"a broken ledger": {err: campaign.ErrLedgerBroken, want: []string{"not_run", "not_run", "not_run"}, code: exitAgain},
		"damage":          {err: campaign.ErrLedgerUnusable, want: []string{"not_run", "not_run", "not_run"}, code: exitSafety},
		"a signal later":  {ctx: interrupted, want: []string{"not_run", "not_run", "not_run"}, code: exitInterrupted},
		"a signal":        {first: partEnd{code: exitInterrupted, halt: campaign.HaltDrained}, ctx: interrupted, want: []string{"not_run", "not_run", "not_run"}, code: exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			n := &night{program: bare(outside{stderr: &shared{}})}
			ctx := t.Context()
			did := []string{}
			follows := func(context.Context) (partEnd, error) {
				did = append(did, "done")
				return partEnd{}, nil
			}
			n.ends = append(n.ends, n.do(ctx, part{"first", needsLedger, func(context.Context) (partEnd, error) { return c.first, c.err }}))
			if c.ctx != nil {
				ctx = c.ctx(ctx)
			}
			var got []string
			for _, one := range []part{{"mails", needsMails, follows}, {"api", needsAPI, follows}, {"ledger", needsLedger, follows}} {
				end := n.do(ctx, one)
				got, n.ends = append(got, string(end.end)), append(n.ends, end)
				require.Equal(t, end.end == endNotRun, end.why != "")
			}
			require.Equal(t, c.want, got)
			require.Len(t, did, len(slices.DeleteFunc(slices.Clone(c.want), func(s string) bool { return s != "done" })))
			require.Equal(t, c.code, n.code())
		})
	}
}

// The names of the parts are those that are done.
func TestNightParts(t *testing.T) {
	var names []string
	for _, one := range new(night).parts() {
		names = append(names, one.name)
	}
	require.Equal(t, nightParts(), names)
	require.Contains(t, newStage(t).run("nightly", "--help").out, strings.Join(names, ", "))
}
