package report

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"kycbatch/internal/intake"
)

const (
	sheetName = "customers"
	sheetRows = excelize.TotalRows - 1 // below the header: Excel has no more
	maxCell   = excelize.TotalCellChars
)

// checkSheets refuses owners with more rows than a sheet can hold.
func checkSheets(owners []*owned, rows int) error {
	for _, o := range owners {
		if o.Counts.Rows > rows {
			return fmt.Errorf("%w: %d rows, of which a sheet holds %d: leave xlsx out (--format csv,html,json), or name the owners' column (--by)", ErrRows, o.Counts.Rows, rows)
		}
	}
	return nil
}

// writeXLSX writes the lines of one owner as a workbook. The sheet grows in a temporary file in dir; asOf is all that it says of time.
func (m *maker) writeXLSX(to io.Writer, rows int, lines iter.Seq2[[]any, error], dir string) (err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: dir})
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName(f.GetSheetName(0), sheetName); err != nil {
		return err
	}
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "kycbatch", LastModifiedBy: "kycbatch", Created: m.stamp(), Modified: m.stamp()}); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm"
	date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return err
	}
	decimal := "0.0"
	days, err := f.NewStyle(&excelize.Style{CustomNumFmt: &decimal})
	if err != nil {
		return err
	}
	if err := f.AutoFilter(sheetName, m.area(rows), nil); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(sheetName)
	if err != nil {
		return err
	}
	for i, c := range slices.Backward(m.columns) { // excelize writes them in the opposite order, and Excel wants them ascending
		if err := out.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	values := make([]any, len(m.columns))
	for i, c := range m.columns {
		values[i] = excelize.Cell{StyleID: head, Value: c.name}
	}
	if err := out.SetRow("A1", values); err != nil {
		return err
	}
	row := 1
	for cells, err := range lines {
		if err != nil {
			return err
		}
		for i, c := range cells {
			values[i] = m.cellValue(c, date, days)
		}
		row++
		if err := out.SetRow(fmt.Sprintf("A%d", row), values); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	// By itself excelize would hold the whole archive in memory before it writes any of it.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(to) })
	return f.Write(io.Discard)
}

// area is the range of the header and so many rows.
func (m *maker) area(rows int) string {
	last, _ := excelize.CoordinatesToCellName(len(m.columns), rows+1) // the columns are few, the rows were checked
	return "A1:" + last
}

// stamp is what a workbook has for the time of its making: that of the newest look at the API, so that the same ledger gives the
// same bytes.
func (m *maker) stamp() string {
	at := m.over.AsOf
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	return at.UTC().Format(time.RFC3339)
}

// cellValue is a cell as a workbook has it: dates as dates, of the report's zone, and everything that is an id as text.
func (m *maker) cellValue(c any, date, days int) any {
	switch c := c.(type) {
	case string:
		if c == "" {
			return nil
		}
		return cut(intake.Neutralise(c))
	case time.Time:
		if c.IsZero() {
			return nil
		}
		y, month, d := c.In(m.zone).Date()
		h, minute, s := c.In(m.zone).Clock()
		return excelize.Cell{StyleID: date, Value: time.Date(y, month, d, h, minute, s, 0, time.UTC)}
	case float64:
		if c < 0 {
			return nil
		}
		return excelize.Cell{StyleID: days, Value: c}
	}
	return c
}

// cut shortens a text to what Excel allows in a cell, in the characters in which it counts.
func cut(text string) string {
	if len(text) <= maxCell {
		return text
	}
	units, end := 0, 0 // end: so much of it leaves room for the ellipsis
	for i, r := range text {
		if units < maxCell {
			end = i
		}
		if units += utf16.RuneLen(r); units > maxCell {
			return text[:end] + "…"
		}
	}
	return text
}
