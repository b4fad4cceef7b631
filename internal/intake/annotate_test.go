package intake_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// TestAnnotate: the copy has every row on its line, in the file's own delimiter, with all that is wrong with it behind its cells.
func TestAnnotate(t *testing.T) {
	path := write(t, "account;email;\"a \"\"b\"\", c\";kyc_state\n"+
		"MA_1;a@example.com;=1+1;created\n\n"+
		"MA_2;nobody;\"two;\nlines\";\n"+
		";c@example.com;x;\n"+
		"MA_4;d@example.com\n"+
		"MA_5;e@example.com;x;;more;'=2\n")
	require.Equal(t, "\ufeff"+`"account";"email";"a ""b"", c";"kyc_problem"
MA_1;a@example.com;'=1+1;

MA_2;nobody;"two;
lines";email: is not an e-mail address: write it as name@example.com
;c@example.com;x;account: is empty: every row needs the auth id of its account
MA_4;d@example.com;;"has 2 cells where the header has 4: compare it with the header; a delimiter inside a cell needs quotation marks around the cell";this row had too few cells: clear this cell once what is missing is filled in
MA_5;e@example.com;x;"has 6 cells where the header has 4: compare it with the header; a delimiter inside a cell needs quotation marks around the cell";more;'=2
`, annotated(t, path))
	require.Equal(t, "\ufeff"+`"account_auth_id","email","plan","kyc_problem"`+"\nMA_1,a@example.com,pro,\n", annotated(t, "testdata/workbook-hidden-sheet.xlsx"))
}

// TestMendedCopy: the copy of a file is mended in place and given back, and nothing is wrong with it any more.
func TestMendedCopy(t *testing.T) {
	text := annotated(t, "testdata/own-output.csv")
	text = strings.Replace(text, "'-MA_3,c@example.com", "MA_3,c@example.com", 1)
	text = strings.Replace(text, ",this row had too few cells: clear this cell once what is missing is filled in\n", ",\n", 1)
	f, err := intake.Open(t.Context(), write(t, text), intake.Options{})
	require.NoError(t, err)
	require.Equal(t, `',' ["account_auth_id" "email" "phone" "formula"] metadata ["phone" "formula"]: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"phone":"+91 22","formula":"=1+1"}
3 MA_2 +b@example.com {"phone":"'+1","formula":"plain"}
4 MA_3 c@example.com {"phone":"","formula":""}
`, render(t, f))
}

// TestCopiesGiveTheSameRows: a copy given back as it is says of every row what the file said, for all files of testdata.
func TestCopiesGiveTheSameRows(t *testing.T) {
	for _, c := range allSound() {
		t.Run(c.file, func(t *testing.T) {
			f, err := intake.Open(t.Context(), filepath.Join("testdata", c.file), intake.Options{})
			require.NoError(t, err)
			intake.RequireSameRows(t, f, write(t, annotated(t, f.Path)))
		})
	}
}

func annotated(t *testing.T, path string) string {
	t.Helper()
	f, err := intake.Open(t.Context(), path, intake.Options{})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, f.Annotate(t.Context(), &b))
	return b.String()
}

// TestAnnotateFails: a file that changed has no copy, and a full disk is said.
func TestAnnotateFails(t *testing.T) {
	path := write(t, "account,email\nMA_1,a@example.com\n")
	f, err := intake.Open(t.Context(), path, intake.Options{})
	require.NoError(t, err)
	full := errors.New("no space left")
	require.ErrorIs(t, f.Annotate(t.Context(), fullDisk{full}), full)
	require.NoError(t, os.WriteFile(path, []byte("account,email\nMA_1,b@example.com\n"), 0o600))
	require.ErrorIs(t, f.Annotate(t.Context(), &bytes.Buffer{}), intake.ErrChanged)
}

type fullDisk struct{ err error }

func (d fullDisk) Write([]byte) (int, error) { return 0, d.err }
