package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawRecord(t *rapid.T) Record {
	at := func(label string) time.Time {
		if rapid.Bool().Draw(t, label+" is zero") {
			return time.Time{}
		}
		return time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, label)).UTC()
	}
	texts := func(label string) []string {
		s := rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, label)
		if len(s) == 0 {
			return nil
		}
		return s
	}
	bytes := func(label string) []byte {
		b := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, label)
		if len(b) == 0 {
			return nil
		}
		return b
	}
	number := rapid.IntRange(0, 1<<40)
	return Record{
		Account: rapid.String().Draw(t, "account"), State: rapid.SampledFrom(stateCodes[:]).Draw(t, "state"),
		Round: number.Draw(t, "round"), Attempt: number.Draw(t, "attempt"), Free: number.Draw(t, "free"), Guard: texts("guard"),
		Session: Session{
			ID: rapid.String().Draw(t, "id"), Status: rapid.String().Draw(t, "status"), Expires: at("expires"), Created: at("created"),
			Opened: at("opened"), Completed: at("completed"), Ended: at("ended"), KYCType: rapid.String().Draw(t, "kyc type"),
		},
		Adopted: rapid.Bool().Draw(t, "adopted"), Audited: rapid.Bool().Draw(t, "audited"),
		Incident: rapid.String().Draw(t, "incident"), Reason: rapid.String().Draw(t, "reason"),
		Campaign: rapid.Uint64().Draw(t, "campaign"), Request: bytes("request"),
		Digest: Digest(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "digest")), Run: rapid.Uint64().Draw(t, "run"), Changed: at("changed"),
		Redirect: rapid.Bool().Draw(t, "redirect"), Orphans: number.Draw(t, "orphans"),
		End: Ending{
			Session: rapid.String().Draw(t, "to end"), Why: rapid.String().Draw(t, "why"),
			Started: rapid.Bool().Draw(t, "started"), Only: rapid.Bool().Draw(t, "only"),
			Was: Digest(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "was")),
		},
		Trail:      rapid.Uint64().Draw(t, "trail"),
		Correction: Correction{Wrong: rapid.String().Draw(t, "wrong"), Right: rapid.String().Draw(t, "right")},
		Address:    rapid.String().Draw(t, "address"), Reminders: rapid.SampledFrom([][]int{nil, {3}, {7, 0, 1}}).Draw(t, "reminders"),
		Mails:  rapid.SampledFrom([][]time.Time{nil, {time.UnixMicro(1).UTC(), time.UnixMicro(5).UTC()}}).Draw(t, "mails"),
		Resend: Resends{Sent: number.Draw(t, "sent"), Unsure: number.Draw(t, "unsure"), First: at("first"), Last: at("last"), Tried: at("tried")}, Newer: rapid.String().Draw(t, "newer"),
		Verified: rapid.SampledFrom([][]Fact{nil, {{"pan_name_match", "true"}, {"gender", ""}}}).Draw(t, "verified"),
	}
}

func TestRecordComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := drawRecord(t)
		back, err := decodeRecord(rec.encode())
		require.NoError(t, err)
		require.Equal(t, rec, back)
	})
}

func TestRowAndRequestComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Request{
			Email: rapid.String().Draw(t, "email"), RedirectURL: rapid.String().Draw(t, "redirect"), WebhookURL: rapid.String().Draw(t, "webhook"),
			ExpiresInDays: rapid.IntRange(0, 365).Draw(t, "days"), Metadata: []byte(rapid.StringN(1, 40, -1).Draw(t, "metadata")),
			RemindBefore: rapid.SliceOfN(rapid.IntRange(0, 365), 1, 4).Draw(t, "remind"),
		}
		back, err := decodeRequest(q.encode())
		require.NoError(t, err)
		require.Equal(t, q, back)

		row := Row{
			Line: rapid.IntRange(0, 1<<30).Draw(t, "line"), Account: rapid.String().Draw(t, "account"), Record: rapid.Uint64().Draw(t, "record"),
			Request: q.encode(), Cells: rapid.SliceOfN(rapid.String(), 1, 6).Draw(t, "cells"), Problem: rapid.String().Draw(t, "problem"),
			DuplicateOf: rapid.IntRange(0, 1<<30).Draw(t, "duplicate"), Excluded: rapid.Bool().Draw(t, "excluded"), Gone: rapid.Bool().Draw(t, "gone"),
			Purged: rapid.SampledFrom(append(Outcomes(), "")).Draw(t, "purged"),
		}
		sameRow, err := decodeRow(row.encode())
		require.NoError(t, err)
		require.Equal(t, row, sameRow)
	})
}

// TestRecordOfAnEarlierVersionIsRead: what a version has more than the one before it is at the end of a record.
func TestRecordOfAnEarlierVersionIsRead(t *testing.T) {
	rec := Record{Account: "MA_1", State: Created, Round: 2, Attempt: 1, Session: Session{ID: "s", Status: "opened"}, Audited: true, Run: 7}
	v := rec.encode()
	for version, tail := range map[byte]int{ // a byte for each field, since they are zero, and a whole digest
		2: 15,
		1: 15 + 9 + len(Digest{}),
	} {
		earlier := append([]byte{version}, v[1:len(v)-tail]...)
		back, err := decodeRecord(earlier)
		require.NoError(t, err)
		require.Equal(t, rec, back)
		_, err = decodeRecord(earlier[:len(earlier)-1])
		require.ErrorIs(t, err, errValue)
	}
}

// TestValueOfAnotherVersionIsRefused holds that a value is never guessed at.
func TestValueOfAnotherVersionIsRefused(t *testing.T) {
	v := Record{Account: "MA_1"}.encode()
	for what, b := range map[string][]byte{
		"another version": append([]byte{recordVersion + 1}, v[1:]...),
		"version 0":       append([]byte{0}, v[1:]...),
		"cut short":       v[:len(v)-1],
		"with a tail":     append(append([]byte{}, v...), 0),
		"empty":           {},
	} {
		_, err := decodeRecord(b)
		require.ErrorIs(t, err, errValue, what)
	}
}

// FuzzLedgerValues: whatever stands in a value, reading it ends, and what reads well writes the same again.
func FuzzLedgerValues(f *testing.F) {
	f.Add(Record{Account: "MA_1", State: Started, Round: 1, Attempt: 2, Guard: []string{"a"}}.encode())
	f.Add(Row{Line: 2, Account: "MA_1", Cells: []string{"MA_1", "x"}}.encode())
	f.Add(Request{Email: "a@example.com", RemindBefore: []int{3, 1}}.encode())
	f.Add(Entry{ID: 1 << 50, At: time.UnixMicro(1 << 50), Kind: KindIntent, Record: 1}.encode())
	f.Add(Campaign{ID: 1, Import: 2, Header: []string{"email"}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if rec, err := decodeRecord(b); err == nil {
			again, err := decodeRecord(rec.encode())
			require.NoError(t, err)
			require.Equal(t, rec, again)
		}
		if row, err := decodeRow(b); err == nil {
			again, err := decodeRow(row.encode())
			require.NoError(t, err)
			require.Equal(t, row, again)
		}
		if q, err := decodeRequest(b); err == nil {
			again, err := decodeRequest(q.encode())
			require.NoError(t, err)
			require.Equal(t, q, again)
		}
		if e, err := decodeEntry(1<<50, b); err == nil {
			again, err := decodeEntry(1<<50, e.encode())
			require.NoError(t, err)
			require.Equal(t, e, again)
		}
		if c, err := decodeCampaign("x", b); err == nil {
			again, err := decodeCampaign("x", c.encode())
			require.NoError(t, err)
			require.Equal(t, c, again)
		}
	})
}

func TestAttemptID(t *testing.T) {
	id := AttemptID{Ledger: "a1b2", Round: 3, Attempt: 12}
	require.Equal(t, "1:a1b2:3.12", id.String())
	back, err := ParseAttemptID(id.String())
	require.NoError(t, err)
	require.Equal(t, id, back)
	for _, s := range []string{"", "1:", "2:a1b2:3.12", "1:a1b2:3", "1:a1b2:0.1", "1:a1b2:1.0", "1:a1b2:+1.1", "1:a1b2:01.1", "1::1.1", "1:a1b2:1.1.1", "1:a:b:1.1"} {
		_, err := ParseAttemptID(s)
		require.Error(t, err, "%q", s)
	}
}
