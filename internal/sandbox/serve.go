package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

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
