package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/control"
	"kycbatch/internal/sandbox"
)

// What is planted in the credentials, the file and the API's answers.
const (
	plantedToken  = "tok-planted-secret"
	plantedLink   = "kst_planted0a1b2c3d4e5f"
	plantedPerson = "planted.person" // what stands before the @
	plantedName   = "Planted Surname"
	plantedPhone  = "9876501234"
	plantedPAN    = "QWEPR1234T"
	plantedDigits = "998877665544" // of an Aadhaar number
	plantedHook   = "planted-hook-password"

	// forged is a line of ours that somebody else would like to write.
	forged = "\x1b[2J\x1b[1;1H\u009b31m\u202e\u2066\r\nFORGED: all is well\n"
)

// all of it, as it would come in one text.
func plantedText() string {
	return forged + " " + plantedToken + " PA_TEST https://kyc.example/verify?token=" + plantedLink + " " + plantedPerson + "07@zeta.example PAN " +
		plantedPAN + " Aadhaar " + plantedDigits + " mobile " + plantedPhone
}

// hostileAPI is a sandbox whose answers hold what they should not. What it does beside that is its mode; "" is its work.
type hostileAPI struct {
	world    *sandbox.Server
	mode     atomic.Pointer[string]
	requests atomic.Int32
	kept     chan struct{} // closed: nothing is kept back
}

func (a *hostileAPI) does(mode string) {
	a.mode.Store(&mode)
	a.requests.Store(0)
}

// The modes in which it does no work.
func hostileModes() []string {
	return []string{"401", "403", "404", "409", "422", "429", "500", "html", "redirect", "text", "names", "one page", "fresh pages", "deep", "cut"}
}

func (a *hostileAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := a.requests.Add(1)
	w.Header().Set("X-Error", plantedToken+"\u009b2J")
	w.Header().Set("Server", "\u202e")
	say := func(status int, body string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	text := plantedText()
	switch mode := *a.mode.Load(); mode {
	case "", "words", "kept":
		if mode == "kept" {
			<-a.kept
		}
		rec := httptest.NewRecorder()
		a.world.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		say(rec.Code, a.worse(rec.Body.Bytes(), mode == "words"))
	case "401", "403", "404", "409", "422", "429", "500":
		var status int
		_, _ = fmt.Sscan(mode, &status)
		w.Header().Set("Retry-After", "0")
		said, _ := json.Marshal(map[string]any{"error": text, "message": text, "status_code": status, "details": []any{
			map[string]any{"type": text, "loc": []any{"body", text}, "msg": text, "input": text},
		}})
		say(status, string(said))
	case "html":
		w.Header().Set("Content-Type", "text/html")
		say(502, "<script>"+text)
	case "redirect":
		w.Header().Set("Location", "http://localhost:1/?token="+plantedLink+"&email="+plantedPerson+"07%40zeta.example")
		say(307, text)
	case "text":
		say(200+int(n%2), text)
	case "names":
		said, _ := json.Marshal(text)
		say(200+int(n%2), "{"+string(said)+":1,"+string(said)+":2}")
	case "one page":
		say(200, `{"sessions":[{"id":"s-1","account_auth_id":"MA_0001","status":"opened"}],"total":2000000}`)
	case "fresh pages":
		say(200, fmt.Sprintf(`{"sessions":[{"id":"s-%d","account_auth_id":"MA_0001","status":"opened"}],"total":2000000000}`, n))
	case "deep":
		say(200, strings.Repeat(`{"sessions":[`, 50_000))
	case "cut":
		w.Header().Set("Content-Length", "100000")
		say(200, `{"sessions":[{"id":"`+text)
	}
}

// worse puts into an answer what nobody may see, and, where words is set, a status and a type that nobody knows.
func (a *hostileAPI) worse(body []byte, words bool) string {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return string(body)
	}
	spoil := func(session map[string]any) {
		session["message"], session["note"] = plantedText(), plantedText()
		session["verified_data"] = map[string]any{"pan_number": plantedPAN, "masked_aadhaar": plantedDigits, "aadhaar_name": plantedName, "address": plantedText()}
		session["kyc_link"] = "https://kyc.example/verify?token=" + plantedLink
		if words {
			session["status"], session["kyc_type"] = "waiting"+forged, "person"+forged
		}
	}
	if list, ok := answer["sessions"].([]any); ok {
		for _, one := range list {
			spoil(one.(map[string]any))
		}
	} else {
		spoil(answer)
	}
	said, _ := json.Marshal(answer)
	return string(said)
}

// searched says that what a command said holds nothing that is planted, and steers no terminal.
func searched(t *testing.T, text string, about ...any) {
	t.Helper()
	for _, planted := range []string{plantedToken, "PA_TEST", plantedLink, plantedPerson, plantedName, plantedPhone, plantedPAN, plantedDigits, plantedHook, "1234T"} {
		require.NotContains(t, text, planted, about...)
	}
	harmless(t, text, about...)
	require.False(t, strings.HasPrefix(text, "FORGED"), about...)
	require.NotContains(t, text, "\nFORGED", about...)
}

// Every command, with every kind of answer that a hostile API can give: nothing planted comes out, nothing steers a terminal or
// passes for a line of ours, nothing goes on for ever. Then every file: what is planted is where it may be, and nowhere else.
func TestHostileAPI(t *testing.T) {
	t.Parallel() // it waits most of the time
	s := newStage(t)
	world, err := sandbox.New(sandbox.Config{AuthID: "PA_TEST", AuthToken: plantedToken, WebhookHTTP: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, world.Close()) })
	api := &hostileAPI{world: world, kept: make(chan struct{})}
	api.does("")
	web := httptest.NewServer(api)
	t.Cleanup(web.Close)
	for name, value := range map[string]string{
		"KYCBATCH_API_URL": web.URL + "/api/v1/partner", "VOBIZ_AUTH_ID": "PA_TEST", "VOBIZ_AUTH_TOKEN": plantedToken, "KYCBATCH_RATE": "unlimited",
		"KYCBATCH_SETTLE": "50ms", "KYCBATCH_MAX_OUTAGE": "100ms", "KYCBATCH_TIMEOUT": "2s", "KYCBATCH_WEBHOOK_URL": "https://hook:" + plantedHook + "@zeta.example/x?" + plantedToken,
	} {
		s.env[name] = value
	}
	delete(s.env, "KYCBATCH_WEBHOOK_URL") // config show alone is asked with it, below: such an address is refused elsewhere
	s.listen = control.Listen

	var file strings.Builder
	file.WriteString("account_auth_id,email,phone,name,account_manager\n")
	for i := range 12 {
		fmt.Fprintf(&file, "MA_%04d,%s%02d@zeta.example,%s,%s,%q\n", i, plantedPerson, i, plantedPhone, plantedName, "=Asha"+strings.ReplaceAll(strings.Map(csvSafe, forged), "\r\n", "\n"))
	}
	file.WriteString("MA_BAD," + plantedPerson + "@@zeta.example," + plantedPhone + "," + plantedName + ",x\nMA_NONE," + plantedPerson + "99@zeta.example,,,x\n")
	name := s.file("spring\u202e\n FORGED.csv", file.String())
	nth := 0
	const soon = 250 * time.Millisecond
	run := func(about string, args ...string) ran {
		t.Helper()
		nth++
		args = append(args, "-v", "--log-format", []string{formatText, formatJSON}[nth%2], "-o", []string{formatJSON, formatText}[nth/2%2], "--progress", "plain")
		before := api.requests.Load()
		// What waits for a better answer goes on until somebody stops it; then it must end.
		signals := make(chan os.Signal, 1)
		enough := time.AfterFunc(soon, func() { signals <- os.Interrupt })
		s.signals = signals
		got := s.run(args...)
		s.signals = nil
		enough.Stop()
		searched(t, got.out, about, args)
		searched(t, got.talked, about, args)
		require.NotEqual(t, exitUnexpected, got.code, "%s: %v: %s", about, args, got.talked)
		require.Less(t, api.requests.Load()-before, int32(400), "%s: %v goes on and on", about, args)
		return got
	}
	campaignFlag := []string{"--campaign", "spring"}
	asks := [][]string{
		{"doctor"}, append([]string{"plan", name, "--guard", "sweep"}, campaignFlag...), append([]string{"create", name, "--retry-refused", "--on-unknown", "hold"}, campaignFlag...),
		append([]string{"create", "--guard", "sweep"}, campaignFlag...), append([]string{"audit", "--all"}, campaignFlag...),
		append([]string{"sync", "--include", "verified_data.pan_number,verified_data.address,verified_data.masked_aadhaar"}, campaignFlag...),
		append([]string{"plan", "resend"}, campaignFlag...), append([]string{"resend", "--min-age", "1h"}, campaignFlag...),
		{"report", "--sync"}, append([]string{"replace", "--account", "MA_0003", "--reason", "wrong", "--include-started"}, campaignFlag...),
		append([]string{"revoke", "--account", "MA_0004", "--reason", "closed", "--include-started"}, campaignFlag...),
		{"undecided", "resolve", "MA_0005", "--retry"},
		append([]string{"nightly", "--metrics-file", filepath.Join(s.dir, "night.prom"), "--notify-cmd", "cat; /usr/bin/env; tr '\\0' ' ' < /proc/$$/cmdline"}, campaignFlag...),
	}
	tells := [][]string{
		{"status"}, {"status", "--campaign", "spring"}, {"history"}, {"history", "MA_0001"}, {"history", "MA_NONE"}, {"undecided"}, {"report"}, {"report", "--by", "account_manager", "--include", "verified_data.address"},
		append([]string{"plan", "resend", "--offline"}, campaignFlag...), {"plan", "--offline", name}, {"config", "show"}, {"config", "check", name}, {"stop"}, {"backup"}, {"version"},
		{"withdraw", "--account", "MA_0001", "--reason", "x"}, {"purge", "--older-than", "1h"}, {"init", filepath.Join(s.dir, "begun", forged[:7])}, {"completion", "bash"},
		{"history", forged}, {"create", forged}, {"status", "--campaign", forged}, {forged}, {"--data-dir", s.dir + "/" + forged, "status"}, {"report", "--by", forged}, {"plan", "--map", forged, name},
	}
	run("the first file", append([]string{"create", name, "--limit", "9"}, campaignFlag...)...)
	for _, mode := range append([]string{"", "words"}, hostileModes()...) {
		for _, args := range asks {
			api.does(mode)
			run("mode "+mode, args...)
		}
	}
	for range 2 { // once in each format
		for _, args := range tells {
			run("afterwards", args...)
		}
		nth++
	}
	t.Run("a run that is asked", func(t *testing.T) { askedWhileItRuns(t, s, api, name) })
	s.env["KYCBATCH_WEBHOOK_URL"] = "https://hook:" + plantedHook + "@zeta.example/x?" + plantedToken
	for range 2 {
		run("config show", "config", "show")
		run("config show create", "config", "show", "create")
		nth++
	}
	allowed := map[string][]string{ // beside these, nothing that is planted is in any file
		"ledger.db": {plantedPerson, plantedPhone, plantedName}, campaign.ResultsFile: {plantedPerson, plantedPhone, plantedName},
		campaign.RejectedFile: {plantedPerson, plantedPhone, plantedName}, "backup": {plantedPerson, plantedPhone, plantedName},
	}
	found := filesHold(t, s.env["KYCBATCH_DATA_DIR"], allowed)
	for kind, words := range allowed {
		for _, word := range words[:1] {
			require.Contains(t, found[kind], word, "%s is in play in %s", word, kind)
		}
	}
	metrics, err := os.ReadFile(filepath.Join(s.dir, "night.prom"))
	require.NoError(t, err)
	searched(t, string(metrics), "metrics")
}

// csvSafe leaves of a text what a cell may hold.
func csvSafe(r rune) rune {
	if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r >= 0x7f && r < 0xa0 {
		return -1
	}
	return r
}

// askedWhileItRuns asks a run that is in mid-request, over its socket and with the commands for that.
func askedWhileItRuns(t *testing.T, s *stage, api *hostileAPI, name string) {
	api.does("kept")
	ended := make(chan ran)
	go func() { ended <- s.run("sync", "--campaign", "spring") }()
	dir := s.env["KYCBATCH_DATA_DIR"]
	require.Eventually(t, func() bool { return api.requests.Load() > 0 }, time.Minute, time.Millisecond)
	for _, args := range [][]string{{"status"}, {"status", "-o", "json"}, {"create", name, "--campaign", "spring"}, {"history"}, {"report", "-o", "json"}} {
		got := s.run(args...)
		searched(t, got.out+got.talked, args)
	}
	client := control.NewClient(dir)
	asked, err := client.Run(t.Context())
	require.NoError(t, err)
	var all json.RawMessage
	require.NoError(t, client.Campaigns(t.Context(), &all))
	searched(t, fmt.Sprintf("%+v", asked), "the socket's run")
	for _, planted := range []string{plantedToken, plantedPerson, plantedName, plantedPhone, plantedLink} {
		require.NotContains(t, string(all), planted, "the socket's campaigns")
	}
	filesHold(t, dir, map[string][]string{
		"ledger.db": {plantedPerson, plantedPhone, plantedName}, campaign.ResultsFile: {plantedPerson, plantedPhone, plantedName},
		campaign.RejectedFile: {plantedPerson, plantedPhone, plantedName}, "backup": {plantedPerson, plantedPhone, plantedName},
	})
	close(api.kept)
	got := <-ended
	searched(t, got.out+got.talked, "sync")
	api.does("")
}

// filesHold looks at everything in a folder: nobody else may use it, and what is planted is only where it is allowed. It gives what
// is where.
func filesHold(t *testing.T, dir string, allowed map[string][]string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "others can use %s: %s", path, info.Mode())
		if !info.Mode().IsRegular() {
			return nil
		}
		kind := e.Name()
		if filepath.Base(filepath.Dir(path)) == backupFolder {
			kind = "backup"
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, word := range []string{plantedToken, plantedLink, plantedPerson, plantedName, plantedPhone, plantedPAN, plantedDigits, plantedHook} {
			if strings.Contains(string(content), word) {
				require.Contains(t, allowed[kind], word, "in %s", path)
				if !slices.Contains(found[kind], word) {
					found[kind] = append(found[kind], word)
				}
			}
		}
		return nil
	}))
	return found
}
