package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// The pages are what a person sees of the sandbox: the outbox, and the hosted widget at the links. They are
// plain HTML with one style sheet inside, need no JavaScript, and are shown on loopback alone.

//go:embed pages
var pageFiles embed.FS

// pages are the parsed templates, and the style sheet that each page carries.
type pages struct {
	templates *template.Template
	style     template.CSS
	policy    string // of the style sheet, for Content-Security-Policy
}

func parsePages() pages {
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		panic(err) // it is compiled in
	}
	sum := sha256.Sum256(style)
	return pages{
		templates: template.Must(template.ParseFS(pageFiles, "pages/*.html")),
		style:     template.CSS(style),
		policy:    "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
}

// frame is what every page has; the pages' data embed it.
type frame struct {
	Title string
	Style template.CSS
	Wide  bool
}

func (f *frame) dress(style template.CSS) { f.Style = style }

// message is a page that only says something.
type message struct {
	frame
	Words string
}

// isPage says whether a path is one of the pages.
func isPage(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first == "mail" || "/"+first == widgetPath
}

// servePage serves a page.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mail", s.mailList)
	mux.HandleFunc("GET /mail/{n}", s.mailPage)
	mux.HandleFunc("GET "+widgetPath, s.widget)
	mux.HandleFunc("GET "+widgetPath+"/{step}", s.widgetStep)
	mux.HandleFunc("POST "+widgetPath+"/{step}", s.widgetAct)
	mux.ServeHTTP(w, r)
}

// say shows a page that only says something.
func (s *Server) say(w http.ResponseWriter, status int, title, words string) {
	s.show(w, status, "message", &message{frame{Title: title}, words}, "")
}

// show writes a page. Its forms may lead to the sandbox, and from there to the address sendsTo, "" for none.
func (s *Server) show(w http.ResponseWriter, status int, name string, data interface{ dress(template.CSS) }, sendsTo string) {
	p := s.pages()
	data.dress(p.style)
	var page bytes.Buffer
	if err := p.templates.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "the sandbox could not make this page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+p.policy+"; form-action 'self'"+origin(sendsTo)+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer") // the link is in the address
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the browser may be gone; that is its affair
}

// origin is an address's scheme and host as a policy names them, with a space before; "" where a policy
// has no form for it.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return " " + u.Scheme + "://" + u.Host
}
