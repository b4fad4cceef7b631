package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

func TestCodeOfResend(t *testing.T) {
	type counts = map[campaign.ResendOutcome]int
	for name, c := range map[string]struct {
		done campaign.Resent
		want int
	}{
		"nobody was due":               {campaign.Resent{Why: map[campaign.Why]int{campaign.WhyRecent: 3}}, exitDone},
		"sent, or perhaps, or not":     {campaign.Resent{Counts: counts{campaign.ResendSent: 1, campaign.ResendUnsure: 1, campaign.ResendCooling: 1, campaign.ResendNotDue: 1}}, exitDone},
		"the limit":                    {campaign.Resent{Left: 3}, exitDone},
		"the cap":                      {campaign.Resent{Left: 3, Counts: counts{campaign.ResendHeld: 2}, Closed: &campaign.Closed{}}, exitDone},
		"refused":                      {campaign.Resent{Counts: counts{campaign.ResendRefused: 1}}, exitMend},
		"open":                         {campaign.Resent{Counts: counts{campaign.ResendOpen: 1, campaign.ResendRefused: 1}}, exitAgain},
		"unread":                       {campaign.Resent{Counts: counts{campaign.ResendUnread: 1}}, exitAgain},
		"interrupted":                  {campaign.Resent{Halt: campaign.HaltDrained, Counts: counts{campaign.ResendOpen: 1}}, exitInterrupted},
		"an incident":                  {campaign.Resent{Halt: campaign.HaltDrained, Incidents: []campaign.Incident{{}}}, exitIncident},
		"credentials, and an incident": {campaign.Resent{Halt: campaign.HaltCredentials, Incidents: []campaign.Incident{{}}}, exitCredentials},
		"no answer":                    {campaign.Resent{Halt: campaign.HaltOutage}, exitAgain},
		"the ledger":                   {campaign.Resent{Halt: campaign.HaltLedger, Cause: campaign.ErrLedgerUnusable}, exitSafety},
	} {
		require.Equal(t, c.want, codeOfResend(c.done), name)
	}
}

// Every outcome has words of its own, and every end says how to go on where there is something to go on with.
func TestResendSummary(t *testing.T) {
	met := map[string]bool{}
	for _, o := range campaign.ResendOutcomes() {
		require.False(t, met[resendMeaning(o)], o)
		met[resendMeaning(o)] = true
	}
	until := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		done campaign.Resent
		want string // "" nothing is left to do
	}{
		"done":   {campaign.Resent{Counts: map[campaign.ResendOutcome]int{campaign.ResendSent: 1, campaign.ResendUnsure: 1}}, ""},
		"open":   {campaign.Resent{Counts: map[campaign.ResendOutcome]int{campaign.ResendOpen: 1}, Left: 1}, "find out what became of the requests without an answer, soon"},
		"closed": {campaign.Resent{Left: 1, Closed: &campaign.Closed{Why: "the window is closed", Until: until}}, "from Tue 2026-11-24 09:00 UTC on: kycbatch resend --campaign spring --rate 2/s"},
		"left":   {campaign.Resent{Left: 1}, "go on: kycbatch resend --campaign spring --rate 2/s"},
		"unread": {campaign.Resent{Counts: map[campaign.ResendOutcome]int{campaign.ResendUnread: 1}}, "go on: "},
		"outage": {campaign.Resent{Left: 1, Halt: campaign.HaltOutage}, "when the API answers again: "},
		"disk":   {campaign.Resent{Left: 1, Halt: campaign.HaltLedger}, "see that the disk has space"},
	} {
		c.done.Campaign = "spring"
		var text strings.Builder
		resendEnd{done: c.done, again: repeat{flags: []string{"--rate 2/s"}}}.print(&text)
		if c.want == "" {
			require.NotContains(t, text.String(), "Next:", name)
			continue
		}
		require.Contains(t, text.String(), "Next:\n  - "+c.want, name)
	}
}

// Against an API that is not on this machine a person types the number, of what was shown.
func TestAgreeToResend(t *testing.T) {
	view := calendar{mails: 40, plan: campaign.ResendPlan{Campaign: "spring", Due: 40, Later: map[campaign.Why]int{campaign.WhyRecent: 2}}, forecast: campaign.Forecast{Today: 10, Days: 4}, zone: time.UTC}
	for _, c := range []struct {
		name          string
		typed         string
		tty, yes      bool
		limit, expect int
		loopback      bool
		want          string // of the error; "" agreed
	}{
		{name: "the number", typed: "40\n", tty: true},
		{name: "another", typed: "41\n", tty: true, want: "nothing was sent"},
		{name: "no terminal", want: "there is no terminal to ask on: nothing was sent"},
		{name: "no terminal, --yes", yes: true, want: "needs a bound"},
		{name: "no terminal, --yes --limit", yes: true, limit: 50},
		{name: "no terminal, --yes --expect", yes: true, expect: 40},
		{name: "another --expect", yes: true, expect: 39, want: "--expect 39, but 40 customers would be mailed"},
		{name: "another --expect, on loopback", expect: 39, loopback: true, want: "`plan resend` shows them"},
		{name: "loopback", loopback: true},
	} {
		var talked shared
		p := bare(outside{stdin: strings.NewReader(c.typed), stderr: &talked, stdinIsTTY: c.tty})
		p.options.yes, p.given["expect"] = c.yes, c.expect > 0
		err := p.agreeToResend(t.Context(), resendOptions{limit: c.limit, expect: c.expect}, target{loopback: c.loopback}, view)
		if c.tty {
			require.Regexp(t, `(?s)^Reminders of campaign spring: 42 sessions, .*due +40 .*Of these, 10 can be mailed today.*mailed too short.*This mails 40 customers\.`, talked.String())
		}
		if c.want == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.Equal(t, exitUsage, codeOf(err), c.name)
		require.Contains(t, err.Error()+advice(err), c.want, c.name)
	}
	p := bare(outside{stdin: strings.NewReader(""), stderr: io.Discard})
	view.mails = 0
	require.NoError(t, p.agreeToResend(t.Context(), resendOptions{}, target{}, view), "nobody is mailed")
	var text strings.Builder
	view.mails, view.forecast = 5, campaign.Forecast{Today: 5, Days: 1}
	view.print(&text)
	require.Contains(t, text.String(), "Of those due, the limit lets 5 be mailed.")
	require.NotContains(t, text.String(), "today")
}
