package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// mailed creates a session by the email flow on a sandbox that is served at its links, and gives its id and
// the path of its link.
func mailed(t *testing.T, s *sandbox.Server, account string) (id, path string) {
	t.Helper()
	id = created(t, s, account)
	_, link, ok := strings.Cut(visit(t, s, "/mail/1").body, `href="http://127.0.0.1:8787/verify?token=`)
	require.True(t, ok)
	token, _, _ := strings.Cut(link, `"`)
	require.Regexp(t, tokenText, token)
	return id, "?token=" + token
}

const served = "http://127.0.0.1:8787"

// goes checks that an answer sends the browser on, with a GET, and tells the next page nothing.
func goes(t *testing.T, r reply, to string) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, r.status, r.body)
	require.Equal(t, to, r.header.Get("Location"))
	require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
	require.Empty(t, r.body)
}

// shows checks that an answer is a page with these words.
func shows(t *testing.T, r reply, status int, words ...string) {
	t.Helper()
	require.Equal(t, status, r.status, r.body)
	require.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	for _, w := range words {
		require.Contains(t, r.body, w)
	}
}

// The email flow in the widget, from the mail's link to the last page, each step a page of its own.
func TestWidgetIndividual(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	status := func() string { return field[string](t, get(t, s, "/"+id).body, "status") }
	require.Equal(t, "email_sent", status())

	shows(t, visit(t, s, "/verify"+token), 200, "Account <strong>MA_1</strong>", `href="/verify/pan`+token+`">Begin`)
	require.Equal(t, "opened", status(), "the widget was loaded")
	shows(t, visit(t, s, "/verify/pan"+token), 200, "Step 1 of 2", `<label for="pan">`, `<label for="born">`, `<label for="entity">`)
	goes(t, visit(t, s, "/verify/code"+token), "/verify"+token)
	goes(t, visit(t, s, "/verify/elsewhere"+token), "/verify"+token)
	require.Equal(t, 404, submit(t, s, "/verify/elsewhere"+token).status)

	shows(t, submit(t, s, "/verify/pan"+token, "pan", "abc", "born", "1990-01-15", "entity", `"><b>`), 422,
		"<title>Error: Your PAN", `role="alert"`, `<a href="#pan">A PAN has five letters`, `aria-invalid="true" aria-describedby="pan-hint pan-wrong" autofocus`,
		`value="abc"`, `value="1990-01-15"`, `value="&#34;&gt;&lt;b&gt;"`)
	goes(t, submit(t, s, "/verify/pan"+token, "pan", "ABCPE1234F", "born", "1990-01-15"), "/verify/code"+token)
	require.Equal(t, "in_progress", status())
	goes(t, visit(t, s, "/verify"+token), "/verify/code"+token)
	goes(t, submit(t, s, "/verify/gstin"+token, "gstin", "27AAACA1234A1Z5"), "/verify"+token)
	shows(t, visit(t, s, "/verify/code"+token), 200, "Step 2 of 2", "John Doe", `the code is <strong class="code">`+sandbox.OneTimeCode)
	shows(t, submit(t, s, "/verify/code"+token, "code", "1"), 422, `<a href="#code">That is not the code. Tries left: 2.`, `aria-invalid="true"`)
	goes(t, submit(t, s, "/verify/code"+token, "code", sandbox.OneTimeCode), "/verify"+token)
	require.Equal(t, "kyc_completed", status())
	shows(t, visit(t, s, "/verify"+token), 200, "All done", "Your KYC is completed.", "You can close this page.")
	shows(t, submit(t, s, "/verify/code"+token, "code", sandbox.OneTimeCode), 200, "Your KYC is completed")
}

func TestWidgetCompany(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	page := visit(t, s, "/verify/pan"+token).body
	found := regexp.MustCompile(`Or as a company(?s:.*?)<dd>(.*?)</dd>(?s:.*?)<dd class="code">(.*?)</dd>`).FindStringSubmatch(page)
	require.NotNil(t, found)
	shows(t, submit(t, s, "/verify/pan"+token, "pan", found[2]), 422, `<a href="#entity">`)
	goes(t, submit(t, s, "/verify/pan"+token, "pan", found[2], "entity", strings.ToLower(found[1])), "/verify/gstin"+token)
	page = visit(t, s, "/verify/gstin"+token).body
	require.Contains(t, page, "the PAN of "+found[1]+" is verified.")
	require.NotContains(t, page, "<option>"+sandbox.FailCode, "a company gets no code")
	shows(t, submit(t, s, "/verify/gstin"+token, "gstin", "27"), 422, `value="27"`, `<a href="#gstin">`)
	sample := regexp.MustCompile(`such as <strong class="code">(.{15})</strong>`).FindStringSubmatch(page)
	require.NotNil(t, sample, "what is shown as good is good")
	goes(t, submit(t, s, "/verify/gstin"+token, "gstin", sample[1]), "/verify"+token)
	require.Equal(t, "kyc_completed", field[string](t, get(t, s, "/"+id).body, "status"))
	require.Contains(t, verified(t, s, id), found[1])
}

// What the PAN page offers as the customer's own data is good.
func TestWidgetOffersGoodData(t *testing.T) {
	for _, account := range []string{"MA_1", "MA_2", "MA_3"} {
		s := newServer(t, sandbox.Config{LinkBase: served})
		id, token := mailed(t, s, account)
		found := regexp.MustCompile(`<dd>(.*?)</dd>(?s:.*?)<dd class="code">(.*?)</dd>(?s:.*?)<dd>(.*?)</dd>`).FindStringSubmatch(visit(t, s, "/verify/pan"+token).body)
		require.NotNil(t, found)
		goes(t, submit(t, s, "/verify/pan"+token, "pan", found[2], "born", found[3]), "/verify/code"+token)
		require.Equal(t, found[1], field[string](t, verified(t, s, id), "pan_registered_name"))
	}
}

// Both flows lead through one and the same widget, page by page, and none of its pages takes a document.
func TestWidgetOfBothFlows(t *testing.T) {
	walk := func(s *sandbox.Server, address string, pan ...string) (pages []string) {
		require.True(t, strings.HasPrefix(address, served))
		path, token, _ := strings.Cut(strings.TrimPrefix(address, served), "?")
		at := func(below string) string { return path + below + "?" + token }
		pages = append(pages, visit(t, s, at("")).body, visit(t, s, at("/pan")).body, submit(t, s, at("/pan"), "pan", "x").body)
		next := submit(t, s, at("/pan"), pan...).header.Get("Location")
		pages = append(pages, visit(t, s, next).body)
		if strings.Contains(next, "gstin") {
			submit(t, s, next, "gstin", "27AAACA1234A1Z5")
		} else {
			submit(t, s, next, "code", sandbox.OneTimeCode)
		}
		return append(pages, visit(t, s, at("")).body)
	}
	for _, pan := range [][]string{{"pan", "ABCPE1234F", "born", "1990-01-15"}, {"pan", "AAACA1234A", "entity", acme.Entity}} {
		byMail, byLink := newServer(t, sandbox.Config{LinkBase: served}), newServer(t, sandbox.Config{LinkBase: served})
		v, _ := byMail.Session(created(t, byMail, "MA_1"))
		id, token := invited(t, byLink, "MA_1", "https://yourapp.com/kyc-complete")
		mailedPages, linkedPages := walk(byMail, v.Link, pan...), walk(byLink, served+"/verify?token="+token, pan...)
		require.Equal(t, mailedPages, linkedPages)
		require.Equal(t, "kyc_completed", field[string](t, get(t, byLink, "/"+id).body, "status"))
		for _, page := range mailedPages {
			require.Contains(t, page, "<h1>")
			require.NotRegexp(t, `(?i)type="?file|multipart`, page)
		}
		require.Contains(t, mailedPages[4], "Your KYC is completed")
	}
}

// After the end, good or bad, the browser goes to redirect_url with what the page names; a query that it had
// is kept, and its fragment stays at the end.
func TestHandOff(t *testing.T) {
	for redirectURL, want := range map[string]string{
		"https://yourapp.com/kyc-complete":           "https://yourapp.com/kyc-complete?session_id=ID&status=STATUS&auth_id=MA_1%2F%262",
		"https://yourapp.com/kyc?a=1&b=%20x":         "https://yourapp.com/kyc?a=1&b=%20x&session_id=ID&status=STATUS&auth_id=MA_1%2F%262",
		"https://yourapp.com?":                       "https://yourapp.com?session_id=ID&status=STATUS&auth_id=MA_1%2F%262",
		"https://yourapp.com/?a=1&#/done?not=query":  "https://yourapp.com/?a=1&session_id=ID&status=STATUS&auth_id=MA_1%2F%262#/done?not=query",
		"http://127.0.0.1:9/kyc-complete?session=me": "http://127.0.0.1:9/kyc-complete?session=me&session_id=ID&status=STATUS&auth_id=MA_1%2F%262",
	} {
		for status, end := range map[string]func(s *sandbox.Server, token string) reply{
			"kyc_completed": func(s *sandbox.Server, token string) reply {
				goes(t, submit(t, s, "/verify/pan"+token, "pan", "ABCPE1234F", "born", "1990-01-15"), "/verify/code"+token)
				return submit(t, s, "/verify/code"+token, "code", sandbox.OneTimeCode)
			},
			"failed": func(s *sandbox.Server, token string) reply {
				return submit(t, s, "/verify/fail"+token, "why", sandbox.FailName)
			},
		} {
			s := newServer(t, sandbox.Config{})
			id, token := invited(t, s, "MA_1/&2", redirectURL)
			goes(t, end(s, "?token="+token), strings.NewReplacer("ID", id, "STATUS", status).Replace(want))
		}
	}
}

// In the email flow nothing is handed to a browser: it stays in the widget.
func TestNoHandOffInTheEmailFlow(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	goes(t, submit(t, s, "/verify/fail"+token, "why", strings.Repeat("because ", 1000)), "/verify"+token)
	require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+id).body, "status"))
	goes(t, submit(t, s, "/verify/fail"+token, "why", sandbox.FailDocument), "/verify"+token)
	shows(t, visit(t, s, "/verify"+token), 410, "could not be verified")
	require.Equal(t, "failed", field[string](t, get(t, s, "/"+id).body, "status"))
}

// A dead link says so in words, and no step of it does anything.
func TestWidgetOfADeadLink(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	s := newServer(t, sandbox.Config{Now: at(now), LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	*now = now.AddDate(0, 0, 8)
	before := get(t, s, "/"+id).body
	for _, r := range []reply{
		visit(t, s, "/verify"+token), visit(t, s, "/verify/pan"+token),
		submit(t, s, "/verify/pan"+token, "pan", "ABCPE1234F", "born", "1990-01-15"),
		submit(t, s, "/verify/fail"+token, "why", sandbox.FailName),
	} {
		shows(t, r, 410, "This link does not work any more", "This link worked until 12 May 2026, 06:00 UTC.")
	}
	require.Equal(t, before, get(t, s, "/"+id).body)
	for _, path := range []string{"/verify", "/verify?token=", "/verify?token=kst_1", "/verify/pan?token=" + strings.Repeat("x", 10_000)} {
		shows(t, visit(t, s, path), 404, "This link is not known", "copy all of it from the mail")
	}
	require.Equal(t, 405, browse(t, s, http.MethodPut, "127.0.0.1", "/verify"+token, nil).status)
}

// Law: whatever page it is, no script, nothing from elsewhere, no framing, no caching, no referrer; and the
// one style sheet is the one that the policy names.
func TestPagePolicy(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	_, token := mailed(t, s, "MA_1")
	_, other := invited(t, s, "MA_2", "https://yourapp.com:8443/kyc-complete?a=1")
	for _, c := range []struct {
		r       reply
		formsTo string
	}{
		{visit(t, s, "/mail"), ""}, {visit(t, s, "/mail/1"), ""}, {visit(t, s, "/mail/99"), ""},
		{visit(t, s, "/verify"+token), ""}, {visit(t, s, "/verify/pan"+token), ""}, {visit(t, s, "/verify?token=none"), ""},
		{submit(t, s, "/verify/pan"+token, "pan", "x"), ""},
		{visit(t, s, "/verify/pan?token="+other), " https://yourapp.com:8443"},
	} {
		_, style, _ := strings.Cut(c.r.body, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		require.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; form-action 'self'"+c.formsTo+
			"; base-uri 'none'; frame-ancestors 'none'", c.r.header.Get("Content-Security-Policy"))
		require.Equal(t, "no-referrer", c.r.header.Get("Referrer-Policy"))
		require.Equal(t, "no-store", c.r.header.Get("Cache-Control"))
		require.Equal(t, "nosniff", c.r.header.Get("X-Content-Type-Options"))
		require.NotContains(t, c.r.body, "<script")
		require.NotRegexp(t, `(?i)\s(src|srcset|style|on[a-z]+)\s*=|@import|url\(`, c.r.body)
		require.Regexp(t, `^<!DOCTYPE html>\n<html lang="en">`, c.r.body)
		require.Contains(t, c.r.body, `<meta name="viewport" content="width=device-width, initial-scale=1">`)
		require.Equal(t, 1, strings.Count(c.r.body, "<h1>"))
		labels(t, c.r.body)
	}
}

// labels checks that each field of a page has its label, and that what describes it is there.
func labels(t *testing.T, page string) {
	t.Helper()
	for _, field := range regexp.MustCompile(`<(?:input|select)[^>]* id="([a-z]+)"[^>]*>`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, page, `<label for="`+field[1]+`">`)
		if described := regexp.MustCompile(`aria-describedby="([^"]+)"`).FindStringSubmatch(field[0]); described != nil {
			for id := range strings.FieldsSeq(described[1]) {
				require.Contains(t, page, `id="`+id+`"`)
			}
		}
	}
}

// A page of elsewhere whose name was made to lead to this machine sees nothing.
func TestPagesAreLoopbackOnly(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	for _, host := range []string{"evil.example.com", "evil.example.com:8787", "127.0.0.1.evil.example.com", "10.0.0.1", "[2001:db8::1]:80", "localhost.evil.example"} {
		for _, path := range []string{"/mail", "/mail/1", "/verify" + token} {
			r := browse(t, s, http.MethodGet, host, path, nil)
			require.Equal(t, http.StatusMisdirectedRequest, r.status, r.body)
			require.Contains(t, r.body, "only under an address of this machine")
			require.NotContains(t, r.body, token)
		}
	}
	require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+id).body, "status"))
	for _, host := range []string{"127.0.0.1", "127.0.0.1:8787", "localhost:1", "localhost", "[::1]:8787", "127.8.9.1"} {
		require.Equal(t, 200, browse(t, s, http.MethodGet, host, "/mail/1", nil).status, host)
	}
}

func TestLargeForm(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	_, token := mailed(t, s, "MA_1")
	shows(t, submit(t, s, "/verify/pan"+token, "pan", strings.Repeat("A", 1<<20)), 400, "could not be read")
}

// The links lead where the sandbox is served, or by default where the page's example leads.
func TestLinkBase(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	r := do(t, s, http.MethodPost, "", pageRedirectRequest)
	require.Regexp(t, `^http://127\.0\.0\.1:8787/verify\?token=kst_[0-9a-f]{64}$`, field[string](t, r.body, "widget_url"))
	s = newServer(t, sandbox.Config{})
	created(t, s, "MA_1")
	shows(t, visit(t, s, "/mail/1"), 200, `href="https://kyc.vobiz.ai/verify?token=kst_`)
	for _, base := range []string{"127.0.0.1:8787", "ftp://127.0.0.1", "http://", "http://127.0.0.1/?a=1", "http://127.0.0.1/#a", "http://127.0.0.1/", ":"} {
		_, err := sandbox.New(sandbox.Config{LinkBase: base})
		require.ErrorContains(t, err, "links", base)
	}
}

// The pages count as no request of the API: they are not the client's.
func TestPagesAreNoRequests(t *testing.T) {
	s := newServer(t, sandbox.Config{LinkBase: served})
	_, token := mailed(t, s, "MA_1")
	visit(t, s, "/verify"+token)
	require.Equal(t, 1, s.Journal().Total("*"))
	for _, path := range []string{"/", "/mailbox", "/verifying"} { // the API's, which wants credentials
		refusal(t, visit(t, s, path), 401, `{"error":"HTTPError","message":"Missing or invalid X-Auth-ID / X-Auth-Token","status_code":401}`)
	}
}
