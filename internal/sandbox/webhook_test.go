package sandbox_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const hook = "https://127.0.0.1:9/hook?key=value"

// arrival is one attempt as the receiver saw it.
type arrival struct {
	after  time.Duration // since the receiver was made
	url    string
	header http.Header
	body   string
}

// receiver is a customer's server as a network of its own: it answers the n-th request, from 1, as told.
type receiver struct {
	start  time.Time
	answer func(n int, r *http.Request) (status int, err error)

	mu   sync.Mutex
	seen []arrival
	busy int
	most int // requests at once
}

func receive(answer func(n int, r *http.Request) (int, error)) *receiver {
	return &receiver{start: time.Now(), answer: answer}
}

// statuses answers one after the other, the last one for ever.
func statuses(all ...int) func(int, *http.Request) (int, error) {
	return func(n int, _ *http.Request) (int, error) { return all[min(n, len(all))-1], nil }
}

// RoundTrip implements [http.RoundTripper].
func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.seen = append(r.seen, arrival{time.Since(r.start), req.URL.String(), req.Header.Clone(), string(body)})
	n := len(r.seen)
	r.busy++
	r.most = max(r.most, r.busy)
	r.mu.Unlock()
	status, err := r.answer(n, req)
	r.mu.Lock()
	r.busy--
	r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	if status/100 == 3 {
		h.Set("Location", "https://127.0.0.2/elsewhere")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(nil)), Request: req}, nil
}

func (r *receiver) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]arrival{}, r.seen...)
}

func (r *receiver) underWay() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy
}

func (r *receiver) atOnce() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// hooked is a sandbox whose webhooks go to the receiver.
func hooked(t *testing.T, r *receiver, readings sandbox.Readings) *sandbox.Server {
	t.Helper()
	return newServer(t, sandbox.Config{AuthToken: "token", Readings: readings, WebhookClient: &http.Client{Transport: r}})
}

// watched creates a session with a webhook_url.
func watched(t *testing.T, s *sandbox.Server, account, url string) string {
	t.Helper()
	r := do(t, s, http.MethodPost, "", `{"account_auth_id":"`+account+`","customer_email":"customer@example.com","webhook_url":"`+url+`","metadata":{"customer_ref":"TEST_001"}}`)
	require.Equal(t, 201, r.status, r.body)
	return field[string](t, r.body, "session_id")
}

func webhooks(s *sandbox.Server, id string) []sandbox.Webhook {
	v, _ := s.Session(id)
	return v.Webhooks
}

func timeout(_ int, r *http.Request) (int, error) {
	<-r.Context().Done()
	return 0, r.Context().Err()
}

// Which webhook fires when, and what it says.
func TestWebhookEvents(t *testing.T) {
	const body = `{"event":"EVENT","timestamp":"2000-01-01T01:00:00Z","session_id":"ID","account_auth_id":"MA_1","customer_email":"customer@example.com",` +
		`"kyc_type":null,"session_status":"STATUS",REASON"metadata":{"customer_ref":"TEST_001"},"created_at":"2000-01-01T00:00:00Z","updated_at":"2000-01-01T01:00:00Z"}`
	for name, c := range map[string]struct {
		readings              sandbox.Readings
		end                   func(t *testing.T, s *sandbox.Server, id string)
		event, status, reason string
	}{
		"completed": {sandbox.Readings{}, func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Set(id, "kyc_completed")) },
			"kyc.completed", "kyc_completed", ""},
		"failed": {sandbox.Readings{}, func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Fail(id, "OTP failure")) },
			"kyc.failed", "failed", "OTP failure"},
		"failed, the other word": {sandbox.Readings{Failed: sandbox.FailedKYC},
			func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Fail(id, "OTP failure")) },
			"kyc.failed", "kyc_failed", "OTP failure"},
		"failed as a revoke": {sandbox.Readings{Failed: sandbox.FailedRevoked},
			func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Fail(id, "OTP failure")) },
			"kyc.failed", "revoked", "OTP failure"},
		"revoked": {sandbox.Readings{}, func(t *testing.T, s *sandbox.Server, id string) {
			do(t, s, http.MethodDelete, "/"+id, `{"reason":"Wrong email"}`)
		}, "kyc.session_revoked", "revoked", "Wrong email"},
		"auto-revoked": {sandbox.Readings{}, func(t *testing.T, s *sandbox.Server, _ string) { created(t, s, "MA_1") }, "", "", ""},
		"auto-revoked, the other reading": {sandbox.Readings{WebhookAutoRevoke: true},
			func(t *testing.T, s *sandbox.Server, _ string) { created(t, s, "MA_1") }, "kyc.session_revoked", "revoked", ""},
		"opened": {sandbox.Readings{}, func(t *testing.T, s *sandbox.Server, id string) { require.NoError(t, s.Set(id, "opened")) }, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := receive(statuses(200))
				s := hooked(t, to, c.readings)
				id := watched(t, s, "MA_1", hook)
				time.Sleep(time.Hour)
				c.end(t, s, id)
				time.Sleep(day)
				if c.event == "" {
					require.Empty(t, to.arrivals())
					require.Empty(t, webhooks(s, id))
					return
				}
				require.Len(t, to.arrivals(), 1)
				reason := ""
				if c.reason != "" {
					reason = `"reason":"` + c.reason + `",`
				}
				want := strings.NewReplacer("EVENT", c.event, "STATUS", c.status, "REASON", reason, `"ID"`, `"`+id+`"`).Replace(body)
				if c.status == "kyc_completed" {
					want = strings.Replace(want, `"kyc_type":null`, `"kyc_type":"individual"`, 1)
				}
				require.Equal(t, want, to.arrivals()[0].body)
				require.Equal(t, hook, to.arrivals()[0].url)
				require.Equal(t, "application/json", to.arrivals()[0].header.Get("Content-Type"))
				got := webhooks(s, id)
				require.Len(t, got, 1)
				require.Equal(t, c.event, got[0].Event)
				require.Equal(t, sandbox.WebhookDelivered, got[0].State)
			})
		})
	}
}

// The redirect flow's lifecycle, and its webhook: there is no address to tell.
func TestWebhookOfRedirectFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(statuses(200))
		s := hooked(t, to, sandbox.Readings{})
		id := field[string](t, do(t, s, http.MethodPost, "", strings.Replace(pageRedirectRequest, "https://yourapp.com/kyc-webhook", hook, 1)).body, "session_id")
		for _, status := range []string{"opened", "in_progress", "kyc_completed"} {
			require.NoError(t, s.Set(id, status))
			require.Equal(t, status, field[string](t, get(t, s, "/"+id).body, "status"))
		}
		time.Sleep(time.Minute)
		require.Len(t, to.arrivals(), 1)
		body := to.arrivals()[0].body
		require.Equal(t, "kyc.completed", field[string](t, body, "event"))
		require.Nil(t, field[any](t, body, "customer_email"))
		require.Equal(t, map[string]string{"customer_ref": "TEST_001", "plan": "starter"}, field[map[string]string](t, body, "metadata"))
	})
}

// "Webhook deliveries are retried with exponential backoff on non-2xx responses."
func TestWebhookBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(statuses(500))
		s := hooked(t, to, sandbox.Readings{})
		id := watched(t, s, "MA_1", hook)
		require.NoError(t, s.Fail(id, ""))
		time.Sleep(30 * day)
		var at []time.Duration
		for _, a := range to.arrivals() {
			at = append(at, a.after)
		}
		require.Equal(t, []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second, 150 * time.Second,
			310 * time.Second, 630 * time.Second, 1230 * time.Second}, at, "doubled up to ten minutes")
		require.Len(t, at, sandbox.WebhookTries)
		got := webhooks(s, id)[0]
		require.Equal(t, sandbox.WebhookGivenUp, got.State)
		for i, try := range got.Tries {
			require.Equal(t, sandbox.WebhookTry{At: got.At.Add(at[i]), Status: 500}, try)
		}
		require.Equal(t, map[sandbox.WebhookState]int{sandbox.WebhookGivenUp: 1}, s.Journal().Verdict().Webhooks)
	})
}

// A receiver that fails, breaks, is silent and points elsewhere: nothing of it is a delivery, nobody else is
// asked, and nobody is shown credentials.
func TestWebhookReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(func(n int, r *http.Request) (int, error) {
			switch n {
			case 1:
				return 503, nil
			case 2:
				return timeout(n, r)
			case 3:
				return 307, nil
			case 4:
				return 0, errors.New("connection reset by " + r.URL.Host)
			case 5:
				return 302, nil
			}
			return 204, nil
		})
		s := hooked(t, to, sandbox.Readings{})
		id := watched(t, s, "MA_1", hook)
		require.NoError(t, s.Set(id, "kyc_completed"))
		require.Equal(t, sandbox.WebhookPending, webhooks(s, id)[0].State)
		time.Sleep(day)

		got := webhooks(s, id)[0]
		require.Equal(t, sandbox.WebhookDelivered, got.State)
		var said []string
		for _, try := range got.Tries {
			said = append(said, fmt.Sprintf("%v %d %s", try.At.Sub(got.At), try.Status, try.Error))
		}
		require.Equal(t, []string{
			"0s 503 ", "10s 0 no answer: context deadline exceeded", "40s 307 ", "1m20s 0 no answer: connection reset by 127.0.0.1:9", "2m40s 302 ", "5m20s 204 ",
		}, said, "the wait begins with the answer, here 10 s after the second attempt")
		for _, a := range to.arrivals() {
			require.Equal(t, hook, a.url)
			require.Equal(t, to.arrivals()[0].body, a.body)
			var names []string
			for name := range a.header {
				names = append(names, name)
			}
			require.ElementsMatch(t, []string{"Content-Type", "User-Agent", "X-Vobiz-Signature"}, names)
		}
		require.Len(t, to.arrivals(), 6)
	})
}

func TestWebhookSignature(t *testing.T) {
	sum := func(key, body string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(body))
		return hex.EncodeToString(mac.Sum(nil))
	}
	for bare, prefix := range map[bool]string{false: "sha256=", true: ""} {
		for _, key := range []string{"token", ""} { // any credentials: those of the latest request
			synctest.Test(t, func(t *testing.T) {
				to := receive(statuses(200))
				s := newServer(t, sandbox.Config{AuthToken: key, WebhookClient: &http.Client{Transport: to}, Readings: sandbox.Readings{SignatureBare: bare}})
				require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+watched(t, s, "MA_1", hook), `{"reason":"<ü & é>"}`).status)
				time.Sleep(time.Minute)
				a := to.arrivals()[0]
				require.Contains(t, a.body, "<ü & é>")
				require.Equal(t, prefix+sum("token", a.body), a.header.Get("X-Vobiz-Signature"))
			})
		}
	}
}

func TestWebhookReadings(t *testing.T) {
	told := func(r sandbox.Readings) (all []arrival) {
		synctest.Test(t, func(t *testing.T) {
			to := receive(statuses(500, 200))
			s := hooked(t, to, r)
			require.NoError(t, s.Set(watched(t, s, "MA_1", hook), "revoked"))
			time.Sleep(day)
			all = to.arrivals()
		})
		return all
	}
	plain := told(sandbox.Readings{})
	require.Len(t, plain, 2)
	require.Contains(t, plain[1].body, `"session_status":"revoked"`)
	require.NotContains(t, plain[1].body, `"status":`)

	require.Contains(t, told(sandbox.Readings{WebhookStatus: sandbox.PlainStatusMember})[0].body, `"status":"revoked"`)
	require.NotContains(t, told(sandbox.Readings{WebhookStatus: sandbox.PlainStatusMember})[0].body, `"session_status"`)
	require.Contains(t, told(sandbox.Readings{WebhookStatus: sandbox.BothStatusMembers})[0].body, `"session_status":"revoked","status":"revoked"`)

	extra := told(sandbox.Readings{WebhookExtraFields: true})
	require.Contains(t, extra[0].body, `"attempt":1`)
	require.Contains(t, extra[1].body, `"attempt":2`)

	repeated := told(sandbox.Readings{WebhookRepeated: true})
	require.Len(t, repeated, 3, "once more after it was delivered")
	require.Equal(t, repeated[1].body, repeated[2].body)
	require.Equal(t, 20*time.Second, repeated[2].after)
}

// Webhooks that straggle overtake each other, each in its own time.
func TestWebhooksOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(statuses(200))
		s := hooked(t, to, sandbox.Readings{WebhookOutOfOrder: true})
		var made, told []string
		for i := range 12 {
			made = append(made, watched(t, s, fmt.Sprintf("MA_%d", i), hook))
			require.NoError(t, s.Fail(made[i], ""))
			time.Sleep(time.Second)
		}
		time.Sleep(sandbox.WebhookStraggle)
		for _, a := range to.arrivals() {
			told = append(told, field[string](t, a.body, "session_id"))
		}
		require.ElementsMatch(t, made, told)
		require.NotEqual(t, made, told)
	})
}

// Nothing leaves the machine.
func TestWebhookOnLoopbackOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(statuses(200))
		s := hooked(t, to, sandbox.Readings{})
		for i, url := range []string{"https://example.com/w", "https://127.0.0.1.example.com", "https://10.0.0.1", "https://localhost@example.com", "https://[2001:db8::1]:443"} {
			id := watched(t, s, fmt.Sprintf("MA_%d", i), url)
			require.NoError(t, s.Fail(id, ""))
			time.Sleep(day)
			got := webhooks(s, id)[0]
			require.Equal(t, sandbox.WebhookNotSent, got.State)
			require.Equal(t, []sandbox.WebhookTry{{At: got.At, Error: "not sent: not loopback"}}, got.Tries)
		}
		require.Empty(t, to.arrivals())
		for i, url := range []string{"https://localhost/w", "https://127.9.9.9:444", "https://[::1]:1/w", "https://LOCALHOST"} {
			require.NoError(t, s.Fail(watched(t, s, fmt.Sprintf("MA_HERE%d", i), url), ""))
			time.Sleep(time.Minute)
			require.Len(t, to.arrivals(), i+1, url)
		}
	})
	for address, refused := range map[string]bool{"127.0.0.1:80": false, "[::1]:80": false, "192.0.2.1:80": true, "[2001:db8::1]:80": true} {
		require.Equal(t, refused, sandbox.LoopbackOnly("tcp", address, nil) != nil, "whatever a name resolved to")
	}
}

func TestWebhookHTTP(t *testing.T) {
	body := func(url string) string { return whole(`"webhook_url":"` + url + `"`) }
	for allowed, c := range map[bool]map[string]int{
		false: {"http://127.0.0.1/w": 422, "https://127.0.0.1/w": 201},
		true:  {"http://127.0.0.1:80/w": 201, "http://localhost/w": 201, "https://example.com/w": 201, "http://example.com/w": 422, "ftp://localhost": 422, "": 422},
	} {
		s := newServer(t, sandbox.Config{WebhookHTTP: allowed})
		for url, status := range c {
			require.Equal(t, status, do(t, s, http.MethodPost, "", body(url)).status, url)
		}
	}
}

// Few are under way at once, whatever is due, and everything ends with the server.
func TestWebhooksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := receive(func(_ int, r *http.Request) (int, error) {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return 0, r.Context().Err()
			}
			return 200, nil
		})
		s := hooked(t, to, sandbox.Readings{})
		for i := range 20 {
			require.NoError(t, s.Fail(watched(t, s, fmt.Sprintf("MA_%d", i), hook), ""))
		}
		time.Sleep(4*time.Second + time.Millisecond)
		synctest.Wait()
		require.Equal(t, 4, to.atOnce())
		require.Len(t, to.arrivals(), 20)
		require.Equal(t, map[sandbox.WebhookState]int{sandbox.WebhookDelivered: 16, sandbox.WebhookPending: 4}, s.Journal().Verdict().Webhooks)
		before := time.Now()
		require.NoError(t, s.Close())
		require.Zero(t, to.underWay(), "what is under way is cut off")
		require.Equal(t, before, time.Now())
		time.Sleep(day)
		require.Len(t, to.arrivals(), 20)
		require.Equal(t, 4, s.Journal().Verdict().Webhooks[sandbox.WebhookPending])
	})
}

// A world that was put away goes on with its deliveries where it stood.
func TestWebhooksAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, to := worldPath(t), receive(statuses(500, 500, 500, 200))
		open := func() *sandbox.Server {
			s, err := sandbox.New(sandbox.Config{World: path, WebhookClient: &http.Client{Transport: to}})
			require.NoError(t, err)
			return s
		}
		s := open()
		id := watched(t, s, "MA_1", hook)
		require.NoError(t, s.Fail(id, ""))
		time.Sleep(31 * time.Second) // three attempts, the next in 39 s
		before := webhooks(s, id)
		require.NoError(t, s.Close())

		s = open()
		require.Equal(t, fmt.Sprint(before[0].State, len(before[0].Tries)), fmt.Sprint(webhooks(s, id)[0].State, len(webhooks(s, id)[0].Tries)))
		time.Sleep(38 * time.Second)
		require.Len(t, to.arrivals(), 3)
		time.Sleep(2 * time.Second)
		require.Len(t, to.arrivals(), 4)
		require.Equal(t, 70*time.Second, to.arrivals()[3].after)
		require.NotContains(t, to.arrivals()[3].header, "X-Vobiz-Signature", "no token is in the file, and none came since")
		require.NoError(t, s.Close())

		s = open()
		time.Sleep(day)
		require.Len(t, to.arrivals(), 4, "delivered is delivered")
		require.Equal(t, sandbox.WebhookDelivered, webhooks(s, id)[0].State)
		require.NoError(t, s.Close())
	})
}
