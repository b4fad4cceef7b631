package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// looks are the widths and colours in which the page is tried.
func looks() []struct {
	name, scheme, paper string
	width               int
} {
	const light, dark = "rgb(255, 255, 255)", "rgb(18, 22, 27)"
	return []struct {
		name, scheme, paper string
		width               int
	}{{"wide", "light", light, 1200}, {"dark", "dark", dark, 1200}, {"phone", "light", light, 360}, {"phone-dark", "dark", dark, 390}}
}

// touching names the labels of the chart that touch one another, or the edge of the page.
const touching = `(() => {
	const labels = [...document.querySelectorAll(".plot text")].map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.width > 0);
	const edge = document.documentElement.clientWidth;
	return labels.filter(([, a], i) => a.left < 0 || a.right > edge || labels.slice(i + 1).some(([, b]) =>
		a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).map(([text]) => text).join(", ");
})()`

func TestHTMLInABrowser(t *testing.T) {
	b := openBrowser(t)
	dir := t.TempDir()
	for _, of := range overviews(t) {
		file := filepath.Join(dir, of.name+".html")
		require.NoError(t, os.WriteFile(file, rendered(t, of.Overview), 0o600))
		b.open(file)
		for _, look := range looks() {
			b.screen(look.width, look.scheme, "screen")
			require.Contains(t, b.value("document.body.innerText"), "Where every row stands")
			require.Equal(t, look.paper, b.value("getComputedStyle(document.body).backgroundColor"), "%s, %s", of.name, look.name)
			require.LessOrEqual(t, b.value("document.documentElement.scrollWidth"), float64(look.width), "%s, %s: the page must not scroll to the side", of.name, look.name)
			require.Empty(t, b.value(touching), "%s, %s: labels of the chart touch", of.name, look.name)
			b.picture(of.name + "-" + look.name)
		}
		b.screen(1200, "dark", "print")
		require.Equal(t, "rgb(255, 255, 255)", b.value("getComputedStyle(document.body).backgroundColor"), "%s: paper is white at night, too", of.name)
		require.Equal(t, false, b.value(`[...document.querySelectorAll(".scroll")].some(e => getComputedStyle(e).overflowX != "visible")`), "%s: nothing is cut", of.name)
		b.harmless(of.name)
	}
}

// However long a campaign is, the labels of its chart have room.
func TestHTMLChartInABrowser(t *testing.T) {
	b := openBrowser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	o := example(t)
	for i, n := range []int{1, 2, 7, 8, 13, 14, 17, 21, 22, 49, 50, 98, 99, 213, 214, 426, 1000, 2200} {
		open := []int{700, 50, 0}[i%3] // how far the two lines end from each other
		o.Days = daysOf(Counts{Invited: open, Completed: 1000 - open}, o.AsOf.AddDate(0, 0, 1-n), n)
		require.NoError(t, os.WriteFile(file, rendered(t, o), 0o600))
		b.open(file)
		for _, width := range []int{360, 641, 897, 1200} {
			b.screen(width, "light", "screen")
			require.Empty(t, b.value(touching), "%d days, %d wide, %d open: labels of the chart touch", n, width, open)
		}
	}
}

// harmless says that the page just opened has done nothing but to show itself.
func (b *browser) harmless(name string) {
	b.t.Helper()
	b.value("0") // what is on its way has come before the answer
	requests := 0
	for _, e := range b.events {
		require.NotContains(b.t, []string{"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Audits.issueAdded", "Page.javascriptDialogOpening"},
			e.Method, "%s: %s", name, e.Params)
		if e.Method == "Network.requestWillBeSent" {
			requests++
		}
	}
	require.Equal(b.t, 1, requests, "%s: the page itself is all that is loaded", name)
}
