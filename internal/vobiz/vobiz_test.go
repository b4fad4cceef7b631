package vobiz_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"kycbatch/internal/vobiz"
)

const (
	testID    = "PA_TESTPARTNER"
	testToken = "tok_0123456789abcdef"
)

// deadProxy is in the environment of every test: all that reach their server prove that the loopback interface is
// never proxied. net/http reads these variables once in a process.
const deadProxy = "http://proxy.invalid:1"

func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		if err := os.Setenv(name, deadProxy); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// config is one for an address, with the test's credentials and a transport that ends with the test.
func config(t testing.TB, address string) vobiz.Config {
	t.Helper()
	transport := vobiz.NewTransport(4)
	t.Cleanup(transport.CloseIdleConnections)
	return vobiz.Config{
		BaseURL:   address,
		AuthID:    vobiz.NewSecret(testID),
		AuthToken: vobiz.NewSecret(testToken),
		Transport: transport,
	}
}

func newClient(t testing.TB, cfg vobiz.Config) *vobiz.Client {
	t.Helper()
	client, err := vobiz.New(cfg)
	require.NoError(t, err)
	return client
}

// serve runs a handler on real TCP and returns a client of it.
func serve(t testing.TB, handler http.HandlerFunc) *vobiz.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newClient(t, config(t, server.URL+"/api/v1/partner"))
}

// answer serves one literal answer to everything.
func answer(t testing.TB, status int, body string) *vobiz.Client {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// endpoint calls one of the methods, for laws that hold for all.
type endpoint struct {
	name string
	call func(context.Context, *vobiz.Client) (vobiz.Answer, error)
}

const someID = "96df2f70-f51f-41b4-997d-0de8fdb570e8"

func endpoints() []endpoint {
	return []endpoint{
		{"create", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) {
			_, answer, err := c.Create(ctx, vobiz.CreateRequest{AccountAuthID: "MA_1", CustomerEmail: "customer@example.com"})
			return answer, err
		}},
		{"list", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) {
			_, answer, err := c.List(ctx, vobiz.ListQuery{Account: "MA_1", Page: 1, Size: 100})
			return answer, err
		}},
		{"get", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) {
			_, answer, err := c.Get(ctx, someID)
			return answer, err
		}},
		{"resend", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) { return c.Resend(ctx, someID) }},
		{"revoke", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) {
			return c.Revoke(ctx, someID, "wrong address")
		}},
		{"profile", func(ctx context.Context, c *vobiz.Client) (vobiz.Answer, error) { return c.Profile(ctx) }},
	}
}

// success answers any of the endpoints well.
func success(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/api/v1/partner/kyc-sessions":
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"session_id":"` + someID + `","account_auth_id":"MA_1","status":"email_sent"}`))
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/partner/kyc-sessions":
		_, _ = w.Write([]byte(`{"sessions":[],"total":0,"page":1,"size":100}`))
	default:
		_, _ = w.Write([]byte(`{"id":"` + someID + `","account_auth_id":"MA_1","status":"email_sent"}`))
	}
}

func asTransport(t testing.TB, err error) *vobiz.TransportError {
	t.Helper()
	var e *vobiz.TransportError
	require.ErrorAs(t, err, &e)
	return e
}

func asAPI(t testing.TB, err error) *vobiz.APIError {
	t.Helper()
	var e *vobiz.APIError
	require.ErrorAs(t, err, &e)
	return e
}

func asAnswer(t testing.TB, err error) *vobiz.AnswerError {
	t.Helper()
	var e *vobiz.AnswerError
	require.ErrorAs(t, err, &e)
	return e
}

// pipeNet is a network without sockets, for tests in virtual time: a listener and the dialer to it.
type pipeNet struct {
	conns chan net.Conn
	shut  chan struct{}
	dials int
}

func newPipeNet() *pipeNet { return &pipeNet{conns: make(chan net.Conn), shut: make(chan struct{})} }

func (p *pipeNet) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		p.dials++
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipeNet) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p *pipeNet) Close() error {
	select {
	case <-p.shut:
		return errors.New("closed twice")
	default:
		close(p.shut)
		return nil
	}
}

func (p *pipeNet) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// servePipe runs handler in the test's synctest bubble and returns a client of it; stop ends both.
func servePipe(t testing.TB, cfg vobiz.Config, handler http.HandlerFunc) (*vobiz.Client, *pipeNet, func()) {
	t.Helper()
	network := newPipeNet()
	server := &http.Server{Handler: handler}
	done := make(chan error, 1)
	go func() { done <- server.Serve(network) }()
	transport := vobiz.NewTransport(4)
	transport.DialContext = network.Dial
	cfg.BaseURL, cfg.Transport = "http://localhost/api/v1/partner", transport
	cfg.AuthID, cfg.AuthToken = vobiz.NewSecret(testID), vobiz.NewSecret(testToken)
	return newClient(t, cfg), network, func() {
		transport.CloseIdleConnections()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	}
}
