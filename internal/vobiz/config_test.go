package vobiz_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

func TestAddress(t *testing.T) {
	for address, refusal := range map[string]string{
		vobiz.DefaultBaseURL:           "",
		vobiz.DefaultBaseURL + "/":     "",
		"https://api.example.com":      "",
		"https://[2001:db8::1]:8443/x": "",
		"http://127.0.0.1:8080":        "",
		"http://127.99.0.1":            "",
		"http://[::1]:8080/api":        "",
		"http://localhost/api":         "",
		"HTTP://LOCALHOST":             "",

		"":                                  "no host",
		"api.vobiz.ai/api/v1/partner":       "no host",
		"https:///api":                      "no host",
		"https://:443":                      "no host",
		"https:api.vobiz.ai":                "no host",
		"http://api.vobiz.ai":               "must be https",
		"http://127.0.0.1.example.com":      "must be https",
		"http://localhost.example.com":      "must be https",
		"http://128.0.0.1":                  "must be https",
		"http://0.0.0.0":                    "must be https",
		"ftp://localhost":                   "must be https",
		"https://user:hunter2@api.vobiz.ai": "user or password",
		"https://api.vobiz.ai?x=hunter2":    "query or fragment",
		"https://api.vobiz.ai?":             "query or fragment",
		"https://api.vobiz.ai/#hunter2":     "query or fragment",
		"https://api.vobiz.ai/a%2Fb":        "escapes",
		"https://api.vobiz.ai/%zzhunter2":   "not a URL",
	} {
		cfg := config(t, address)
		_, err := vobiz.New(cfg)
		if refusal == "" {
			require.NoError(t, err, address)
			continue
		}
		require.ErrorContains(t, err, refusal, address)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestAddressIsJoinedWithOneSlash(t *testing.T) {
	for _, tail := range []string{"", "/", "//"} {
		var path string
		cfg := config(t, "http://127.0.0.1:9/api/v1/partner"+tail)
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			path = r.URL.String()
			return nil, http.ErrNotSupported
		})
		_, _, err := newClient(t, cfg).Get(t.Context(), someID)
		require.Error(t, err)
		require.Equal(t, "http://127.0.0.1:9/api/v1/partner/kyc-sessions/"+someID, path)
	}
}

func TestCredentialsThatNoHeaderCarries(t *testing.T) {
	for text, refusal := range map[string]string{
		"":              "is empty",
		"hunter2\n":     "white space",
		" hunter2":      "white space",
		"hunter2\r\nX:": "at byte 7",
		"hunter2\x00":   "at byte 7",
		"hunter2\x7f":   "at byte 7",
		"hunter2é":      "at byte 7",
	} {
		for _, field := range []string{"auth id", "auth token"} {
			cfg := config(t, "https://api.example.com")
			if field == "auth id" {
				cfg.AuthID = vobiz.NewSecret(text)
			} else {
				cfg.AuthToken = vobiz.NewSecret(text)
			}
			_, err := vobiz.New(cfg)
			require.ErrorContains(t, err, field+" ")
			require.ErrorContains(t, err, refusal)
			require.NotContains(t, err.Error(), "hunter2")
		}
	}
}

func TestOtherConfiguration(t *testing.T) {
	cfg := config(t, "https://api.example.com")
	cfg.Timeout = -time.Second
	_, err := vobiz.New(cfg)
	require.ErrorContains(t, err, "negative")

	cfg = config(t, "https://api.example.com")
	cfg.UserAgent = "a\nb"
	_, err = vobiz.New(cfg)
	require.ErrorContains(t, err, "user agent")
}

// roundTrip is an in-memory transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
