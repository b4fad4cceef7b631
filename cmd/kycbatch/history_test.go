package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// Whatever an API or a file said stands in the trail; on a terminal it is shown, never obeyed.
func TestHistoryCanNotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	tell(&out, "%s", line(campaign.Entry{Kind: campaign.KindUndecided, Session: "a\x1b[2Jb", Reason: "c\u202ed\ne"}))
	require.NotContains(t, out.String(), "\x1b")
	require.NotContains(t, out.String(), "\u202e")
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "an entry is a line")
	require.NotContains(t, entryObject(campaign.Entry{Reason: "c\u202ed"}).Reason, "\u202e")
}

// A kind that a later version adds is shown by its name.
func TestEveryKindHasWords(t *testing.T) {
	e := campaign.Entry{At: time.Unix(0, 0), Round: 1, Attempt: 2, Session: "s-1", Status: 404, Reason: "because", Mail: true}
	seen := map[string]bool{}
	for _, kind := range []campaign.Kind{
		campaign.KindBegan, campaign.KindEnded, campaign.KindImported, campaign.KindIntent, campaign.KindCreated, campaign.KindRefused,
		campaign.KindThrottled, campaign.KindUnauthorized, campaign.KindUnsent, campaign.KindUnknown, campaign.KindAdopted,
		campaign.KindAbsent, campaign.KindFreed, campaign.KindSkipped, campaign.KindUndecided, campaign.KindAudited, campaign.KindIncident,
		campaign.KindStatus, campaign.KindExpired, campaign.KindNewer, campaign.KindResend, campaign.KindResent, campaign.KindMayResend,
		campaign.KindNotResent, campaign.KindPurged,
	} {
		e.Kind = kind
		require.False(t, seen[words(e)], "%s says what another kind says", kind)
		seen[words(e)] = true
	}
	require.Equal(t, "moved (session s-1): because", words(campaign.Entry{Kind: "moved", Session: "s-1", Reason: "because"}))
	require.Contains(t, words(campaign.Entry{Kind: campaign.KindRefused, Reason: "x"}), "refused: x")
	require.NotContains(t, words(campaign.Entry{Kind: campaign.KindIntent}), "mail")
}
