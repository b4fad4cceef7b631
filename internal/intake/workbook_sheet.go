package intake

import "fmt"

// choose finds the sheet to read. What no one sees is read only by its name.
func (w *workbook) choose(name string) (string, error) {
	sheets := w.file.GetSheetList()
	if name != "" {
		for _, sheet := range sheets {
			if trim(sheet) == trim(name) {
				return sheet, nil
			}
		}
		return "", &FileError{Path: w.raw.name, Reason: fmt.Sprintf("has no sheet %q; it has %s: correct --sheet", name, list(sheets))}
	}
	var filled, hidden []string
	for _, sheet := range sheets {
		visible, err := w.file.GetSheetVisible(sheet)
		if err != nil {
			return "", w.damaged(err)
		}
		if !visible {
			hidden = append(hidden, sheet)
			continue
		}
		if w.filled(sheet) {
			filled = append(filled, sheet)
		}
	}
	switch {
	case len(filled) > 1:
		return "", &FileError{Path: w.raw.name, Reason: fmt.Sprintf("has several sheets, %s: choose one with --sheet", list(filled))}
	case len(filled) == 0 && len(hidden) > 0:
		return "", &FileError{Path: w.raw.name, Reason: fmt.Sprintf("has nothing on the sheets that it shows; it hides %s: choose one with --sheet", list(hidden))}
	case len(filled) == 0:
		return "", &FileError{Path: w.raw.name, Reason: "is empty: give a workbook with a header line and one row per account"}
	case len(hidden) > 0:
		w.said = append(w.said, fmt.Sprintf("only the sheet %q is read; hidden ones are not: %s", filled[0], list(hidden)))
	}
	return filled[0], nil
}

// filled reports a sheet with a cell that is not empty. A chart is none.
func (w *workbook) filled(sheet string) bool {
	rows, err := w.file.Rows(sheet)
	if err != nil {
		return false
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if cells, err := rows.Columns(); err != nil || !blank(cells) {
			return true // with an error, so that reading the sheet says it
		}
	}
	return false
}
