package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

func TestSummaryText(t *testing.T) {
	var text strings.Builder
	finished{
		sum: campaign.Summary{
			Campaign: "spring", Rows: 1234, Elapsed: 90 * time.Second, Requests: 2500, Unaudited: 1,
			Counts:    map[campaign.Outcome]int{campaign.OutcomeCreated: 1200, campaign.OutcomeUndecided: 1, campaign.OutcomePending: 33},
			Incidents: []campaign.Incident{{Account: "MA_1", Session: "s-1", What: "revoked\x1b[2J unasked"}},
			Halt:      campaign.HaltOutage, Cause: errors.New("no answer\x07"),
		},
		files: campaign.Files{Results: "d/results.csv", Rejected: "d/rejected.csv", Rows: 1234, Mend: 1},
		of:    passOf{again: repeat{flags: []string{"--rate 2/s", "--data-dir 'my data'"}, where: []string{"--data-dir 'my data'"}}},
	}.print(&text)
	require.Equal(t, `Campaign spring: 1,234 rows, 1 min 30 s, 2,500 requests

  created    1,200  session created now, customer mailed once
  undecided      1  the API cannot say whether a session was made: never sent again by itself
  pending       33  not begun yet

Stopped early: the API gave no usable answer for too long
  no answer`+"\ufffd"+`

Sent and still to be looked at again: 1 account.

INCIDENTS (1):
  MA_1, session s-1: revoked`+"\ufffd"+`[2J unasked

Files:
  d/results.csv  every row, with what became of it
  d/rejected.csv  1 row to mend and give back

Next:
  - when the API answers again: kycbatch create --campaign spring --rate 2/s --data-dir 'my data'
  - look up each session named above; `+"`kycbatch status`"+` keeps naming them
  - decide about the 1 undecided row, for which nothing more is sent: kycbatch undecided --campaign spring --data-dir 'my data'
  - mend the 1 row in rejected.csv, then: kycbatch create d/rejected.csv --campaign spring-mended --rate 2/s --data-dir 'my data'
`, text.String())
}

// The lists of the object are lists, also where they are empty, and hold what the summary holds.
func TestSummaryObject(t *testing.T) {
	i := campaign.Incident{Account: "MA_1", Session: "s-1", What: "revoked"}
	full := finished{sum: campaign.Summary{Incidents: []campaign.Incident{i}, Halt: campaign.HaltOutage, Cause: errors.New("no\x07")}, code: exitIncident}.object()
	require.Equal(t, []campaign.Incident{i}, full.Incidents)
	require.Equal(t, []string{string(campaign.HaltOutage), "no\ufffd"}, []string{full.Halt, full.Cause})
	require.Equal(t, exitIncident, full.ExitCode)
	require.Nil(t, full.Files)
	require.NotNil(t, finished{}.object().Incidents)
}

// A run with nothing left to do has nothing to type next; every reason to stop early has something.
func TestNext(t *testing.T) {
	require.Empty(t, finished{sum: campaign.Summary{Campaign: "spring", Counts: map[campaign.Outcome]int{campaign.OutcomeCreated: 3}}}.next())
	for _, h := range []campaign.Halt{
		campaign.HaltCredentials, campaign.HaltMetadata, campaign.HaltReadBack, campaign.HaltRefusals, campaign.HaltOutage, campaign.HaltLedger,
		campaign.HaltLinks,
	} {
		require.Contains(t, finished{sum: campaign.Summary{Campaign: "spring", Halt: h}}.next()[0], "kycbatch create --campaign spring")
	}
	for _, o := range []campaign.Outcome{campaign.OutcomePending, campaign.OutcomeInDoubt} {
		f := finished{sum: campaign.Summary{Campaign: "spring", Halt: campaign.HaltDrained, Counts: map[campaign.Outcome]int{o: 1}}}
		require.Equal(t, []string{"go on: kycbatch create --campaign spring"}, f.next())
	}
}

// What is typed again is what still matters, in a spelling that a shell reads back.
func TestAgain(t *testing.T) {
	p := bare(outside{})
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	p.options.addFlags(f)
	var o createOptions
	o.input.addFlags(f)
	o.pace.addFlags(f)
	for _, once := range []string{"expect", "limit", "max-duration"} {
		f.String(once, "", "")
	}
	require.NoError(t, f.Parse([]string{"--limit", "5", "--max-duration", "2h",
		"--sandbox", "--data-dir", "it's here", "--metadata", "a,b", "--rate=300/m", "-q", "-y", "-o", "json",
		"--expect", "3", "--campaign", "spring"}))
	require.Equal(t, `kycbatch create --campaign summer --data-dir 'it'\''s here' --metadata a,b --rate 300/m --sandbox`, p.again(f).create("summer"))
	require.Equal(t, `kycbatch undecided --campaign summer --data-dir 'it'\''s here' --sandbox`, p.again(f).undecided("summer"))
}

func TestMendedIsAName(t *testing.T) {
	for _, name := range []string{"a", "spring", strings.Repeat("x", 64)} {
		require.NoError(t, campaign.CheckName(mended(name)))
		require.NotEqual(t, name, mended(name))
	}
}
