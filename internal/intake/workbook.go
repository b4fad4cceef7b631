package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sourcegraph/conc/panics"
	"github.com/xuri/excelize/v2"
)

// The bounds of a workbook. excelize keeps the file and its small parts in memory, and sheets above 16 MiB in
// temporary files (mode 0600, removed by close).
const (
	maxWorkbook = 128 << 20 // bytes of the file
	maxUnzipped = 1 << 30   // bytes of all its parts
	maxBeside   = 64 << 20  // bytes of the parts that are neither sheets nor their strings, such as pictures
	maxSheet    = 16 << 20  // bytes of a sheet, or of the strings, that are kept in memory
)

// workbook is one pass over a sheet of an .xlsx, with its cells as they are shown. Close it.
type workbook struct {
	raw    *raw
	sum    hash.Hash
	file   *excelize.File
	rows   *excelize.Rows
	row    int // number of the last one, from 1
	width  int // columns of the header; 0 before it was read
	hidden int // rows with content that the sheet does not show
	said   []string
}

// newWorkbook opens a sheet: the named one, or the only visible one with content. proved says that the XML was read
// to its end before.
func newWorkbook(ctx context.Context, r *raw, sheet string, proved bool) (*workbook, error) {
	if r.size > maxWorkbook {
		return nil, &FileError{Path: r.name, Reason: "is a workbook of more than 128 MiB: save the sheet as CSV UTF-8"}
	}
	if !proved {
		if err := r.proveWorkbook(ctx); err != nil {
			return nil, err
		}
	}
	w := &workbook{raw: r, sum: sha256.New()}
	var err error
	if panicked := panics.Try(func() { err = w.open(sheet) }); panicked != nil {
		err = w.damaged(panicked.AsError())
	}
	if err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

func (w *workbook) open(sheet string) (err error) {
	w.file, err = excelize.OpenReader(io.TeeReader(w.raw, w.sum), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxSheet,
		ShortDatePattern: "yyyy-mm-dd", // which Excel itself shows differently in every country
	})
	if over := w.raw.over(); over != "" {
		return &FileError{Path: w.raw.name, Reason: over}
	}
	if err != nil {
		return w.damaged(err)
	}
	if sheet, err = w.choose(sheet); err != nil {
		return err
	}
	if w.rows, err = w.file.Rows(sheet); err != nil {
		return w.damaged(err)
	}
	return nil
}

// damaged refuses a workbook that excelize can't read. Its error may hold cells, so it is not shown.
func (w *workbook) damaged(err error) error {
	return &FileError{Path: w.raw.name, Line: w.row, Reason: "cannot be read as a workbook: open it in a spreadsheet and save it again, or save it as CSV UTF-8", Err: err}
}

func (w *workbook) start() ([]string, error) {
	for {
		header, err := w.next()
		if err != nil {
			return nil, err
		}
		if !blank(header) {
			w.hidden = 0
			w.width = len(header)
			return header, nil
		}
	}
}

// next returns the next row. Cells that a sheet leaves out behind a row's last one are empty.
func (w *workbook) next() (record []string, err error) {
	if panicked := panics.Try(func() { record, err = w.read() }); panicked != nil {
		return nil, w.damaged(panicked.AsError())
	}
	return record, err
}

func (w *workbook) read() ([]string, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return nil, w.damaged(err)
		}
		return nil, io.EOF
	}
	w.row++
	record, err := w.rows.Columns()
	if err != nil {
		return nil, w.damaged(err)
	}
	for len(record) < w.width {
		record = append(record, "")
	}
	if w.rows.GetRowOpts().Hidden && !blank(record) {
		w.hidden++
	}
	return record, w.prove(record)
}

// prove holds a row to what the text of a CSV is held to.
func (w *workbook) prove(record []string) error {
	size := 0
	for _, cell := range record {
		size += len(cell)
		if !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 {
			return &FileError{Path: w.raw.name, Line: w.row, Reason: "holds a cell that is no text: write it anew"}
		}
	}
	if size > maxRecord {
		return &FileError{Path: w.raw.name, Line: w.row, Reason: "is a row of more than 1 MiB: shorten it"}
	}
	return nil
}

func (w *workbook) line(int) int    { return w.row }
func (w *workbook) hash() string    { return hex.EncodeToString(w.sum.Sum(nil)) }
func (w *workbook) delimiter() rune { return 0 }

func (w *workbook) notices() []string {
	if w.hidden == 0 {
		return w.said
	}
	return append(w.said, fmt.Sprintf("rows that the sheet hides or filters out are taken like all others; there are %d", w.hidden))
}

func (w *workbook) close() {
	w.release()
	w.raw.close()
}

// release lets go of all but the file.
func (w *workbook) release() {
	if w.rows != nil {
		_ = w.rows.Close()
	}
	if w.file != nil {
		_ = w.file.Close() // removes its temporary files
	}
}
