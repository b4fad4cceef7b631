package campaign

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEntryComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(1, 1<<55).Draw(t, "at")
		e := Entry{
			At: time.UnixMicro(at).UTC(), ID: uint64(at) + uint64(rapid.IntRange(0, 1<<40).Draw(t, "lag")),
			Run: rapid.Uint64().Draw(t, "run"), Kind: rapid.SampledFrom(kindCodes[:]).Draw(t, "kind"), Reason: rapid.String().Draw(t, "reason"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "facts") {
			e.Facts = append(e.Facts, Fact{rapid.String().Draw(t, "name"), rapid.String().Draw(t, "value")})
		}
		if e.Record = rapid.Uint64().Draw(t, "record"); e.Record != 0 {
			e.Prev = rapid.Uint64Range(0, e.ID-1).Draw(t, "prev")
			e.Round, e.Attempt = rapid.IntRange(0, 1<<30).Draw(t, "round"), rapid.IntRange(0, 1<<30).Draw(t, "attempt")
			e.Session, e.Status = rapid.String().Draw(t, "session"), rapid.IntRange(0, 599).Draw(t, "status")
			e.Mail = rapid.Bool().Draw(t, "mail")
		}
		back, err := decodeEntry(e.ID, e.encode())
		require.NoError(t, err)
		require.Equal(t, e, back)
	})
}

// TestValuesOfEarlierVersionsAreRead: what stands here was written by earlier versions, and is never changed.
func TestValuesOfEarlierVersionsAreRead(t *testing.T) {
	bytes := func(text string) []byte {
		b, err := hex.DecodeString(text)
		require.NoError(t, err)
		return b
	}
	rec, err := decodeRecord(bytes("01044d415f310202030101026731027331066f70656e65648080f9c0c1c4820301010169017204017101020000000000000000000000000000058180f9c0c1c48203"))
	require.NoError(t, err)
	require.Equal(t, Record{
		Account: "MA_1", State: Created, Round: 2, Attempt: 3, Free: 1, Guard: []string{"g1"},
		Session: Session{ID: "s1", Status: "opened", Expires: time.UnixMicro(1700000000000000).UTC()}, Adopted: true, Audited: true,
		Incident: "i", Reason: "r", Campaign: 4, Request: []byte("q"), Digest: Digest{1, 2}, Run: 5, Changed: time.UnixMicro(1700000000000001).UTC(),
	}, rec, "a record of version 1")

	e, err := decodeEntry(1700000000000007, bytes("0107030a095a0201027331c80101017701092d2d6578636c75646500"))
	require.NoError(t, err)
	require.Equal(t, Entry{
		ID: 1700000000000007, Prev: 1699999999999917, At: time.UnixMicro(1700000000000000).UTC(), Run: 3, Kind: KindAdopted, Record: 9,
		Round: 2, Attempt: 1, Session: "s1", Status: 200, Mail: true, Reason: "w", Facts: []Fact{{"--exclude", ""}},
	}, e, "an entry of version 1")
}

// TestEntryThatCanNotBeIsRefused: a predecessor that is not earlier would make a history endless.
func TestEntryThatCanNotBeIsRefused(t *testing.T) {
	e := Entry{ID: 1000, Prev: 900, At: time.UnixMicro(1000), Kind: KindIntent, Record: 1}
	for what, b := range map[string][]byte{
		"its own predecessor": func() []byte { e := e; e.Prev = e.ID; return e.encode() }(),
		"a later predecessor": func() []byte { e := e; e.Prev = e.ID + 1; return e.encode() }(),
		"another version":     append([]byte{entryVersion + 1}, e.encode()[1:]...),
		"another kind":        {entryVersion, 0, 0, byte(len(kindCodes)), 0, 0, 0},
		"empty":               {},
	} {
		_, err := decodeEntry(e.ID, b)
		require.ErrorIs(t, err, errValue, what)
	}
}
