package report

import (
	"slices"
	"strings"
	"unicode"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// defaultBy is the column that names the owners where nobody says which.
const defaultBy = "account_manager"

// source says in which cells of a campaign's rows a report finds what it shows. -1: there is no such column.
type source struct {
	owner, reference, plan int
	width                  int // columns of the file
}

func sourceOf(c campaign.Campaign, by string) source {
	return source{column(c, by), column(c, "customer_ref", "customer_reference", "ref"), column(c, "plan"), len(c.Header)}
}

// column finds the first column that has one of the names: as it is written, else as headers are compared.
func column(c campaign.Campaign, names ...string) int {
	for _, name := range names {
		if name == "" {
			continue
		}
		if i := slices.Index(c.Header, name); i >= 0 {
			return i
		}
		if i := slices.IndexFunc(c.Header, func(h string) bool { return intake.SameColumn(h, name) }); i >= 0 {
			return i
		}
	}
	return -1
}

// cell is a cell without what a spreadsheet leaves at its ends. In a row with a cell too many or too few nothing can be trusted to stand
// where it should: such a row has no owner.
func (s source) cell(row campaign.Row, at int) string {
	if at < 0 || at >= len(row.Cells) || len(row.Cells) != s.width {
		return ""
	}
	return strings.TrimFunc(row.Cells[at], func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}
