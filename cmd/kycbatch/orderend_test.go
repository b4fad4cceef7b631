package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// endedOrder is an order with one account at each of some ends.
func endedOrder(ends ...campaign.OrderEnd) orderEnd {
	e := orderEnd{again: repeat{flags: []string{"--rate 2/s"}}}
	e.done.Summary.Campaign = "spring"
	for i, end := range ends {
		e.done.Accounts = append(e.done.Accounts, campaign.Ordered{Account: "MA_" + string(rune('A'+i)), Before: "s-1", End: end, Reason: "because of " + string(end)})
	}
	return e
}

// Whoever is left without a session is named, with the reason and what to type.
func TestOrderEndIsLoud(t *testing.T) {
	var out bytes.Buffer
	endedOrder(campaign.OrderReplaced, campaign.OrderRefused, campaign.OrderCalledOff, campaign.OrderUndecided, campaign.OrderOpen).print(&out, false)
	for _, want := range []string{
		"Campaign spring: 5 accounts", "  replaced   1  the old session has ended, the customer was mailed the new link\n",
		"  refused    1  the API refused the new session: the account has NONE NOW; see below\n",
		"WITHOUT A SESSION NOW (1):\n  MA_B: because of refused\n", "Left alone (1):\n  MA_C: because of left\n", "Undecided (1):\n  MA_D: ",
		"mended: kycbatch replace --account ID [--email ADDRESS] --campaign spring --rate 2/s\n",
		"go on: kycbatch replace --resume --campaign spring --rate 2/s\n",
	} {
		require.Contains(t, out.String(), want)
	}
}

// What to type next has no address, and nothing that was about this one order.
func TestOrderIsNotRepeated(t *testing.T) {
	p := bare(outside{})
	flags := newReplace(p).Flags()
	require.NoError(t, flags.Parse([]string{"--account", "MA_1", "--email", "new@example.com", "--reason", "why", "--expect", "1", "--include-started", "--rate", "2/s"}))
	require.Equal(t, "kycbatch replace --resume --campaign spring --rate 2/s", p.again(flags).line("replace", "spring", "--resume"))
}

func TestCodeOfOrder(t *testing.T) {
	cases := map[string]struct {
		end  orderEnd
		want int
	}{
		"nothing to do": {endedOrder(), exitDone},
		"done":          {endedOrder(campaign.OrderReplaced, campaign.OrderRevoked), exitDone},
		"left alone":    {endedOrder(campaign.OrderCalledOff), exitMend},
		"refused":       {endedOrder(campaign.OrderRefused), exitMend},
		"undecided":     {endedOrder(campaign.OrderUndecided), exitMend},
		"not finished":  {endedOrder(campaign.OrderRefused, campaign.OrderOpen), exitAgain},
		"left out":      {orderEnd{left: []campaign.Planned{{Account: "MA_A"}}}, exitMend},
		"unaudited":     {orderEnd{done: campaign.Carried{Summary: campaign.Summary{Unaudited: 1}}}, exitAgain},
		"an incident":   {orderEnd{done: campaign.Carried{Summary: campaign.Summary{Incidents: []campaign.Incident{{}}}}}, exitIncident},
		"refusals":      {orderEnd{done: campaign.Carried{Summary: campaign.Summary{Halt: campaign.HaltReplacement}}}, exitSafety},
	}
	for name, c := range cases {
		require.Equal(t, c.want, codeOfOrder(c.end), name)
	}
}

// How many are meant must be said exactly, by whoever is there to say it.
func TestCounted(t *testing.T) {
	cases := []struct {
		name         string
		typed        string
		tty, yes     bool
		expect       int // -1: not given
		n            int
		outside      bool
		want, advice string // of the error; "" agreed
	}{
		{name: "expected", expect: 3, n: 3},
		{name: "expected, outside, no --yes", expect: 3, n: 3, outside: true, want: "no terminal", advice: "--yes --expect 3"},
		{name: "expected, outside, --yes", expect: 3, n: 3, outside: true, yes: true},
		{name: "another number", expect: 2, n: 3, yes: true, want: "--expect 2, but"},
		{name: "another number, nothing to do", expect: 2, n: 0, want: "--expect 2, but"},
		{name: "nothing to do", expect: -1, n: 0},
		{name: "a script on this machine", expect: -1, n: 3, want: "--expect has to say", advice: "add --expect 3"},
		{name: "a script, --yes alone", expect: -1, n: 3, yes: true, outside: true, want: "--expect has to say"},
		{name: "--yes alone on a terminal", expect: -1, n: 3, yes: true, tty: true, want: "--expect has to say"},
		{name: "typed", typed: "3\n", expect: -1, n: 3, tty: true, outside: true},
		{name: "typed, on this machine", typed: "3\n", expect: -1, n: 3, tty: true},
		{name: "typed wrong", typed: "4\n", expect: -1, n: 3, tty: true, want: "not the number of accounts"},
		{name: "expected and typed, outside", typed: "3\n", expect: 3, n: 3, tty: true, outside: true},
		{name: "expected and typed wrong, outside", typed: "\n", expect: 3, n: 3, tty: true, outside: true, want: "not the number of accounts"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := bare(outside{stdin: bytes.NewBufferString(c.typed), stderr: &shared{}, stdinIsTTY: c.tty})
			p.options.yes, p.given["expect"] = c.yes, c.expect >= 0
			err := p.counted(t.Context(), c.expect, c.n, "account", "would end 3 sessions", "This ends 3 sessions.", c.outside)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.Equal(t, exitUsage, codeOf(err))
			require.Contains(t, err.Error()+advice(err), "nothing was sent and nothing was changed")
			require.Contains(t, advice(err), c.advice)
		})
	}
}
