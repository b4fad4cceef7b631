package intake

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// seeds adds the small files of testdata, which are in every form and broken in every way that has a name.
func seeds(f *testing.F) {
	f.Helper()
	entries, err := os.ReadDir("testdata")
	require.NoError(f, err)
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join("testdata", e.Name())); err == nil && len(b) < 8<<10 {
			f.Add(b)
		}
	}
}

// FuzzOpen: whatever the bytes are, the file is refused with a place and a
// reason, or every record of it is a row, and All finds the rows that Open did.
func FuzzOpen(f *testing.F) {
	seeds(f)
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		file, err := Open(t.Context(), path, Options{})
		if err != nil {
			var refusal *FileError
			require.ErrorAs(t, err, &refusal)
			require.NotEmpty(t, refusal.Reason)
			require.True(t, utf8.ValidString(err.Error()))
			return
		}
		require.Equal(t, file.Rows, file.Valid+file.Invalid+file.Duplicates+file.Excluded)
		rows, sendable, problems := 0, 0, 0
		for row, err := range file.All(t.Context()) {
			require.NoError(t, err)
			rows++
			problems += len(row.Problems)
			for _, p := range row.Problems {
				require.GreaterOrEqual(t, p.Line, row.Line)
			}
			if row.Sendable() {
				sendable++
				require.NotEmpty(t, row.Account)
				require.NotEmpty(t, row.Email)
			}
		}
		require.Equal(t, file.Rows, rows)
		require.Equal(t, file.Valid, sendable)
		require.Equal(t, file.ProblemsTotal, problems)
		require.Positive(t, rows)
		if plainText(b) {
			require.Equal(t, bareRecords(t, b, file.Delimiter), rows)
		}
	})
}

// plainText reports a file that encoding/csv reads as it stands.
func plainText(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsAny(b, "\r\ufeff") && !bytes.HasPrefix(b, []byte("PK")) && saidDelimiter(b) == 0
}

// bareRecords counts the records with content below the header by nothing but encoding/csv.
func bareRecords(t *testing.T, b []byte, comma rune) (n int) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma, r.FieldsPerRecord = comma, -1
	records, err := r.ReadAll()
	require.NoError(t, err)
	for _, record := range records[1:] {
		if !blank(record) {
			n++
		}
	}
	return n
}

// FuzzRoundTrip: the annotated copy of any file that can be read can be read, has the same rows in the same order, and
// says the same of each that had all its cells.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	dir := f.TempDir()
	path, copied := filepath.Join(dir, "fuzz.csv"), filepath.Join(dir, "copy.csv")
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		was, err := Open(t.Context(), path, Options{})
		if err != nil {
			return
		}
		var copy bytes.Buffer
		require.NoError(t, was.Annotate(t.Context(), &copy))
		require.NoError(t, os.WriteFile(copied, copy.Bytes(), 0o600))
		RequireSameRows(t, was, copied)
	})
}

// FuzzHeader: a header is laid out or refused; laid out, no two columns have one
// use and none is lost.
func FuzzHeader(f *testing.F) {
	for _, header := range []string{"account_auth_id,email", "Auth-ID;E-Mail;plan;", "mail\taccount\tkyc_x\tplan", `"a,b";account;email`, "metadata,account,email,webhook"} {
		f.Add(header)
	}
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, header string) {
		if strings.ContainsRune(header, 0) || !utf8.ValidString(header) {
			return
		}
		require.NoError(t, os.WriteFile(path, []byte(header+"\n"), 0o600))
		s := textOf(t, path, defaultMaxBytes)
		defer s.close()
		l, err := readHeader(s, path, &Options{})
		if err != nil {
			var refusal *FileError
			require.ErrorAs(t, err, &refusal)
			return
		}
		uses := map[int]bool{}
		for _, i := range []int{l.account, l.email, l.days, l.webhook, l.json} {
			if i >= 0 {
				require.False(t, uses[i])
				uses[i] = true
			}
		}
		for _, m := range l.metadata {
			require.False(t, uses[m.index])
			uses[m.index] = true
		}
		for i, own := range l.own {
			require.NotEqual(t, own, uses[i], "column %d", i)
		}
	})
}

func FuzzNeutralise(f *testing.F) {
	for _, cell := range []string{"", "=1", "'=1", "plain", "＋x", "\t"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) { checkNeutral(t, cell) })
}
