package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// looks are the widths and colours in which the page is tried.
func looks() []struct {
	name, scheme string
	width        int
} {
	return []struct {
		name, scheme string
		width        int
	}{{"wide", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 360}, {"phone-dark", "dark", 390}}
}

func TestHTMLInABrowser(t *testing.T) {
	b := openBrowser(t)
	dir := t.TempDir()
	for name, of := range map[string]func(testing.TB) Overview{"example": example, "hostile": hostile, "many": many, "small": small, "unsent": unsent} {
		var page bytes.Buffer
		require.NoError(t, writeHTML(&page, of(t)))
		file := filepath.Join(dir, name+".html")
		require.NoError(t, os.WriteFile(file, page.Bytes(), 0o600))
		for _, look := range looks() {
			b.screen(look.width, look.scheme)
			b.open(file)
			require.Contains(t, b.value("document.body.innerText"), "Where every row stands")
			require.LessOrEqual(t, b.value("document.documentElement.scrollWidth"), float64(look.width), "%s, %s: no scrolling of the page to the side", name, look.name)
			for _, e := range b.events {
				require.NotContains(t, []string{"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Audits.issueAdded"}, e.Method,
					"%s, %s: %s", name, look.name, e.Params)
				if e.Method == "Network.requestWillBeSent" {
					require.True(t, strings.HasSuffix(unpack[struct{ DocumentURL string }](t, e.Params).DocumentURL, name+".html"), string(e.Params))
				}
			}
			b.picture(name + "-" + look.name)
		}
	}
}
