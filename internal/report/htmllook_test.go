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

func TestHTMLInABrowser(t *testing.T) {
	b := openBrowser(t)
	dir := t.TempDir()
	for _, of := range overviews(t) {
		file := filepath.Join(dir, of.name+".html")
		require.NoError(t, os.WriteFile(file, rendered(t, of.Overview), 0o600))
		b.open(file)
		for _, look := range looks() {
			b.screen(look.width, look.scheme)
			require.Contains(t, b.value("document.body.innerText"), "Where every row stands")
			require.Equal(t, look.paper, b.value("getComputedStyle(document.body).backgroundColor"), "%s, %s", of.name, look.name)
			require.LessOrEqual(t, b.value("document.documentElement.scrollWidth"), float64(look.width), "%s, %s: the page must not scroll to the side", of.name, look.name)
			b.picture(of.name + "-" + look.name)
		}
		b.harmless(of.name)
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
