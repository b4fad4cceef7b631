package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

func TestAgreeToResolve(t *testing.T) {
	three := []decision{
		{Resolution: campaign.Resolution{Account: "MA_1", Decision: campaign.Decision{Verb: campaign.Retry}}},
		{Resolution: campaign.Resolution{Account: "MA_2", Decision: campaign.Decision{Verb: campaign.Adopt, Session: "s-1"}}},
		{Resolution: campaign.Resolution{Account: "MA_3", Decision: campaign.Decision{Verb: campaign.GiveUp, Why: "x"}}},
	}
	cases := []struct {
		name     string
		typed    string
		tty, yes bool
		expect   int
		waiting  []decision
		loopback bool
		want     string // of the error; "" agreed
	}{
		{name: "the number", typed: "3\n", tty: true, waiting: three},
		{name: "another number", typed: "4\n", tty: true, waiting: three, want: "not the number of accounts: nothing was decided"},
		{name: "yes", typed: "yes\n", tty: true, waiting: three, want: "nothing was decided"},
		{name: "--yes on a terminal", tty: true, yes: true, waiting: three},
		{name: "no terminal", typed: "3\n", waiting: three, want: "add --yes and --expect 3"},
		{name: "no terminal, --expect alone", typed: "3\n", expect: 3, waiting: three, want: "no terminal to ask on: nothing was decided"},
		{name: "no terminal, --yes alone", yes: true, waiting: three, want: "add --yes and --expect 3"},
		{name: "no terminal, --yes --expect", yes: true, expect: 3, waiting: three},
		{name: "another --expect", yes: true, expect: 2, waiting: three, want: "--expect 2, but 3 undecided accounts"},
		{name: "another --expect, on loopback", expect: 2, waiting: three, loopback: true, want: "--expect 2"},
		{name: "loopback", waiting: three, loopback: true},
		{name: "nothing to decide"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var talked shared
			p := bare(outside{stdin: strings.NewReader(c.typed), stderr: &talked, stdinIsTTY: c.tty})
			p.options.yes, p.given["expect"] = c.yes, c.expect > 0
			err := p.agreeToResolve(t.Context(), resolveOptions{expect: c.expect}, target{loopback: c.loopback}, c.waiting)
			if c.typed != "" && c.tty {
				require.Regexp(t, `(?s)  MA_1  retry.*  MA_2  adopt s-1.*This decides about 3 accounts\. Type that number`, talked.String())
			}
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Contains(t, err.Error()+advice(err), c.want)
			require.Equal(t, exitUsage, codeOf(err))
		})
	}
}

// A signal ends the question, and says that nothing was decided.
func TestAgreeToResolveIsInterrupted(t *testing.T) {
	never, writer := io.Pipe()
	defer writer.Close()
	p := bare(outside{stdin: never, stderr: io.Discard, stdinIsTTY: true})
	err := p.agreeToResolve(canceled(), resolveOptions{}, target{}, []decision{{}})
	require.Equal(t, exitInterrupted, codeOf(err))
	require.Contains(t, advice(err), "nothing was decided")
}

// What a run that stopped early left is said, and the gravest of what happened is the exit code.
func TestResolvedText(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{})
	require.Equal(t, exitDone, s.run("create", s.file("spring.csv", rows(1))).code)
	var out strings.Builder
	p := bare(outside{stdout: &out, stderr: io.Discard})
	p.options.dataDir = s.env["KYCBATCH_DATA_DIR"]
	store, err := p.read(t.Context(), campaign.LedgerIdentity{})
	require.NoError(t, err)
	defer store.close()

	hurt := []campaign.Incident{{Account: "MA_1", Session: "s-1", What: "revoked\x1b[2J"}}
	code, err := p.showResolved(t.Context(), store, campaign.Summary{
		Run: 7, Requests: 1200, Elapsed: 90 * time.Second, Incidents: hurt, Halt: campaign.HaltOutage, Cause: errors.New("no answer\x07"),
	}, []campaign.Resolution{
		{Account: "MA_1", Done: true, Record: campaign.Record{State: campaign.Created, Attempt: 1, Run: 7, Campaign: 1, Session: campaign.Session{ID: "s-1", Status: "opened"}}},
		{Account: "MA_2", Done: true, Record: campaign.Record{State: campaign.Pending, Run: 7, Campaign: 1}},
		{Account: "MA_3", Note: "not looked at\x07", Record: campaign.Record{State: campaign.Undecided, Run: 6, Attempt: 1, Campaign: 1}},
	}, repeat{flags: []string{"--rate 2/s"}})
	require.NoError(t, err)
	require.Equal(t, exitIncident, code)
	require.Equal(t, `Resolved 2 of 3 accounts: 1 min 30 s, 1,200 requests

  MA_1  created    session s-1 (opened) is its own
  MA_2  pending    the next create sends it
  MA_3  undecided  not looked at`+"\ufffd"+`

Stopped early: the API gave no usable answer for too long
  no answer`+"\ufffd"+`

Still to be looked at again: 1 account.

INCIDENTS (1):
  MA_1, session s-1: revoked`+"\ufffd"+`[2J

Next:
  - give the same command again: what is resolved stays so, and the rest is looked at
  - send what is pending again: kycbatch create --campaign spring --rate 2/s
  - look up each session named above; `+"`kycbatch status`"+` keeps naming them
`, out.String())
}

// The exit code of decisions: all done, some not, to be looked at again.
func TestCodeOfResolve(t *testing.T) {
	s := newStage(t)
	s.api(sandbox.Config{})
	s.run("create", s.file("spring.csv", rows(1)))
	p := bare(outside{stdout: io.Discard, stderr: io.Discard})
	p.options.dataDir = s.env["KYCBATCH_DATA_DIR"]
	store, err := p.read(t.Context(), campaign.LedgerIdentity{})
	require.NoError(t, err)
	defer store.close()
	done := campaign.Resolution{Done: true, Record: campaign.Record{State: campaign.Created, Run: 7, Attempt: 1, Audited: true}}
	unaudited, open := done, campaign.Resolution{Record: campaign.Record{State: campaign.Undecided, Run: 7, Attempt: 1, Audited: true}}
	unaudited.Record.Audited = false
	for want, all := range map[int][]campaign.Resolution{
		exitDone: {done, done}, exitMend: {done, open}, exitAgain: {unaudited, open},
	} {
		code, err := p.showResolved(t.Context(), store, campaign.Summary{Run: 7}, all, repeat{})
		require.NoError(t, err)
		require.Equal(t, want, code)
	}
	unaudited.Record.Campaign = 1
	steps, err := p.afterResolve(store, resolved{all: []campaign.Resolution{unaudited}, sum: campaign.Summary{Run: 7}}, repeat{flags: []string{"--rate 2/s"}})
	require.NoError(t, err)
	require.Equal(t, []string{"look at it once more: kycbatch audit --campaign spring --rate 2/s"}, steps)
	code, err := p.showResolved(t.Context(), store, campaign.Summary{Run: 7, Halt: campaign.HaltDrained}, []campaign.Resolution{open}, repeat{})
	require.NoError(t, err)
	require.Equal(t, exitInterrupted, code)
}
