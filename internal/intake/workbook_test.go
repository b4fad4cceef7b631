package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// zipped writes an .xlsx that has a sheet of its own XML and is otherwise that of testdata.
func zipped(t *testing.T, sheet string) (path string) {
	t.Helper()
	from, err := zip.OpenReader("testdata/workbook.xlsx")
	require.NoError(t, err)
	defer from.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range from.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			require.NoError(t, w.Copy(part))
		}
	}
	part, err := w.Create("xl/worksheets/sheet1.xml")
	require.NoError(t, err)
	_, err = part.Write([]byte(sheet))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	path = filepath.Join(t.TempDir(), "made.xlsx")
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	return path
}

// sheetOf is the XML of a sheet with n customers.
func sheetOf(n int) string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	row := func(r int, cells ...string) {
		fmt.Fprintf(&b, `<row r="%d">`, r)
		for i, cell := range cells {
			fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, r, cell)
		}
		b.WriteString(`</row>`)
	}
	row(1, "account", "email", "note")
	note := strings.Repeat("long ", 170)
	for i := range n {
		row(i+2, fmt.Sprintf("MA_%d", i), fmt.Sprintf("a%d@example.com", i), note)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// TestLargeWorkbook: a sheet above what is kept in memory goes through a temporary file, is read to its last row in
// both passes, and leaves nothing behind, however the pass ends.
func TestLargeWorkbook(t *testing.T) {
	const rows = 20_000
	sheet := sheetOf(rows)
	require.Greater(t, len(sheet), maxSheet)
	path := zipped(t, sheet)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	left := func() int {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		return len(entries)
	}

	f, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	require.Equal(t, rows, f.Valid)
	require.Zero(t, left())
	n := 0
	for row, err := range f.All(t.Context()) {
		require.NoError(t, err)
		if n == 0 {
			require.Equal(t, 1, left(), "the sheet is in a temporary file")
		}
		n++
		require.Equal(t, n+1, row.Line)
		if n == rows/2 {
			break
		}
	}
	require.Zero(t, left())

	why := errors.New("the operator said stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err = Open(ctx, path, Options{})
	require.ErrorIs(t, err, why)
	var refusal *FileError
	require.NotErrorAs(t, err, &refusal, "nothing is wrong with the file")
	ctx, cancel = context.WithCancelCause(t.Context())
	defer cancel(nil)
	for _, err = range f.All(ctx) {
		cancel(why)
	}
	require.ErrorIs(t, err, why)
	require.Zero(t, left())
}

// TestWorkbookRowsHaveTheirNumbers: a sheet may leave rows out, and they count.
func TestWorkbookRowsHaveTheirNumbers(t *testing.T) {
	sheet := strings.Replace(sheetOf(2), `<row r="3"><c r="A3"`, `<row r="1000000"><c r="A1000000"`, 1)
	sheet = strings.NewReplacer(`r="B3"`, `r="B1000000"`, `r="C3"`, `r="C1000000"`).Replace(sheet)
	f, err := Open(t.Context(), zipped(t, sheet), Options{})
	require.NoError(t, err)
	var lines []int
	for row, err := range f.All(t.Context()) {
		require.NoError(t, err)
		lines = append(lines, row.Line)
	}
	require.Equal(t, []int{2, 1_000_000}, lines)
}

// TestWorkbookOfAnySheet: whatever the XML of a sheet is, the workbook is refused, or every row in it is a row.
func TestWorkbookOfAnySheet(t *testing.T) {
	whole := sheetOf(3)
	for at := 0; at < len(whole); at += 101 {
		for name, sheet := range map[string]string{"cut": whole[:at], "bent": whole[:at] + "<" + whole[at:]} {
			f, err := Open(t.Context(), zipped(t, sheet), Options{})
			if err != nil {
				var refusal *FileError
				require.ErrorAs(t, err, &refusal, "%s at %d", name, at)
				require.NotEmpty(t, refusal.Reason)
				continue
			}
			require.Equal(t, 3, f.Rows, "%s at %d", name, at)
		}
	}
}

func TestLargestWorkbook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse.xlsx")
	content, err := os.ReadFile("testdata/workbook.xlsx")
	require.NoError(t, err)
	// The archive's end must be the file's, so its beginning is far in front of it.
	file, err := os.Create(path)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte("PK\x03\x04"), 0)
	require.NoError(t, err)
	_, err = file.WriteAt(content, maxWorkbook)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, err = Open(t.Context(), path, Options{})
	require.EqualError(t, err, path+": is a workbook of more than 128 MiB: save the sheet as CSV UTF-8")
}
