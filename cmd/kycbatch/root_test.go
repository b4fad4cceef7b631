package main

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// A flag comes first, then the environment, then the default; an empty variable is none.
func TestPrecedence(t *testing.T) {
	env := map[string]string{"KYCBATCH_LOG_FORMAT": "json", "KYCBATCH_PROGRESS": "none", "KYCBATCH_OUTPUT": "", "KYCBATCH_METADATA": "a,b"}
	p := bare(outside{lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	p.options.addFlags(f)
	metadata := f.StringSlice("metadata", []string{"default"}, "")
	require.NoError(t, f.Parse([]string{"--progress", "plain"}))
	require.NoError(t, p.prepare(f))
	require.Equal(t, "plain", p.options.progress)
	require.Equal(t, "json", p.options.logFormat)
	require.Equal(t, "text", p.options.output)
	require.Equal(t, []string{"a", "b"}, *metadata)
	require.True(t, p.given["progress"])
	require.True(t, p.given["log-format"])
	require.False(t, p.given["output"])

	env["KYCBATCH_QUIET"] = "perhaps"
	err := p.prepare(f)
	require.ErrorContains(t, err, "KYCBATCH_QUIET")
	require.Equal(t, exitUsage, codeOf(err))
}

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
