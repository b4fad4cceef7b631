package report

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// node is an element of the page as a browser reads it.
type node struct{ *html.Node }

func parsed(t testing.TB, page []byte) node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err)
	return node{root}
}

// all are the elements under n for which is says yes, in the order of the page.
func (n node) all(is func(node) bool) []node {
	var found []node
	for d := range n.Descendants() {
		if e := (node{d}); d.Type == html.ElementNode && is(e) {
			found = append(found, e)
		}
	}
	return found
}

// tagged are the elements under n of any of the names.
func (n node) tagged(names ...string) []node {
	return n.all(func(e node) bool { return slices.Contains(names, e.Data) })
}

// byID is the one element with the id.
func (n node) byID(t testing.TB, id string) node {
	t.Helper()
	found := n.all(func(e node) bool { return e.attr("id") == id })
	require.Len(t, found, 1, "elements with the id %s", id)
	return found[0]
}

func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a person reads in n, spaces as one.
func (n node) text() string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && (d.Parent == nil || d.Parent.Data != "title" && d.Parent.Data != "desc" && d.Parent.Data != "style") {
			text.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

// row is a line of a table.
type row struct {
	name  string
	cells []node // but the name
}

// lines are the lines of parts of a table.
func lines(parts []node) []row {
	var rows []row
	for _, part := range parts {
		for _, tr := range part.tagged("tr") {
			cells := tr.tagged("th", "td")
			rows = append(rows, row{cells[0].text(), cells[1:]})
		}
	}
	return rows
}

// number is the number of a cell, as a person reads it.
func (r row) number(t testing.TB, i int) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(r.cells[i].text(), ",", ""))
	require.NoError(t, err, r.name)
	return n
}
