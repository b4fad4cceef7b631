package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// servedSandbox runs the command sandbox until the test ends, and gives the address that it serves.
func servedSandbox(t *testing.T, flags ...string) (address string) {
	t.Helper()
	return servedSandboxSaying(t, io.Discard, flags...)
}

// servedSandboxSaying is the same; talk gets what it says.
func servedSandboxSaying(t *testing.T, talk io.Writer, flags ...string) (address string) {
	t.Helper()
	signals, ready, ended := make(chan os.Signal, 1), make(chan string, 1), make(chan int)
	go func() {
		// The test's own context ends before its cleanups: the signal would be a second one.
		ended <- run(context.WithoutCancel(t.Context()), append([]string{"sandbox", "--listen", "127.0.0.1:0"}, flags...), outside{
			stdin: strings.NewReader(""), stdout: writes(func(text string) { ready <- text }), stderr: talk,
			lookup: func(string) (string, bool) { return "", false }, signals: signals, exit: func(int) { t.Error("the process was ended") },
		})
	}()
	t.Cleanup(func() {
		signals <- os.Interrupt
		require.Equal(t, exitDone, <-ended)
	})
	base, ok := strings.CutPrefix(strings.TrimSpace(<-ready), "sandbox ready: ")
	require.True(t, ok)
	return strings.TrimSuffix(base, sandboxPath)
}

// ask sends a request to the API of a sandbox.
func ask(t *testing.T, method, address, body string) (answer map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-Auth-ID", "PA_SANDBOX")
	r.Header.Set("X-Auth-Token", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.Less(t, res.StatusCode, 300, answer)
	return answer
}

// sessionOf is the account's only session, as the API shows it.
func sessionOf(t *testing.T, address, account string) map[string]any {
	t.Helper()
	sessions := ask(t, http.MethodGet, address+sandboxPath+"/kyc-sessions?account_auth_id="+account, "")["sessions"].([]any)
	require.Len(t, sessions, 1)
	return sessions[0].(map[string]any)
}

// What README.md says to type in the two shells works, and proposes what the sandbox itself proposes; the figures
// that it tells to look at are in the verdict.
func TestReadmeRehearsal(t *testing.T) {
	t.Parallel() // it waits more than it works
	section := between(t, readme(t), "## Rehearsal\n", "## How it works\n")
	blocks := regexp.MustCompile("(?s)```\n(.*?)```").FindAllStringSubmatch(section, -1)
	require.Len(t, blocks, 3)
	typed := func(block string) []string {
		_, command, ok := strings.Cut(strings.ReplaceAll(block, "\\\n", " "), "kycbatch ")
		require.True(t, ok)
		return strings.Fields(command)
	}
	first, second := typed(blocks[0][1]), typed(blocks[1][1])
	require.Equal(t, "sandbox", first[0])
	var talked shared
	address := servedSandboxSaying(t, &talked, first[1:]...)

	s := newStage(t)
	for _, pair := range regexp.MustCompile(`(VOBIZ_\w+)=(\S+)`).FindAllStringSubmatch(blocks[1][1], -1) {
		s.env[pair[1]] = pair[2]
	}
	for i, word := range second {
		switch word {
		case "http://127.0.0.1:8787" + sandboxPath:
			second[i] = address + sandboxPath
		case "rehearsal-data":
			second[i] = s.dir + "/rehearsal-data"
		case "samples/customers.csv":
			second[i] = filepath.Join(samplesDir, "customers.csv")
		}
	}
	require.Contains(t, talked.String(), strings.Join(second[slices.Index(second, "--settle"):slices.Index(second, "--rate")], " ")+"\n")
	got := s.run(second...)
	require.Equal(t, exitMend, got.code, got.talked)

	verdict := ask(t, http.MethodGet, address+"/journal?sessions=0", "")["verdict"].(map[string]any)
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?`) \\|").FindAllStringSubmatch(section, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			require.Contains(t, verdict, strings.Trim(name, "`"))
		}
	}
	require.Equal(t, 29.0, verdict["creation_mails"])
	for _, name := range []string{"accidents", "second_mails", "two_live"} {
		require.Zero(t, verdict[name], name)
	}

	before := time.Now()
	changes := regexp.MustCompile(`(?m)^curl (?:-X PUT -H 'Content-Type: application/json' -d '(.*)' )?http://127\.0\.0\.1:8787(/\S+)$`).FindAllStringSubmatch(blocks[2][1], -1)
	require.Len(t, changes, strings.Count(blocks[2][1], "\n"))
	for _, c := range changes {
		body, path := c[1], c[2]
		if body == "" {
			require.Zero(t, ask(t, http.MethodGet, address+path, "")["accidents"])
			continue
		}
		ask(t, http.MethodPut, address+path, body)
	}
	clock, err := time.Parse(time.RFC3339, ask(t, http.MethodGet, address+"/clock", "")["now"].(string))
	require.NoError(t, err)
	require.Greater(t, clock, before.Add(72*time.Hour))
	require.Equal(t, "kyc-word", ask(t, http.MethodGet, address+"/readings", "")["failed"])
	require.NotEmpty(t, ask(t, http.MethodGet, address+"/faults", "")["rules"])
	for _, path := range []string{"/faults", "/readings"} {
		ask(t, http.MethodPut, address+path, "{}")
	}
	require.Equal(t, "word", ask(t, http.MethodGet, address+"/readings", "")["failed"])
	require.Empty(t, ask(t, http.MethodGet, address+"/faults", "")["rules"])
}

// A campaign's webhook_url may be a receiver on this machine: it is told of every end, signed with the partner's token.
func TestWebhooksOfARehearsal(t *testing.T) {
	got := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte("sandbox"))
		mac.Write(body)
		if r.Header.Get("X-Vobiz-Signature") == "sha256="+hex.EncodeToString(mac.Sum(nil)) {
			got <- string(body)
		}
	}))
	defer receiver.Close()
	address := servedSandbox(t, "--clock", "7200x", "--crowd", "open=100%,complete=0,fail=100%,delay=0s", "--reading", "failed=kyc-word", "--reading", "webhook-status=both")
	s := newStage(t)
	s.env["VOBIZ_AUTH_ID"], s.env["VOBIZ_AUTH_TOKEN"] = "PA_SANDBOX", "sandbox"
	ran := s.run("create", s.file("a.csv", rows(3)), "--api-url", address+sandboxPath, "--rate", "unlimited", "--webhook-url", receiver.URL+"/kyc")
	require.Equal(t, exitDone, ran.code, ran.talked)
	told := map[any]bool{}
	for len(told) < 3 {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(<-got), &event))
		require.Equal(t, []any{"kyc.failed", "kyc_failed", "kyc_failed"}, []any{event["event"], event["session_status"], event["status"]})
		told[event["account_auth_id"]] = true
	}
	require.Equal(t, "kyc_failed", sessionOf(t, address, "MA_0001")["status"])
}

// With a crowd and a fast clock a campaign completes by itself, while its settle time stays the shell's.
func TestCrowdCompletesACampaign(t *testing.T) {
	address := servedSandbox(t, "--clock", "7200x", "--crowd", "open=100%,complete=100%,fail=0,delay=0s")
	s := newStage(t)
	s.env["VOBIZ_AUTH_ID"], s.env["VOBIZ_AUTH_TOKEN"] = "PA_SANDBOX", "sandbox"
	got := s.run("create", s.file("a.csv", rows(5)), "--api-url", address+sandboxPath, "--rate", "unlimited")
	require.Equal(t, exitDone, got.code, got.talked)
	require.Eventually(t, func() bool {
		verdict := ask(t, http.MethodGet, address+"/journal?sessions=0", "")["verdict"].(map[string]any)
		require.Zero(t, verdict["second_mails"])
		return verdict["completed"] == 5.0
	}, time.Minute, 50*time.Millisecond)
	for _, account := range []string{"MA_0000", "MA_0004"} {
		require.NotEmpty(t, sessionOf(t, address, account)["verified_data"])
	}
}

// A campaign, and then one of its customers by hand in a browser: the mail, the link, a PAN, a code. JavaScript is
// off. What the API says of the session is what the browser did, and nobody else is touched.
func TestBeTheCustomer(t *testing.T) {
	b := openBrowser(t)
	address := servedSandbox(t)
	s := newStage(t)
	s.env["VOBIZ_AUTH_ID"], s.env["VOBIZ_AUTH_TOKEN"] = "PA_SANDBOX", "sandbox"
	got := s.run("create", s.file("a.csv", rows(3)), "--api-url", address+sandboxPath, "--rate", "unlimited")
	require.Equal(t, exitDone, got.code, got.talked)
	account := "MA_0001"
	require.Equal(t, "email_sent", sessionOf(t, address, account)["status"])

	b.command("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.screen(1280, 900, "light")
	b.visit(address + "/mail")
	b.picture("mails")
	require.Contains(t, b.text(), "3 mails, newest first")
	b.enter("#account", account)
	b.leads(func() { b.click("form button") })
	b.leads(func() { b.click("tbody a") })
	b.picture("mail")
	require.Contains(t, b.text(), "your account "+account+" needs KYC")
	b.leads(func() { b.click("pre a") })
	b.picture("welcome")
	require.Equal(t, "opened", sessionOf(t, address, account)["status"])

	b.leads(func() { b.click("a.button") })
	b.picture("pan")
	b.enter("#pan", "abch1")
	b.leads(func() { b.click("form button") })
	b.picture("pan-wrong")
	require.Contains(t, b.text(), "There is something to mend")
	require.Equal(t, "pan", b.value("document.activeElement.id"), "the field to mend has the focus")
	b.enter("#pan", "abcpe1234f")
	b.enter("#born", "01151990") // month, day, year: the browser speaks American
	b.leads(func() { b.click("form button") })
	b.picture("code")
	require.Equal(t, "in_progress", sessionOf(t, address, account)["status"])
	require.Equal(t, "individual", sessionOf(t, address, account)["kyc_type"])

	code := regexp.MustCompile(`the code is (\d{6})`).FindStringSubmatch(b.text())
	require.NotNil(t, code)
	b.enter("#code", code[1])
	b.leads(func() { b.click("form button") })
	b.picture("done")
	require.Contains(t, b.text(), "Your KYC is completed")
	require.Equal(t, "kyc_completed", sessionOf(t, address, account)["status"])
	require.Equal(t, "John Doe", sessionOf(t, address, account)["verified_data"].(map[string]any)["aadhaar_name"])
	for _, other := range []string{"MA_0000", "MA_0002"} {
		require.Equal(t, "email_sent", sessionOf(t, address, other)["status"])
	}
}

// The redirect flow, as a company: the browser ends at the partner's page, with what the API page names, and the
// partner learns no token from it.
func TestHandedOffInABrowser(t *testing.T) {
	b := openBrowser(t)
	address := servedSandbox(t)
	arrived := make(chan *http.Request, 10)
	partner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- r
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Thanks</title><link rel=icon href=data:,><p>Back at the partner.")
	}))
	defer partner.Close()
	for account, failing := range map[string]bool{"MA_GOOD": false, "MA_BAD": true} {
		created := ask(t, http.MethodPost, address+sandboxPath+"/kyc-sessions",
			`{"account_auth_id":"`+account+`","flow_type":"redirect","redirect_url":"`+partner.URL+`/kyc-complete?shop=7"}`)
		b.visit(created["widget_url"].(string))
		b.leads(func() { b.click("a.button") })
		words := regexp.MustCompile(`Or as a company(?s:.*?)Name\s+(.*?)\s+PAN\s+(\S+)`).FindStringSubmatch(b.text())
		require.NotNil(t, words, b.text())
		b.enter("#pan", words[2])
		if failing {
			b.enter("#entity", "Another Name")
		} else {
			b.enter("#entity", words[1])
		}
		b.leads(func() { b.click("form button") })
		status := "failed"
		if !failing {
			status = "kyc_completed"
			sample := regexp.MustCompile(`such as (\S{15})\.`).FindStringSubmatch(b.text())
			require.NotNil(t, sample, b.text())
			b.enter("#gstin", sample[1])
			b.leads(func() { b.click("form button") })
		}
		require.Contains(t, b.text(), "Back at the partner.")
		r := <-arrived
		require.Equal(t, "/kyc-complete?shop=7&session_id="+created["session_id"].(string)+"&status="+status+"&auth_id="+account, r.URL.String())
		require.Equal(t, http.MethodGet, r.Method)
		require.Empty(t, r.Header.Get("Referer"))
		require.Equal(t, status, sessionOf(t, address, account)["status"])
	}
}

// On a phone no page is wider than the screen and every control is large enough for a finger; in the dark the page is
// dark; text is readable in both (a contrast of 4.5 and more, as WCAG 2.2 asks for).
func TestPagesOnEveryScreen(t *testing.T) {
	b := openBrowser(t)
	address := servedSandbox(t)
	token := func(account string) string {
		link := ask(t, http.MethodPost, address+sandboxPath+"/kyc-sessions",
			`{"account_auth_id":"`+account+`","flow_type":"redirect","redirect_url":"https://yourapp.com/kyc-complete"}`)["widget_url"].(string)
		_, token, _ := strings.Cut(link, "?token=")
		return "?token=" + token
	}
	long := "MA_" + strings.Repeat("LONG", 12)
	ask(t, http.MethodPost, address+sandboxPath+"/kyc-sessions", `{"account_auth_id":"`+long+`","customer_email":"`+strings.Repeat("very", 15)+`@example.com"}`)
	individual, company, fresh := token("MA_P"), token("MA_C"), token(long+"R")
	b.visit(address + "/verify/pan" + individual)
	b.enter("#pan", "ABCPE1234F")
	b.enter("#born", "01151990")
	b.leads(func() { b.click("form button") })
	b.visit(address + "/verify/pan" + company)
	b.enter("#pan", "AAACA1234A")
	b.enter("#entity", "Acme Technologies Pvt Ltd")
	b.leads(func() { b.click("form button") })

	pages := map[string]string{
		"mails": "/mail", "mail": "/mail/1", "no-mails": "/mail?account=MA_0", "welcome": "/verify" + fresh, "pan": "/verify/pan" + fresh,
		"code": "/verify/code" + individual, "gstin": "/verify/gstin" + company, "unknown": "/verify?token=kst_0",
	}
	shades := map[string]map[string]any{"light": {}, "dark": {}}
	for scheme := range shades {
		for _, width := range []int{320, 1280} {
			b.screen(width, 800, scheme)
			for name, path := range pages {
				b.visit(address + path)
				b.value("document.querySelectorAll('details').forEach(d => d.open = true)")
				b.picture(name + "-" + scheme + "-" + map[bool]string{true: "phone", false: "desktop"}[width < 500])
				where := name + " " + scheme
				require.LessOrEqual(t, b.value("document.documentElement.scrollWidth"), float64(width), where)
				require.GreaterOrEqual(t, b.value("Math.min(44, ...[...document.querySelectorAll('input, select, button, .button')].map(e => e.getBoundingClientRect().height))"), float64(44), where)
				require.GreaterOrEqual(t, b.value(leastContrast), 4.5, where)
				shades[scheme][name] = b.value("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, c) => sum + Number(c), 0)")
			}
		}
	}
	for name := range pages {
		require.Less(t, shades["dark"][name], shades["light"][name], name)
	}
}

// leastContrast is the least contrast of any text on the page against the nearest background behind it.
const leastContrast = `(() => {
	const rgb = c => c.match(/[\d.]+/g).map(Number);
	const luminance = c => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) > 0) return c; } return "rgb(255, 255, 255)"; };
	let least = 21;
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) && !["INPUT", "SELECT"].includes(e.tagName)) continue;
		const [a, b] = [luminance(getComputedStyle(e).color), luminance(behind(e))];
		least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
	}
	return least;
})()`
