package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// What the page is made of. Nothing in it can run, load, or send.
func TestHTMLIsMadeOfHarmlessParts(t *testing.T) {
	elements := strings.Fields(`html head meta title style body header footer main nav section h1 h2 p ul li a time bdi b i code span div dl dt dd
		table caption thead tbody tfoot tr th td figure figcaption details summary svg desc g rect line path text circle`)
	attributes := strings.Fields(`lang dir charset http-equiv content name class id href role tabindex scope colspan datetime data-label
		viewBox preserveAspectRatio focusable x y x1 x2 y1 y2 dx dy cx cy r d width height style
		aria-label aria-labelledby aria-hidden aria-colspan`)
	style, err := pageFiles.ReadFile("page/style.css")
	require.NoError(t, err)
	for _, of := range overviews(t) {
		page := parsed(t, rendered(t, of.Overview))
		for _, e := range page.all(func(node) bool { return true }) {
			require.Contains(t, elements, e.Data, of.name)
			for _, a := range e.Attr {
				require.Contains(t, attributes, a.Key, "%s: %s", of.name, e.Data)
				if a.Key == "style" {
					require.Regexp(t, `^--gutter: \d+ch$`, a.Val)
				}
			}
		}
		styles := page.tagged("style")
		require.Len(t, styles, 1, of.name)
		require.Equal(t, string(style), strings.TrimPrefix(styles[0].FirstChild.Data, "\n"), of.name)
		for _, a := range page.tagged("a") {
			href := a.attr("href")
			require.True(t, strings.HasPrefix(href, "#") || strings.HasPrefix(href, "./") && !strings.ContainsAny(href[2:], "/\\"), "%s: %s", of.name, href)
		}
		require.Equal(t, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'", page.tagged("meta")[1].attr("content"))
	}
	for _, word := range []string{"<script", "http://", "https://", "url(", "@import", "javascript:", "data:", "<img", "<link", "<iframe", "ZgotmplZ"} {
		require.NotContains(t, string(rendered(t, many(t))), word)
		require.NotContains(t, string(style), word)
	}
}

// What data says is read as it is, apart from what can't be seen.
func TestHTMLShowsHostileNamesAsText(t *testing.T) {
	o := hostile(t)
	page := parsed(t, rendered(t, o))
	var owners []string
	for _, r := range lines(page.byID(t, "owners").tagged("tbody")) {
		owners = append(owners, r.name)
	}
	for i, owner := range o.Owners {
		if owner.Name == "" {
			require.Equal(t, "No owner", owners[i])
			continue
		}
		require.Equal(t, strings.Join(strings.Fields(plainName(owner.Name)), " "), owners[i])
	}
	campaigns := page.all(func(e node) bool { return e.attr("class") == "campaigns" })[0].tagged("li")
	for i, c := range o.Campaigns {
		require.Equal(t, c, campaigns[i].text())
	}
	require.Contains(t, page.byID(t, "owners-caption").text(), o.By)
}

// A name of a script that runs from right to left never turns the words around it: each stands in an element of its own,
// or, where there can be none, between marks.
func TestHTMLKeepsTheDirectionOfNames(t *testing.T) {
	const name = "מרים"
	o := example(t)
	o.Campaigns, o.By = []string{name, name + "2"}, name
	o.Owners[0].Name, o.Owners[0].Files = name, []string{"a.csv"}
	o.Stuck = []Stuck{{Campaign: name, Account: name, Owner: name, Status: "link not opened", Next: "call"}}
	alone := parsed(t, rendered(t, Overview{Campaigns: []string{name}, By: name}))
	whole := parsed(t, rendered(t, o))
	inElements, inMarks := 0, 0
	for _, page := range []node{alone, whole} {
		for d := range page.Descendants() {
			for _, a := range d.Attr {
				if strings.Contains(a.Val, name) {
					require.Contains(t, a.Val, "\u2068"+name+"\u2069")
					inMarks++
				}
			}
			switch {
			case d.Type != html.TextNode || !strings.Contains(d.Data, name):
			case d.Parent.Data == "title" && d.Parent.Parent.Data == "head":
				require.Equal(t, "KYC report: "+name, d.Data, "nothing follows it")
			case d.Parent.Data == "title":
				require.Contains(t, d.Data, "\u2068"+name+"\u2069")
				inMarks++
			default:
				require.Equal(t, "bdi", d.Parent.Data, d.Data)
				inElements++
			}
		}
	}
	require.Equal(t, []int{9, 2}, []int{inElements, inMarks})
}

func TestPlainName(t *testing.T) {
	for raw, want := range map[string]string{
		"Anita Rao":          "Anita Rao",
		"مريم":               "مريم",
		"two\nlines\tand":    "two lines and",
		"nul\x00 esc\x1b[1m": "nul\uFFFD esc\uFFFD[1m",
		"half \xff\xfe":      "half \uFFFD",
		"next\u0085line":     "next line",
	} {
		require.Equal(t, want, plainName(raw))
	}
	require.Equal(t, "\u2068a\uFFFD\u2069", isolate("a\x00"))
}

// The links lead to files beside the page, whatever they are called.
func TestHTMLLinksToFilesBesideIt(t *testing.T) {
	o := small(t)
	o.Owners[0].Files = []string{"anita-rao.csv", "no ending", "javascript:alert(1).xlsx", "../../etc/passwd.csv", "//evil.example/x.csv", "100%.csv", "a?b#c.csv"}
	var got [][]string
	for _, a := range parsed(t, rendered(t, o)).byID(t, "owners").tagged("a") {
		got = append(got, []string{a.text(), a.attr("href"), a.attr("aria-label")})
	}
	const of = " of \u2068Anita Rao\u2069"
	require.Equal(t, [][]string{
		{"CSV", "./anita-rao.csv", "CSV" + of},
		{"no ending", "./no%20ending", "no ending" + of},
		{"XLSX", "./javascript:alert%281%29.xlsx", "XLSX" + of},
		{"CSV", "./..%2F..%2Fetc%2Fpasswd.csv", "CSV" + of},
		{"CSV", "./%2F%2Fevil.example%2Fx.csv", "CSV" + of},
		{"CSV", "./100%25.csv", "CSV" + of},
		{"CSV", "./a%3Fb%23c.csv", "CSV" + of},
	}, got)
}
