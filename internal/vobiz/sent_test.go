package vobiz_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// rawServer answers every connection by hand.
func rawServer(t *testing.T, serve func(net.Conn)) *vobiz.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return newClient(t, config(t, "http://"+listener.Addr().String()))
}

func TestSwitchingProtocolsIsNotRead(t *testing.T) {
	release := make(chan struct{})
	client := rawServer(t, func(conn net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-release // and says no more
	})
	defer close(release)
	_, err := client.Resend(t.Context(), someID)
	require.Equal(t, 101, asAPI(t, err).Status)
}

func TestSentIsFalseOnlyWithoutAConnection(t *testing.T) {
	create := endpoints()[0]

	t.Run("refused", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		_, err = create.call(t.Context(), newClient(t, config(t, "http://"+listener.Addr().String())))
		require.False(t, asTransport(t, err).Sent)
		require.ErrorContains(t, err, "create session: nothing was sent: ")
	})
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("stopped by hand"))
		_, err := create.call(ctx, serve(t, success))
		require.False(t, asTransport(t, err).Sent)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("no trust", func(t *testing.T) {
		server := httptest.NewUnstartedServer(http.HandlerFunc(success))
		server.Config.ErrorLog = quiet()
		server.StartTLS()
		t.Cleanup(server.Close)
		_, err := create.call(t.Context(), newClient(t, config(t, server.URL)))
		require.False(t, asTransport(t, err).Sent)
	})
	t.Run("reset", func(t *testing.T) {
		client := rawServer(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1)) // before it, the reset could undo the connecting itself
			_ = conn.(*net.TCPConn).SetLinger(0)
		})
		_, err := create.call(t.Context(), client)
		require.True(t, asTransport(t, err).Sent)
	})
	t.Run("closed after the request", func(t *testing.T) {
		client := rawServer(t, func(conn net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(conn)) })
		_, err := create.call(t.Context(), client)
		require.True(t, asTransport(t, err).Sent)
		require.ErrorContains(t, err, "create session: no answer: ")
	})
	t.Run("cancelled while it waits", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			cancel(errors.New("stopped by hand"))
			<-r.Context().Done()
		})
		answer, err := create.call(ctx, client)
		require.True(t, asTransport(t, err).Sent)
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, answer)
	})
	t.Run("neither answer nor error", func(t *testing.T) {
		cfg := config(t, "http://127.0.0.1:9")
		cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil })
		_, err := create.call(t.Context(), newClient(t, cfg))
		asTransport(t, err)
	})
}
