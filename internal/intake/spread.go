package intake

// tooFew stands behind our columns in a copy of a row that had too few cells, which a spreadsheet would fill up. With it
// the row has a cell too many, so it is refused again until somebody has mended it and cleared the cell.
const tooFew = "this row had too few cells: clear this cell once what is missing is filled in"

// Spread gives the cells of a row one for each of n columns, as a copy of its file has them, and what goes behind the
// columns that we add: the cells that a row has too many, or a word that it had too few. So a row that is given back as
// it was is refused as it was, and every column keeps its meaning. Both are the caller's own.
func Spread(cells []string, n int) (columns, behind []string) {
	columns = make([]string, n)
	if taken := copy(columns, cells); taken < len(cells) {
		behind = append(behind, cells[taken:]...)
	}
	if len(cells) < n {
		behind = append(behind, tooFew)
	}
	return columns, behind
}
