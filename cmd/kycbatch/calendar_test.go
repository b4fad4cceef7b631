package main

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/campaign"
)

// However many accounts come by, those that are kept are the soonest, in order, and all that get a mail are counted.
func TestSoonest(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		s := &soonest{keep: rapid.IntRange(1, 5).Draw(t, "keep")}
		var all []campaign.Reminder
		for line := range rapid.IntRange(0, 40).Draw(t, "accounts") {
			one := campaign.Reminder{}
			one.Row.Line = line
			if h := rapid.IntRange(0, 9).Draw(t, "ours"); h > 0 {
				one.Verdict.When = noon.Add(time.Duration(h) * time.Hour)
			}
			if h := rapid.IntRange(0, 9).Draw(t, "theirs"); h > 0 {
				one.API = noon.Add(time.Duration(h) * time.Hour)
			}
			s.add(one)
			require.Less(t, len(s.all), 2*s.keep)
			if !one.Verdict.When.IsZero() || !one.API.IsZero() {
				all = append(all, one)
			}
		}
		s.cut()
		require.Equal(t, len(all), s.found)
		require.Len(t, s.all, min(len(all), s.keep))
		slices.SortStableFunc(all, func(a, b campaign.Reminder) int { return nextMail(a).Compare(nextMail(b)) })
		for i, one := range s.all {
			require.Equal(t, all[i].Row.Line, one.Row.Line)
		}
	})
}

// The file can be opened in a spreadsheet, and its times are of the zone that was named.
func TestCalendarFile(t *testing.T) {
	kolkata := time.FixedZone("IST", 5*3600+1800)
	at := time.Date(2026, 11, 23, 12, 0, 0, 123, time.UTC)
	one := campaign.Reminder{Verdict: campaign.Verdict{Why: campaign.WhySoon}, API: at.Add(time.Hour)}
	one.Row.Line = 7
	one.Record = campaign.Record{
		Account: "MA_7", Address: "planted.person@example.com", Mails: []time.Time{at.Add(-time.Hour), at.Add(time.Hour)},
		Session: campaign.Session{ID: "s-7", Status: "=cmd|' /C calc'!A0", Created: at.Add(-time.Hour), Expires: at.Add(24 * time.Hour)},
		Resend:  campaign.Resends{Sent: 2},
	}
	var text bytes.Buffer
	f := newCalendarFile(&text, kolkata)
	f.add(one, at)
	one.Record.Resend.First = at
	f.add(one, at)
	require.NoError(t, f.done())
	require.NotContains(t, text.String(), "planted")
	lines, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 3)
	require.Equal(t, []string{
		"7", "MA_7", "s-7", "'=cmd|' /C calc'!A0", "2", "2026-11-23T16:30:00+05:30", "", "2026-11-23T18:30:00+05:30", "2026-11-24T17:30:00+05:30", string(campaign.WhySoon),
	}, lines[1])
	require.Equal(t, "a resend is under way, without a definite answer yet", lines[2][9])
	failing := newCalendarFile(broken{}, kolkata)
	require.Error(t, failing.done())
}

// A terminal is not steered by what the API calls a status.
func TestCalendarIsPrintable(t *testing.T) {
	view := calendar{zone: time.UTC, next: &soonest{keep: 1}}
	for range 2 {
		view.next.add(campaign.Reminder{
			API: time.Unix(0, 0), Record: campaign.Record{Account: "MA_1\x1b[2J", Session: campaign.Session{Status: "\x1b[31mopened"}},
		})
	}
	view.next.cut()
	var text strings.Builder
	view.print(&text)
	require.NotContains(t, text.String(), "\x1b")
	require.Contains(t, text.String(), "Thu 1970-01-01 00:00")
	require.Contains(t, text.String(), "and 1 more; --csv FILE has every session")
}
