package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

func TestAgree(t *testing.T) {
	plan := campaign.Plan{Campaign: "spring", Rows: 1200, Mails: 1200, Counts: map[campaign.Outcome]int{campaign.OutcomePending: 1200}}
	cases := []struct {
		name          string
		typed         string
		tty, yes      bool
		limit, expect int
		mails         int
		loopback      bool
		want          string // of the error; "" agreed
		code          int
	}{
		{name: "the number", typed: "1200\n", tty: true, mails: 1200},
		{name: "as it was shown", typed: " 1,200 \n", tty: true, mails: 1200},
		{name: "another number", typed: "1201\n", tty: true, mails: 1200, want: "nothing is pending", code: exitUsage},
		{name: "yes", typed: "yes\n", tty: true, mails: 1200, want: "nothing was sent", code: exitUsage},
		{name: "nothing", typed: "", tty: true, mails: 1200, want: "nothing was sent", code: exitUsage},
		{name: "--yes on a terminal", tty: true, yes: true, mails: 1200},
		{name: "no terminal", typed: "1200\n", mails: 1200, limit: 1200, want: "no terminal", code: exitUsage},
		{name: "no terminal, --yes alone", yes: true, mails: 1200, want: "needs a bound", code: exitUsage},
		{name: "no terminal, --yes --limit", yes: true, mails: 1200, limit: 1200},
		{name: "no terminal, --yes --expect", yes: true, mails: 1200, expect: 1200},
		{name: "another --expect", yes: true, mails: 1200, expect: 1199, want: "1,200 customers would be mailed", code: exitUsage},
		{name: "another --expect, on loopback", mails: 1200, expect: 7, loopback: true, want: "would be mailed", code: exitUsage},
		{name: "loopback", mails: 1200, loopback: true},
		{name: "nobody to mail", mails: 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := bare(outside{stdin: strings.NewReader(c.typed), stderr: io.Discard, stdinIsTTY: c.tty})
			p.options.yes = c.yes
			p.given["expect"] = c.expect > 0
			plan := plan
			plan.Mails = c.mails
			o := createOptions{limit: c.limit, expect: c.expect}
			// A prompt is about a file here; without one the words differ.
			err := p.agree(t.Context(), o, target{loopback: c.loopback}, input{file: &intake.File{}}, plan)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Contains(t, err.Error()+advice(err), c.want)
			require.Equal(t, c.code, codeOf(err))
		})
	}
}

// A signal ends the question, although reading a terminal cannot be broken off.
func TestAgreeIsInterrupted(t *testing.T) {
	never, writer := io.Pipe()
	defer writer.Close()
	p := bare(outside{stdin: never, stderr: io.Discard, stdinIsTTY: true})
	err := p.agree(canceled(), createOptions{}, target{}, input{}, campaign.Plan{Mails: 3})
	require.Equal(t, exitInterrupted, codeOf(err))
	require.Contains(t, advice(err), "nothing was sent")
}

// The question shows what it is about.
func TestAgreeShowsThePlan(t *testing.T) {
	var talked shared
	p := bare(outside{stdin: strings.NewReader("2\n"), stderr: &talked, stdinIsTTY: true})
	plan := campaign.Plan{Campaign: "spring", Rows: 3, Mails: 2, Counts: map[campaign.Outcome]int{campaign.OutcomePending: 2, campaign.OutcomeInvalid: 1}}
	require.NoError(t, p.agree(t.Context(), createOptions{pace: pace{parsed: 5}}, target{}, input{}, plan))
	require.Regexp(t, `(?s)Plan for campaign spring: 3 rows.*invalid +1 .*pending +2 .*in about 1 s\..*This mails 2 customers`, talked.String())
}
