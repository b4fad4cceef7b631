package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDataDir(t *testing.T) {
	env := map[string]string{}
	p := bare(outside{lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	require.Equal(t, "kycbatch-data", p.dataDir())
	env["STATE_DIRECTORY"] = "/var/lib/kycbatch:/var/lib/other"
	require.Equal(t, "/var/lib/kycbatch", p.dataDir())
	p.options.sandbox = true
	require.Equal(t, "/var/lib/kycbatch-sandbox", p.dataDir())
	p.options.dataDir = "mine/"
	require.Equal(t, "mine-sandbox", p.dataDir())
}

// One API has one spelling, since the ledger is bound to it.
func TestBaseURL(t *testing.T) {
	for given, want := range map[string]string{
		"https://API.vobiz.ai/api/v1/partner/":    "https://api.vobiz.ai/api/v1/partner",
		"HTTPS://api.vobiz.ai:443/api/v1/Partner": "https://api.vobiz.ai/api/v1/Partner",
		"http://127.0.0.1:80/p":                   "http://127.0.0.1/p",
		"http://127.0.0.1:8443/p":                 "http://127.0.0.1:8443/p",
		"http://[::1]:8080":                       "http://[::1]:8080",
	} {
		p := bare(outside{})
		p.options.apiURL = given
		require.Equal(t, want, p.baseURL())
	}
}

func TestIsLoopback(t *testing.T) {
	for base, want := range map[string]bool{
		"http://127.0.0.1:1/x": true, "http://127.9.9.9": true, "http://[::1]:8080/": true, "http://localhost/": true,
		"http://[::ffff:127.0.0.1]/": true, "https://api.vobiz.ai": false, "https://127.0.0.1.example.com": false,
		"https://10.0.0.1": false, "https://localhost.example.com": false, "://": false,
	} {
		require.Equal(t, want, isLoopback(base), base)
	}
	require.True(t, isLoopback(sandboxBase))
}
