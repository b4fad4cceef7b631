package report

import (
	"archive/zip"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// unpacked is the text of every part of a workbook.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	var all strings.Builder
	for _, part := range z.File {
		r, err := part.Open()
		require.NoError(t, err)
		_, err = io.Copy(&all, r)
		require.NoError(t, err)
	}
	return all.String()
}

// TestWorkbooksSayWhatCSVSays reads each workbook cell by cell against the CSV beside it: text and numbers alike, times as real dates of the report's zone.
func TestWorkbooksSayWhatCSVSays(t *testing.T) {
	b := everyKind()
	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: filepath.Join(t.TempDir(), "r"), Formats: []Format{CSV, XLSX}, Zone: india()}, b)
	require.NoError(t, err)
	dates := 0
	for _, o := range w.Owners {
		want := records(t, w.Path(o.Files[0]))
		f, err := excelize.OpenFile(w.Path(o.Files[1]))
		require.NoError(t, err)
		got, err := f.GetRows(sheetName, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for r := range want {
			for c, cell := range want[r] {
				have := ""
				if c < len(got[r]) {
					have = got[r][c]
				}
				name, err := excelize.CoordinatesToCellName(c+1, r+1)
				require.NoError(t, err)
				kind, err := f.GetCellType(sheetName, name)
				require.NoError(t, err)
				at, err := time.Parse(time.RFC3339, cell)
				switch {
				case err == nil:
					shown, err := f.GetCellValue(sheetName, name)
					require.NoError(t, err)
					require.Equal(t, at.Format("2006-01-02 15:04"), shown)
					require.NotContains(t, have, "-", "it is a number, which is what Excel takes for a date")
					dates++
				case want[0][c] == "days to complete" && cell != "" && r > 0:
					shown, err := f.GetCellValue(sheetName, name)
					require.NoError(t, err)
					require.Equal(t, cell, shown)
				default:
					require.Equal(t, cell, have, name)
				}
				if r > 0 && cell != "" && (want[0][c] == "account" || want[0][c] == "customer reference") {
					require.Contains(t, []excelize.CellType{excelize.CellTypeInlineString, excelize.CellTypeSharedString, excelize.CellTypeFormula}[:2], kind, "an id is text")
				}
			}
		}
		panes, err := f.GetPanes(sheetName)
		require.NoError(t, err)
		require.True(t, panes.Freeze)
		require.Equal(t, 1, panes.YSplit)
		require.Contains(t, unpacked(t, w.Path(o.Files[1])), `<cols><col min="1" max="1" width="16" customWidth="1"/><col min="2" `, "columns ascend")
		width, err := f.GetColWidth(sheetName, "I")
		require.NoError(t, err)
		require.Equal(t, 40.0, width)
		require.Contains(t, unpacked(t, w.Path(o.Files[1])), fmt.Sprintf(`<autoFilter ref="$A$1:$R$%d">`, len(want)))
		require.NoError(t, f.Close())
	}
	require.Positive(t, dates)
}

// TestLongCells holds that what Excel has no room for is cut, in its own way of counting, and never to a part of a character.
func TestLongCells(t *testing.T) {
	require.Equal(t, strings.Repeat("é", maxCell), cut(strings.Repeat("é", maxCell)))
	require.Equal(t, strings.Repeat("é", maxCell-1)+"…", cut(strings.Repeat("é", maxCell+1)))
	require.Equal(t, strings.Repeat("🦊", maxCell/2)+"…", cut(strings.Repeat("🦊", maxCell)), "two units each, so one is left")
	require.Equal(t, strings.Repeat("x", maxCell-1)+"…", cut(strings.Repeat("x", maxCell-1)+"🦊"), "not half a fox")

	b := newBooks("spring")
	long := "=" + strings.Repeat("x", 60<<10)
	b.add("spring", func(r *campaign.Result) { r.Row.Cells[3] = long })
	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: filepath.Join(t.TempDir(), "r"), Formats: []Format{CSV, XLSX}}, b)
	require.NoError(t, err)
	for cells := range readBack(t, w.Path("asha-rao.csv")) {
		require.Equal(t, long, cells["customer reference"])
	}
	for cells := range readBack(t, w.Path("asha-rao.xlsx")) {
		require.Equal(t, intake.Restore(cut("'"+long)), cells["customer reference"])
	}
}

// TestTooManyRowsForASheet: the error comes before anything is written, and says what to do.
func TestTooManyRowsForASheet(t *testing.T) {
	o := []*owned{{Owner: Owner{Counts: Counts{Rows: sheetRows}}}}
	require.NoError(t, checkSheets(o, sheetRows))
	o[0].Counts.Rows++
	err := checkSheets(o, sheetRows)
	require.ErrorIs(t, err, ErrRows)
	require.ErrorContains(t, err, "1048576 rows, of which a sheet holds 1048575: leave xlsx out (--format csv,html,json)")
}
