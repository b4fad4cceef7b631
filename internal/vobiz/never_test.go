package vobiz_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// Each test of this file holds one "Never" of design rule 7.

func TestNoHeaderBesidesThese(t *testing.T) {
	// With Idempotency-Key or X-Idempotency-Key, net/http would send a create again by itself.
	var names []string
	var header http.Header
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header, names = r.Header.Clone(), nil
		for name := range r.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		success(w, r)
	})
	for _, e := range endpoints() {
		_, err := e.call(t.Context(), client)
		require.NoError(t, err, e.name)
		want := []string{"Accept", "Cache-Control", "User-Agent", "X-Auth-Id", "X-Auth-Token"}
		switch e.name {
		case "create", "revoke":
			want = []string{"Accept", "Cache-Control", "Content-Length", "Content-Type", "User-Agent", "X-Auth-Id", "X-Auth-Token"}
			require.Equal(t, "application/json", header.Get("Content-Type"))
		case "resend":
			want = []string{"Accept", "Cache-Control", "Content-Length", "User-Agent", "X-Auth-Id", "X-Auth-Token"}
		}
		require.Equal(t, want, names, e.name)
		require.Equal(t, "application/json", header.Get("Accept"))
		require.Equal(t, testID, header.Get("X-Auth-ID"))
		require.Equal(t, testToken, header.Get("X-Auth-Token"))
	}
}

// TestEmptyBodyIsNoBody: what keeps net/http from repeating a GET must not show on the wire.
func TestEmptyBodyIsNoBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // net/http gives the body 200 ms to show itself
		client, _, stop := servePipe(t, vobiz.Config{}, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && (r.ContentLength != 0 || r.TransferEncoding != nil) {
				w.WriteHeader(http.StatusBadRequest)
			}
			success(w, r)
		})
		defer stop()
		for _, e := range endpoints() {
			_, err := e.call(t.Context(), client)
			require.NoError(t, err, e.name)
		}
	})
}

func TestNoRedirectIsFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere.Add(1)
		success(w, r)
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		var here atomic.Int32
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			here.Add(1)
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		})
		for _, e := range endpoints() {
			here.Store(0)
			_, err := e.call(t.Context(), client)
			require.Equal(t, status, asAPI(t, err).Status, e.name)
			require.ErrorContains(t, err, strconv.Itoa(status))
			require.EqualValues(t, 1, here.Load(), e.name)
		}
	}
	require.Zero(t, elsewhere.Load())
}

// TestNothingIsSentAgainOnADroppedConnection: on a reused connection that the server drops after reading the request,
// net/http repeats what it takes for safe.
func TestNothingIsSentAgainOnADroppedConnection(t *testing.T) {
	for _, e := range endpoints() {
		var mu sync.Mutex
		var calls int
		addresses := make(map[string]bool)
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			mu.Lock()
			calls++
			addresses[r.RemoteAddr] = true
			drop := calls > 1
			mu.Unlock()
			if !drop {
				success(w, r)
				return
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		})
		_, err := e.call(t.Context(), client)
		require.NoError(t, err, e.name)
		_, err = e.call(t.Context(), client)
		require.True(t, asTransport(t, err).Sent, e.name)
		mu.Lock()
		require.Len(t, addresses, 1, "%s: the connection was not reused, this proves nothing", e.name)
		require.Equal(t, 2, calls, e.name)
		mu.Unlock()
	}
}

// deafConn fails every write once it is told to: nothing gets out on it.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (c deafConn) Write(p []byte) (int, error) {
	if c.deaf.Load() {
		return 0, errors.New("cable pulled")
	}
	return c.Conn.Write(p)
}

// TestCreateIsNotSentAgainWhereNothingWasWritten: with a body that it could rewind, net/http would dial again.
func TestCreateIsNotSentAgainWhereNothingWasWritten(t *testing.T) {
	var calls, dials atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		success(w, r)
	}))
	t.Cleanup(server.Close)
	cfg := config(t, server.URL+"/api/v1/partner")
	deaf := new(atomic.Bool)
	cfg.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if dials.Add(1) > 1 {
			return conn, err
		}
		return deafConn{conn, deaf}, err
	}
	client := newClient(t, cfg)
	create := endpoints()[0]
	_, err := create.call(t.Context(), client)
	require.NoError(t, err)
	deaf.Store(true)
	_, err = create.call(t.Context(), client)
	require.True(t, asTransport(t, err).Sent)
	require.EqualValues(t, 1, calls.Load())
	require.EqualValues(t, 1, dials.Load())
}

func TestNoBodyCanBeRewound(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:9")
	cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		require.Nil(t, r.GetBody)
		return nil, http.ErrNotSupported
	})
	for _, e := range endpoints() {
		_, err := e.call(t.Context(), newClient(t, cfg))
		require.ErrorIs(t, err, http.ErrNotSupported, e.name)
	}
}

func TestNothingIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		client, _, stop := servePipe(t, vobiz.Config{}, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Retry-After", "3")
			w.WriteHeader([]int{429, 500, 502, 503, 504}[calls%5])
		})
		defer stop()
		for i, e := range slices.Concat(endpoints(), endpoints()) {
			begin := time.Now()
			_, err := e.call(t.Context(), client)
			require.Equal(t, 3*time.Second, asAPI(t, err).RetryAfter, e.name)
			require.Equal(t, i+1, calls, e.name)
			require.Zero(t, time.Since(begin), "it waited")
		}
	})
}

func TestNoHTTP2(t *testing.T) {
	var proto atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		success(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	cfg := config(t, server.URL+"/api/v1/partner")
	trust(cfg, server)
	_, err := endpoints()[0].call(t.Context(), newClient(t, cfg))
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1", proto.Load())
}

func TestNoOldTLS(t *testing.T) {
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(success))
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.Config.ErrorLog = quiet()
		server.StartTLS()
		cfg := config(t, server.URL+"/api/v1/partner")
		trust(cfg, server)
		_, err := endpoints()[0].call(t.Context(), newClient(t, cfg))
		server.Close()
		if want {
			require.NoError(t, err)
		} else {
			require.False(t, asTransport(t, err).Sent)
			require.ErrorContains(t, err, "protocol version")
		}
	}
}

func trust(cfg vobiz.Config, server *httptest.Server) {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	cfg.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
}

func TestNoConnectionIsUsedThatWasIdleForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, network, stop := servePipe(t, vobiz.Config{}, success)
		defer stop()
		create := endpoints()[0]
		for _, step := range []struct {
			idle  time.Duration
			dials int
		}{{0, 1}, {0, 1}, {1900 * time.Millisecond, 1}, {2001 * time.Millisecond, 2}, {time.Hour, 3}, {time.Second, 3}} {
			time.Sleep(step.idle)
			_, err := create.call(t.Context(), client)
			require.NoError(t, err)
			synctest.Wait() // the connection goes back to the pool after the answer
			require.Equal(t, step.dials, network.dials, "after %v", step.idle)
		}
	})
}

// TestTimeoutBeginsWithTheRequest: the caller's brake may take any time before, and the whole answer counts.
func TestTimeoutBeginsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 7 * time.Second
		var half atomic.Bool // answer by halves
		client, _, stop := servePipe(t, vobiz.Config{Timeout: timeout}, func(w http.ResponseWriter, r *http.Request) {
			if half.Load() {
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write([]byte(`{"session_id":`))
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		})
		defer stop()
		create := endpoints()[0]
		for _, answered := range []bool{false, true} {
			half.Store(answered)
			time.Sleep(time.Hour)
			begin := time.Now()
			answer, err := create.call(t.Context(), client)
			require.Equal(t, timeout, time.Since(begin))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			if answered {
				require.Equal(t, 201, answer.Status)
				require.Equal(t, 201, asAnswer(t, err).Status)
			} else {
				require.Zero(t, answer)
				require.True(t, asTransport(t, err).Sent)
			}
		}
	})
}

func TestDefaultTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, stop := servePipe(t, vobiz.Config{}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		defer stop()
		begin := time.Now()
		_, err := endpoints()[2].call(t.Context(), client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, vobiz.DefaultTimeout, time.Since(begin))
	})
}

func TestNoDecompression(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusCreated)
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(pageCreatedEmail))
		_ = z.Close()
	})
	_, err := endpoints()[0].call(t.Context(), client)
	require.ErrorContains(t, err, "not JSON")
}

func TestProxy(t *testing.T) {
	// TestMain names a dead proxy; that the loopback interface is kept off it, all other tests show.
	transport := vobiz.NewTransport(0)
	request := httptest.NewRequest(http.MethodGet, "https://api.example.com/", nil)
	proxy, err := transport.Proxy(request)
	require.NoError(t, err)
	require.Equal(t, deadProxy, proxy.String())
	for _, address := range []string{"http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1", "http://LocalHost", "https://localhost"} {
		proxy, err = transport.Proxy(httptest.NewRequest(http.MethodGet, address, nil))
		require.NoError(t, err)
		require.Nil(t, proxy, address)
	}
}

// TestNoAnswerOutOfACache: a stored list may lack what was made since, and would prove an absence that is none.
func TestNoAnswerOutOfACache(t *testing.T) {
	for age, stored := range map[string]bool{"": false, "0": false, "1": true, "86400": true} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if age != "" {
				w.Header().Set("Age", age)
			}
			success(w, r)
		})
		_, _, err := client.List(t.Context(), vobiz.ListQuery{Account: "MA_1", Page: 1, Size: 20})
		var unreadable *vobiz.AnswerError
		require.Equal(t, stored, errors.As(err, &unreadable), "Age %q: %v", age, err)
		_, _, err = client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
		require.NotErrorAs(t, err, &unreadable, "Age %q says nothing about a POST", age)
	}
}
