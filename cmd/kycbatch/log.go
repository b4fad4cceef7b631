package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// newLog is the log of -v. It never holds a credential, a link or an address: only what this package passes to it.
func newLog(w io.Writer, format string) *slog.Logger {
	o := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString, slog.KindAny: // the JSON handler would pass marks that turn the direction of writing
			a.Value = slog.StringValue(printable(fmt.Sprint(a.Value)))
		}
		return a
	}}
	if format == formatJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// logged logs each request, without its query, its body and its headers. Hooks of httptrace pass through it, which
// the client needs to know what was sent.
type logged struct {
	http.RoundTripper
	log *slog.Logger
}

// RoundTrip sends the request once.
func (l logged) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	answer, err := l.RoundTripper.RoundTrip(r)
	status := 0
	if err == nil {
		status = answer.StatusCode
	}
	path := r.URL.Path[strings.LastIndex(r.URL.Path, "/kyc-sessions")+1:]
	l.log.Info("request", "method", r.Method, "path", path, "status", status, "answered", err == nil,
		"ms", time.Since(began).Milliseconds())
	return answer, err
}
