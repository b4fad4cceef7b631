package intake

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// Annotate writes a copy of the file as CSV, in UTF-8 with a byte order mark for spreadsheets: every row in its order,
// and behind its cells the column kyc_problem with all that is wrong with it. The copy can be mended and given back:
// columns that begin with kyc_ are left out, and cells that a spreadsheet would run are neutralised (see [Neutralise])
// and restored. What a row has too many of goes behind kyc_problem, and where it has too few, a cell there says so (see
// [Spread]). Lines keep their numbers: empty ones are written too.
//
// An error is that of w, or of [File.All]; what was written is then no copy.
func (f *File) Annotate(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	comma := cmp.Or(f.Delimiter, ',')
	writeHeader(out, append(append([]string{}, f.Header...), problemColumn), comma)
	lines := csv.NewWriter(out)
	lines.Comma = comma
	line := 2
	for row, err := range f.All(ctx) {
		if err != nil {
			return err
		}
		if line < row.Line {
			lines.Flush()
			_, _ = out.WriteString(strings.Repeat("\n", row.Line-line)) // its error shows below
			line = row.Line
		}
		cells, behind := Spread(row.Cells, len(f.Header))
		cells = append(append(cells, problemText(row.Problems)), behind...)
		for i, cell := range cells {
			cells[i] = Neutralise(cell)
			line += strings.Count(cell, "\n")
		}
		line++
		if err := lines.Write(cells); err != nil {
			return fmt.Errorf("write the annotated copy: %w", err)
		}
	}
	lines.Flush()
	if err := cmp.Or(lines.Error(), out.Flush()); err != nil {
		return fmt.Errorf("write the annotated copy: %w", err)
	}
	return nil
}

// writeHeader quotes every name, so that no delimiter inside one can be taken for that of the file. Errors show when w
// is flushed.
func writeHeader(w *bufio.Writer, names []string, comma rune) {
	_, _ = w.WriteString("\ufeff")
	for i, name := range names {
		if i > 0 {
			_, _ = w.WriteRune(comma)
		}
		_, _ = w.WriteString(`"` + strings.ReplaceAll(Neutralise(name), `"`, `""`) + `"`)
	}
	_ = w.WriteByte('\n')
}

func problemText(problems []Problem) string {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Reason
		if p.Column != "" {
			texts[i] = p.Column + ": " + p.Reason
		}
	}
	return strings.Join(texts, "; ")
}
