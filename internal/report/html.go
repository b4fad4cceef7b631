package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

// The page is one file that needs nothing else: no script, no network, no font, no picture. Its policy says so to the browser,
// and html/template escapes what comes from data.

//go:embed page
var pageFiles embed.FS

// writeHTML writes the page of a report. The same Overview gives the same bytes.
func writeHTML(w io.Writer, o Overview) error {
	page, err := renderHTML(o)
	if err != nil {
		return fmt.Errorf("make the HTML page of the report: %w", err)
	}
	if _, err := w.Write(page); err != nil {
		return fmt.Errorf("write the HTML page of the report: %w", err)
	}
	return nil
}

func renderHTML(o Overview) ([]byte, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return nil, err
	}
	t, err := template.New("report.html").Funcs(htmlFuncs(o.Zone)).ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, newHTMLPage(o, template.CSS(style))); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

// htmlFuncs are how the template writes what it shows.
func htmlFuncs(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"count":   grouped,
		"share":   share,
		"name":    plainName,
		"isolate": isolate,
		"moment":  func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006, 15:04 MST") },
		"day":     func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006") },
		"machine": func(t time.Time) string { return t.In(zone).Format(time.RFC3339) },
		"date":    func(t time.Time) string { return t.In(zone).Format(time.DateOnly) },
	}
}
