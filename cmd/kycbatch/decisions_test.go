package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	encodings "golang.org/x/text/encoding/unicode"

	"kycbatch/campaign"
)

// Decisions come as spreadsheets save them: each of these files says the same.
func TestDecisionsAsTheyAreSaved(t *testing.T) {
	const plain = "account_auth_id,decision,session_id,reason\nMA_1,adopt,s-1,\nMA_2,give-up,,\"moved, and gone\"\n"
	utf16, err := encodings.UTF16(encodings.LittleEndian, encodings.UseBOM).NewEncoder().String(plain)
	require.NoError(t, err)
	for what, text := range map[string]string{
		"plain":              plain,
		"byte order mark":    "\ufeff" + plain,
		"UTF-16":             utf16,
		"CRLF, empty lines":  strings.ReplaceAll(plain, "\n", "\r\n\r\n"),
		"tabs":               "Account-Auth-ID\tDecision\tSession ID\tReason\nMA_1\tAdopt\ts-1\t\nMA_2\tGIVE_UP\t\tmoved, and gone\n",
		"semicolons, spaces": "reason;account_auth_id;decision;session_id\n; MA_1 ;adopt;\u00a0s-1\nmoved, and gone;MA_2;give up;\n",
		"no end of line":     strings.TrimSuffix(plain, "\n"),
	} {
		all, wrong, err := parseDecisions(strings.NewReader(text))
		require.NoError(t, err, what)
		require.Empty(t, wrong, what)
		require.Len(t, all, 2, what)
		require.Equal(t, campaign.Resolution{Account: "MA_1", Decision: campaign.Decision{Verb: campaign.Adopt, Session: "s-1"}}, all[0].Resolution, what)
		require.Equal(t, campaign.Resolution{Account: "MA_2", Decision: campaign.Decision{Verb: campaign.GiveUp, Why: "moved, and gone"}}, all[1].Resolution, what)
	}
	_, _, err = parseDecisions(strings.NewReader("account_auth_id,decision\nMA_1,retry\xff\n"))
	require.ErrorContains(t, err, "UTF-8")
}

// However many lines are wrong, a screen shows them.
func TestManyWrongDecisions(t *testing.T) {
	_, wrong, err := parseDecisions(strings.NewReader("account_auth_id,decision\n" + strings.Repeat("MA_1,perhaps\n", 1500)))
	require.NoError(t, err)
	text := advice(refusedDecisions("d.csv", wrong))
	require.Equal(t, shownProblems+1, strings.Count(text, "\n")+1)
	require.True(t, strings.HasPrefix(text, "line 2: "), text)
	require.True(t, strings.HasSuffix(text, "and 1,480 more"), text)
}

// What is kept with an account is bounded.
func TestLongDecisions(t *testing.T) {
	d := decision{Resolution: campaign.Resolution{Account: "MA_1", Decision: campaign.Decision{Verb: campaign.Adopt, Session: strings.Repeat("x", 200)}}}
	require.Empty(t, d.wrong())
	d.Decision.Session += "x"
	require.Equal(t, "this can be no session's id", d.wrong())
	d.Decision = campaign.Decision{Verb: campaign.GiveUp, Why: strings.Repeat("x", maxReason)}
	require.Empty(t, d.wrong())
	d.Decision.Why += "x"
	require.Contains(t, d.wrong(), "at most 200 bytes")
}
