package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a screen reader needs to lead through the page.
func TestHTMLCanBeReadAloud(t *testing.T) {
	for _, of := range overviews(t) {
		page := parsed(t, rendered(t, of.Overview))
		require.Equal(t, "en", page.tagged("html")[0].attr("lang"))
		require.NotEmpty(t, page.tagged("title")[0].FirstChild.Data)
		require.Contains(t, string(rendered(t, of.Overview)), `<meta name="viewport" content="width=device-width, initial-scale=1"/>`)
		for _, landmark := range []string{"header", "nav", "main", "footer", "h1"} {
			require.Len(t, page.tagged(landmark), 1, "%s: %s", of.name, landmark)
		}
		require.Equal(t, "h1", page.tagged("h1", "h2", "h3")[0].Data, "%s: headings in order", of.name)
		require.Len(t, page.tagged("h2"), 7, "%s: one for each part", of.name)
		require.Empty(t, page.tagged("h3", "h4", "h5", "h6"), of.name)

		for _, e := range page.all(func(e node) bool { return e.attr("aria-labelledby") != "" }) {
			for _, id := range strings.Fields(e.attr("aria-labelledby")) {
				require.NotEmpty(t, page.byID(t, id).FirstChild.Data, "%s: %s", of.name, id)
			}
		}
		for _, a := range page.tagged("a") {
			if id, ok := strings.CutPrefix(a.attr("href"), "#"); ok {
				page.byID(t, id)
			}
		}
		for _, e := range page.tagged("section") {
			require.NotEmpty(t, e.attr("aria-labelledby"), of.name)
		}
		for _, table := range page.tagged("table") {
			require.NotEmpty(t, table.tagged("caption")[0].text(), of.name)
			width := -1
			for _, tr := range table.tagged("tr") {
				cells := tr.tagged("th", "td")
				require.Equal(t, "th", cells[0].Data, "%s: the first cell names the row", of.name)
				n := 0
				for _, c := range cells {
					require.True(t, c.Data == "td" || c.attr("scope") != "", "%s: %s", of.name, c.text())
					n++
					if c.attr("colspan") == "2" {
						n++
					}
				}
				require.True(t, width < 0 || n == width, "%s: %s has %d cells, its table %d", of.name, cells[0].text(), n, width)
				width = n
			}
		}
		for _, svg := range page.tagged("svg") {
			inner := svg.Parent.Data == "svg"
			drawn := svg.attr("role") == "img" && svg.tagged("title") != nil
			require.True(t, inner || drawn || svg.attr("aria-hidden") == "true", "%s: a picture with a text, or none to a reader", of.name)
		}
		scrolls := page.all(func(e node) bool { return e.attr("class") == "scroll" })
		require.Len(t, scrolls, len(page.tagged("table")), "%s: each table in a box of its own", of.name)
		for _, e := range scrolls {
			require.Equal(t, []string{"region", "0"}, []string{e.attr("role"), e.attr("tabindex")}, "%s: reached by the keyboard", of.name)
		}
	}
}
