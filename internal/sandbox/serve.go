package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Listen opens a TCP listener for [Server.Serve]. It refuses any address but one of this machine's
// loopback: a sandbox has no secrets worth keeping and no business with a network. Port 0 takes a
// free one.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("listen for the sandbox: %s is not a loopback address; use 127.0.0.1", address), l.Close())
	}
	return l, nil
}

// drain is how long requests under way get to finish when Serve's context ends.
const drain = time.Second

// Serve answers on l until ctx ends, and then gives nil; any other end is an error. It closes l. The
// server itself stays usable, so Serve does not replace [Server.Close].
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the sandbox: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain) // ctx has ended already
	defer cancel()
	if srv.Shutdown(grace) != nil {
		_ = srv.Close() // what did not finish is cut off, the silent ones with it
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	return nil
}
