package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"kycbatch/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base     = "http://sandbox.test/api/v1/partner/kyc-sessions"
	emailFor = `{"account_auth_id":"ACCOUNT","customer_email":"customer@example.com"}`
)

// newServer makes a sandbox that ends with the test.
func newServer(t testing.TB, cfg sandbox.Config) *sandbox.Server {
	t.Helper()
	s, err := sandbox.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// withRule makes a sandbox with one rule.
func withRule(t testing.TB, rule sandbox.Rule) *sandbox.Server {
	t.Helper()
	return newServer(t, sandbox.Config{Seed: 7, Faults: sandbox.Faults{Rules: []sandbox.Rule{rule}}})
}

// reply is an answer read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of the exchange, or of reading the body
}

func request(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-Auth-ID", "PA_TEST")
	r.Header.Set("X-Auth-Token", "token")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func send(rt http.RoundTripper, r *http.Request) reply {
	res, err := rt.RoundTrip(r)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(body), err}
}

func do(t testing.TB, s *sandbox.Server, method, path, body string) reply {
	t.Helper()
	return send(s.Transport(), request(t, method, base+path, body))
}

// post creates a session by the email flow.
func post(t testing.TB, s *sandbox.Server, account string) reply {
	t.Helper()
	return do(t, s, http.MethodPost, "", strings.Replace(emailFor, "ACCOUNT", account, 1))
}

// created is post where it must succeed; it gives the id.
func created(t testing.TB, s *sandbox.Server, account string) string {
	t.Helper()
	r := post(t, s, account)
	require.NoError(t, r.err)
	require.Equal(t, 201, r.status, r.body)
	return field[string](t, r.body, "session_id")
}

func get(t testing.TB, s *sandbox.Server, path string) reply {
	t.Helper()
	return do(t, s, http.MethodGet, path, "")
}

// field reads one member of a JSON object.
func field[T any](t testing.TB, body, name string) T {
	t.Helper()
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &object), body)
	var value T
	require.Contains(t, object, name)
	require.NoError(t, json.Unmarshal(object[name], &value))
	return value
}

// ids are the session ids of a listing.
func ids(t testing.TB, body string) []string {
	t.Helper()
	got := []string{}
	for _, s := range field[[]map[string]any](t, body, "sessions") {
		got = append(got, s["id"].(string))
	}
	return got
}

// refusal is the exact body of an error.
func refusal(t testing.TB, r reply, status int, body string) {
	t.Helper()
	require.NoError(t, r.err)
	require.Equal(t, status, r.status, r.body)
	require.Equal(t, body, r.body)
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
}

// keys lists the member names of a JSON text in the order they are written, nested ones too.
func keys(t testing.TB, text string) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	var names []string
	var walk func()
	walk = func() {
		tok, err := dec.Token()
		require.NoError(t, err)
		switch tok {
		case json.Delim('{'):
			for dec.More() {
				name, err := dec.Token()
				require.NoError(t, err)
				names = append(names, name.(string))
				walk()
			}
			_, err = dec.Token()
		case json.Delim('['):
			for dec.More() {
				walk()
			}
			_, err = dec.Token()
		}
		require.NoError(t, err)
	}
	walk()
	return names
}

// at is a clock that stands still until the test moves it.
func at(now *time.Time) func() time.Time { return func() time.Time { return *now } }

func instant(t testing.TB, text string) *time.Time {
	t.Helper()
	now, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return &now
}
