package intake

import "context"

// table is one pass over the records of a file, whatever its format. Close it.
type table interface {
	// start returns the first record, which is the header; io.EOF where there is none, else a *FileError.
	start() ([]string, error)
	// next returns the next record; io.EOF at the end, else a *FileError.
	next() ([]string, error)
	// line returns the physical line on which a cell of the last record begins, from 1.
	line(cell int) int
	// hash returns the SHA-256 of the file's bytes in hex, once next returned io.EOF.
	hash() string
	// delimiter is what stands between two cells, once start returned; 0 in a workbook.
	delimiter() rune
	// notices say what was decided about the file that its owner may want to know, once next returned io.EOF.
	notices() []string
	close()
}

// reading is what had to be found out about a file before it could be read.
type reading struct {
	windows1252 bool
	width       int  // digits of every id that has only digits; 0 = any number
	proved      bool // a workbook whose XML was read to its end already
}

// newTable begins a pass over r, and takes it over.
func newTable(ctx context.Context, r *raw, sheet string, how reading) (table, error) {
	t, err := func() (table, error) {
		switch workbook, err := r.isWorkbook(); {
		case err != nil:
			return nil, err
		case workbook:
			return newWorkbook(ctx, r, sheet, how.proved)
		case sheet != "":
			return nil, &FileError{Path: r.name, Reason: "is no workbook, so it has no sheets: leave --sheet out"}
		}
		return newSource(r, how.windows1252), nil
	}()
	if err != nil {
		r.close()
		return nil, err
	}
	return t, nil
}
