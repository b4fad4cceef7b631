package report

import (
	"io"
	"strconv"
)

// How the lists name the rows without an owner, and all rows.
const (
	labelNone  = "(no owner)"
	labelTotal = "(all)"
)

// summaryColumns are those of summary.csv. The counts from invited to withdrawn add up to the rows.
var summaryColumns = [...]struct {
	name  string
	count func(Counts) int
}{
	{"rows", func(c Counts) int { return c.Rows }},
	{"got a link", Counts.Sent},
	{"ever opened", func(c Counts) int { return c.Opened }},
	{"ever begun", func(c Counts) int { return c.Started }},
	{"not opened yet", func(c Counts) int { return c.Invited }},
	{"opened, not finished", func(c Counts) int { return c.Open }},
	{"completed", func(c Counts) int { return c.Completed }},
	{"expired", func(c Counts) int { return c.Expired }},
	{"failed", func(c Counts) int { return c.Failed }},
	{"revoked", func(c Counts) int { return c.Revoked }},
	{"other status", func(c Counts) int { return c.Other }},
	{"not invited yet", func(c Counts) int { return c.Pending }},
	{"in doubt", func(c Counts) int { return c.InDoubt }},
	{"undecided", func(c Counts) int { return c.Undecided }},
	{"refused", func(c Counts) int { return c.Refused }},
	{"cannot be sent", func(c Counts) int { return c.Invalid }},
	{"skipped", func(c Counts) int { return c.Skipped }},
	{"taken out", func(c Counts) int { return c.Withdrawn }},
}

// writeSummary writes a line of figures for each owner, and one for all.
func (m *maker) writeSummary(to io.Writer) error {
	t := newTable(to, m.cfg.RawCSV)
	names := []string{"owner"}
	for _, c := range summaryColumns {
		names = append(names, c.name)
	}
	if err := t.write(append(names, "reminders sent")); err != nil {
		return err
	}
	all := Owner{Name: labelTotal, Counts: m.over.Total}
	for _, o := range m.over.Owners {
		all.Reminders += o.Reminders
	}
	for _, o := range append(m.over.Owners[:len(m.over.Owners):len(m.over.Owners)], all) {
		cells := []string{label(o.Name)}
		for _, c := range summaryColumns {
			cells = append(cells, strconv.Itoa(c.count(o.Counts)))
		}
		if err := t.write(append(cells, strconv.Itoa(o.Reminders))); err != nil {
			return err
		}
	}
	return nil
}

// writeIndex writes which files each owner has.
func (m *maker) writeIndex(to io.Writer) error {
	t := newTable(to, m.cfg.RawCSV)
	if err := t.write([]string{"owner", "rows", "completed", "file", "workbook"}); err != nil {
		return err
	}
	for _, o := range m.over.Owners {
		cells := []string{label(o.Name), strconv.Itoa(o.Counts.Rows), strconv.Itoa(o.Counts.Completed), "", ""}
		for _, name := range o.Files {
			at := 3
			if kind(name) == XLSX {
				at = 4
			}
			cells[at] = name
		}
		if err := t.write(cells); err != nil {
			return err
		}
	}
	return nil
}

func label(owner string) string {
	if owner == "" {
		return labelNone
	}
	return printable(owner)
}
