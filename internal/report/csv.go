package report

import (
	"bytes"
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"time"

	"kycbatch/internal/intake"
)

// table writes CSV: for spreadsheets with a byte order mark, CRLF and cells that none of them runs as a formula; raw for machines,
// as encoding/csv writes it.
type table struct {
	to   io.Writer
	raw  bool
	line bytes.Buffer
	csv  *csv.Writer
	err  error
}

func newTable(to io.Writer, raw bool) *table {
	t := &table{to: to, raw: raw}
	t.csv = csv.NewWriter(&t.line) // its UseCRLF would take carriage returns out of cells
	if !raw {
		_, t.err = io.WriteString(to, "\ufeff")
	}
	return t
}

// write writes a line. The first error stays, and nothing is written after it. The cells are changed.
func (t *table) write(cells []string) error {
	if t.err != nil {
		return t.err
	}
	if !t.raw {
		for i, c := range cells {
			cells[i] = intake.Neutralise(c)
		}
	}
	t.line.Reset()
	if t.err = t.csv.Write(cells); t.err == nil {
		t.csv.Flush()
		t.err = t.csv.Error()
	}
	b := t.line.Bytes()
	if !t.raw && len(b) > 0 {
		b = append(b[:len(b)-1], '\r', '\n')
	}
	if t.err == nil {
		_, t.err = t.to.Write(b)
	}
	return t.err
}

// writeCSV writes the lines of one owner.
func (m *maker) writeCSV(to io.Writer, lines iter.Seq2[[]any, error]) error {
	t := newTable(to, m.cfg.RawCSV)
	text := make([]string, len(m.columns))
	for i, c := range m.columns {
		text[i] = c.name
	}
	if err := t.write(text); err != nil {
		return err
	}
	for cells, err := range lines {
		if err != nil {
			return err
		}
		for i, c := range cells {
			text[i] = m.cellText(c)
		}
		if err := t.write(text); err != nil {
			return err
		}
	}
	return nil
}

// cellText writes a cell as CSV has it: times in ISO 8601 with their zone.
func (m *maker) cellText(c any) string {
	switch c := c.(type) {
	case string:
		return c
	case time.Time:
		if !c.IsZero() {
			return c.In(m.zone).Format(time.RFC3339)
		}
	case int:
		return strconv.Itoa(c)
	case float64:
		if c >= 0 {
			return strconv.FormatFloat(c, 'f', 1, 64)
		}
	}
	return ""
}
