package intake

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestIDsAreNotDamage: what looks like an id of the API, or like one of digits alone, is left in peace.
func TestIDsAreNotDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`MA_[A-Z0-9]{8}|[0-9]{1,20}|[A-Z][A-Z0-9-]{8,20}|[0-9]{2,6}E[0-9]{1,4}`).Draw(t, "id")
		require.Empty(t, damagedID(id), id)
	})
}

// TestDamageIsSeen: numbers and dates in the forms in which a spreadsheet writes them.
func TestDamageIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(1e11, 1e300).Draw(t, "number")
		for _, format := range []string{"%.5E", "%.2E", "%.0E"} {
			id := fmt.Sprintf(format, number)
			require.Equal(t, reasonScience, damagedID(id), id)
			id = strings.Replace(id, ".", ",", 1)
			require.Equal(t, reasonScience, damagedID(id), id)
		}
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20_000).Draw(t, "day"))
		for _, layout := range []string{"2006-01-02", "1/2/2006", "02/01/2006", "2-Jan-06", "Jan-06", "02.01.2006", "2006-01-02 15:04:05"} {
			require.Equal(t, reasonDate, damagedID(day.Format(layout)), layout)
		}
	})
}

// TestLostZeros: of ids of one length, those that a spreadsheet has shortened are found, and no other.
func TestLostZeros(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9]{6}`), 1, 20, rapid.ID[string]).Draw(t, "ids")
		var b strings.Builder
		b.WriteString("account,email\n")
		lost, kept, longest := 0, 0, 0
		for i, id := range ids {
			written := id
			if id[0] == '0' {
				if written = strings.TrimLeft(id, "0"); written == "" || rapid.Bool().Draw(t, "kept") {
					written = id
				}
			}
			if written != id {
				lost++
			} else if id[0] == '0' {
				kept++
			}
			longest = max(longest, len(written))
			fmt.Fprintf(&b, "%s,a%d@example.com\n", written, i)
		}
		path := dir + "/ids.csv"
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
		f, err := Open(t.Context(), path, Options{})
		require.NoError(t, err)
		require.Equal(t, len(ids), f.Rows)
		if kept == 0 {
			lost = 0 // nothing tells
		}
		require.Equal(t, lost, f.ProblemsTotal-clashes(f))
	})
}

// clashes counts the problems of rows that became one account.
func clashes(f *File) (n int) {
	for _, p := range f.Problems {
		if p.Column == "" {
			n++
		}
	}
	return n
}

// TestNearest: one slip of the hand is near, another word is not.
func TestNearest(t *testing.T) {
	for header, want := range map[string]bool{
		"emial": true, "E_Mial": true, "emai": true, "customer_emial": true, "e-maill": true, "Customer e-mail": true, "Mail of owner": true,
		"name": false, "phone": false, "male": false, "main": false, "plan": false, "": false,
	} {
		require.Equal(t, want, nearest(nameEmail, []string{"plan", header}) == header && header != "", header)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringN(0, 9, -1).Draw(t, "a"), rapid.StringN(0, 9, -1).Draw(t, "b")
		require.Equal(t, distance(a, b), distance(b, a))
		require.Equal(t, a == b, distance(a, b) == 0)
	})
	require.Equal(t, 1, distance("ab", "ba"))
	require.Equal(t, 3, distance("kitten", "sitting"))
}

// TestReasonsOfTheDisk: root may read everything, so these are asked for directly.
func TestReasonsOfTheDisk(t *testing.T) {
	require.Equal(t, "may not be read by this user: check its permissions", openReason(&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}))
	require.Equal(t, "is a link that leads back to itself: give the file that is meant", openReason(syscall.ELOOP))
	require.Equal(t, "cannot be opened: input/output error", openReason(&fs.PathError{Op: "open", Path: "x", Err: syscall.EIO}))
}
