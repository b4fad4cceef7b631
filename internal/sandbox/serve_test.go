package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// process serves a sandbox over TCP and gives its address and a client without keep-alive.
func process(t *testing.T, s *sandbox.Server) (address string, client *http.Transport, end func() error) {
	t.Helper()
	l, err := sandbox.Listen("127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	end = func() error { cancel(); return <-ended }
	client = &http.Transport{DisableKeepAlives: true}
	return "http://" + l.Addr().String(), client, end
}

func overTCP(t *testing.T, rules ...sandbox.Rule) (*sandbox.Server, func(account string) reply) {
	t.Helper()
	s := newServer(t, sandbox.Config{Faults: sandbox.Faults{Rules: rules, LateBy: time.Millisecond}})
	address, client, end := process(t, s)
	t.Cleanup(func() { require.NoError(t, end()) })
	return s, func(account string) reply {
		return send(client, request(t, http.MethodPost, address+"/api/v1/partner/kyc-sessions", strings.Replace(emailFor, "ACCOUNT", account, 1)))
	}
}

func TestOverTCP(t *testing.T) {
	s, post := overTCP(t)
	r := post("MA_1")
	require.Equal(t, 201, r.status)
	require.Equal(t, field[string](t, r.body, "session_id"), s.Sessions("MA_1")[0].ID)
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
	_, err := http.ParseTime(r.header.Get("Date"))
	require.NoError(t, err)
	require.Equal(t, 404, post("MA_NONE").status)
}

func TestNetworkFaultsOverTCP(t *testing.T) {
	for class, effects := range map[sandbox.Fault]int{
		sandbox.ConnectRefused: 0, sandbox.ResetBefore: 0, sandbox.ResetAfter: 1, sandbox.Truncated: 1,
		sandbox.ErrorAfter: 1, sandbox.Empty: 1, sandbox.HTML: 1,
	} {
		t.Run(string(class), func(t *testing.T) {
			s, post := overTCP(t, once("create", class, 1))
			r := post("MA_1")
			switch class {
			case sandbox.ConnectRefused, sandbox.ResetBefore, sandbox.ResetAfter:
				require.ErrorIs(t, r.err, syscall.ECONNRESET)
			case sandbox.Truncated:
				require.Equal(t, 201, r.status)
				require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
				require.NotEmpty(t, r.body)
			default:
				require.NoError(t, r.err)
			}
			require.Len(t, s.Sessions("MA_1"), effects)
			require.Equal(t, 201, post("MA_1").status)
		})
	}
}

// Silence lasts until the client leaves or the process ends; a late effect comes all the same.
func TestSilenceOverTCP(t *testing.T) {
	for class, effects := range map[sandbox.Fault]int{sandbox.TimeoutNone: 0, sandbox.TimeoutEarly: 1, sandbox.TimeoutLate: 1} {
		t.Run(string(class), func(t *testing.T) {
			s := newServer(t, sandbox.Config{Faults: sandbox.Faults{Rules: []sandbox.Rule{once("create", class, 1)}, LateBy: time.Millisecond}})
			address, client, end := process(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			r := request(t, http.MethodPost, address+"/api/v1/partner/kyc-sessions", strings.Replace(emailFor, "ACCOUNT", "MA_1", 1))
			require.ErrorIs(t, send(client, r.WithContext(ctx)).err, context.DeadlineExceeded)
			require.Len(t, s.Sessions("MA_1"), effects)
			require.NoError(t, end())
		})
	}
	t.Run("the process ends", func(t *testing.T) {
		s := withRule(t, sandbox.Rule{Route: "*", Class: sandbox.TimeoutEarly})
		address, client, end := process(t, s)
		answered := make(chan reply, 1)
		r := request(t, http.MethodPost, address+"/api/v1/partner/kyc-sessions", strings.Replace(emailFor, "ACCOUNT", "MA_1", 1))
		go func() { answered <- send(client, r) }()
		require.Eventually(t, func() bool { return len(s.Sessions("MA_1")) == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, end())
		require.Error(t, (<-answered).err)
	})
}

func TestListenOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "no port"} {
		_, err := sandbox.Listen(address)
		require.Error(t, err)
	}
	l, err := sandbox.Listen("localhost:0")
	require.NoError(t, err)
	s := newServer(t, sandbox.Config{})
	require.NoError(t, l.Close())
	require.Error(t, s.Serve(t.Context(), l), "a listener that fails is an error")
}

// The figure-makers share no struct with the client: the package imports nothing of this module.
func TestImportsNothingOfOurs(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotContains(t, string(text), "\"kycbatch/", name)
	}
}
