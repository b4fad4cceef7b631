package main

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// printCounts writes a line for each outcome that happened, numbers aligned.
func printCounts(w io.Writer, counts map[campaign.Outcome]int, words func(campaign.Outcome) string) {
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, o := range campaign.Outcomes() {
		if n := counts[o]; n > 0 {
			t.AppendRow(table.Row{"  " + string(o), count(n), words(o)})
		}
	}
	t.Render()
}

// plainTable is a table without lines around its cells, good to read and to cut.
func plainTable(w io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	return t
}
