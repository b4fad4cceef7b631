package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// The code of a sync says what a scheduler has to do.
func TestCodeOfSync(t *testing.T) {
	incident := []campaign.Incident{{Account: "MA_1"}}
	for _, c := range []struct {
		sum  campaign.Synced
		code int
	}{
		{campaign.Synced{Accounts: 3}, exitDone},
		{campaign.Synced{Unknown: 1}, exitMend},
		{campaign.Synced{Unknown: 1, Missed: 1}, exitAgain},
		{campaign.Synced{Missed: 1, Incidents: incident}, exitIncident},
		{campaign.Synced{Missed: 1, Halt: campaign.HaltOutage}, exitAgain},
		{campaign.Synced{Missed: 1, Halt: campaign.HaltDrained}, exitInterrupted},
		{campaign.Synced{Incidents: incident, Halt: campaign.HaltCredentials}, exitCredentials},
		{campaign.Synced{Halt: campaign.HaltLedger, Cause: campaign.ErrLedgerFull}, exitAgain},
	} {
		require.Equal(t, c.code, codeOfSync(c.sum), "%+v", c.sum)
	}
}

// What a sync found, as people read it; what the API said can't steer the terminal.
func TestSyncInWords(t *testing.T) {
	s := synced{campaign: "spring", again: repeat{flags: []string{"--rate 2/s"}, where: []string{"--data-dir d"}}, sum: campaign.Synced{
		Campaigns: []string{"spring"}, Accounts: 1200, Missed: 150, Unknown: 1, Changed: 2, Pages: 13, Gets: 1200, ByList: true, Requests: 13, Elapsed: 3 * time.Second,
		Statuses: map[string]int{"kyc_completed": 2, "opened": 1, "revoked": 1, "email_sent": 1199, "under\x1b[2Jreview": 4}, Became: map[string]int{"revoked": 1}, Expired: 1,
		Unread: []campaign.Unread{{Account: "MA_1", Session: "s-1", Why: "get session: no answer\nat all"}}, Unlisted: []campaign.Unread{{Account: "MA_2", Session: "s-2", Why: "404"}},
		Elsewhere: []campaign.Elsewhere{{Account: "MA_3", Session: "s-3"}}, Halt: campaign.HaltOutage, Cause: errors.New("no answer"),
	}, files: []syncedFiles{{"spring", filesJSON{Results: "r.csv"}}}}
	var out bytes.Buffer
	s.print(&out)
	require.Equal(t, `Campaign spring: 1,200 sessions that could still change, 2 changed, 3 s, 13 requests

  status           sessions  new
  email_sent          1,199       mailed, not opened yet
  opened                  1       opened, not begun
  kyc_completed           2       completed
  revoked                 1    1  ended, by us or by somebody else
  under`+"\ufffd"+`[2Jreview         4       a word that the API does not document

Of these, 1 has expired: the link has stopped working.

By the API's list: 13 requests; one by one: 1,200 requests.

Stopped early: the API gave no usable answer for too long
  no answer

COULD NOT BE READ, the next sync asks again: 150 sessions
  MA_1, session s-1: get session: no answer at all
  and 149 more

NOT KNOWN TO THE API: 1 session
  MA_2, session s-2: 404

NEWER SESSIONS, made by somebody else (1):
  MA_3, session s-3

Files:
  r.csv  every row, with its status

Next:
  - when the API answers again: kycbatch sync --campaign spring --rate 2/s
  - ask the API's support what became of the sessions that it does not know
  - customers whose link has expired can get a new one: kycbatch replace --campaign spring --status expired --reason TEXT --data-dir d
`, out.String())
}

// How far a sync is, and how long it still takes: by the requests that it has planned.
func TestSyncProgress(t *testing.T) {
	v := view{phase: "asking for sessions one by one", toSync: 1000, synced: 400, planned: 610, requests: 410, rate: 5}
	require.Equal(t, "400 of 1,000 sessions, 5.0/s, about 40 s left", howFar(v.pass(), v.at))
	left, ok := v.eta()
	require.True(t, ok)
	require.Equal(t, 40*time.Second, left)
	v.requests = 700
	left, _ = v.eta()
	require.Zero(t, left, "more than was planned")
}
