package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzOpen: whatever the bytes are, the file is refused with a place and a
// reason, or every record of it is a row, and All finds the rows that Open did.
func FuzzOpen(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	require.NoError(f, err)
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join("testdata", e.Name())); err == nil && len(b) < 4096 {
			f.Add(b)
		}
	}
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		file, err := Open(t.Context(), path, Options{})
		if err != nil {
			var refusal *FileError
			require.ErrorAs(t, err, &refusal)
			require.NotEmpty(t, refusal.Reason)
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
		s, err := openSource(path, defaultMaxBytes)
		require.NoError(t, err)
		defer s.close()
		l, err := readHeader(s, nil)
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
