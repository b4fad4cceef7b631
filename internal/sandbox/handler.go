package sandbox

import (
	"context"
	"net"
	"net/http"
	"time"
)

// patience is how long a silent request is held before its connection breaks, so that a client
// without a deadline does not wait for ever.
const patience = 5 * time.Minute

// ServeHTTP is the API under /api/v1/partner, and beside it what the package comment names. Network faults are
// done to the connection itself; a refused connection, too late for that here, is a reset before the effect.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := isPage(r.URL.Path)
	switch {
	case (page || isControl(r.URL.Path)) && !loopbackHost(r.Host):
		// A page of elsewhere whose name was made to lead here (DNS rebinding) learns no link and changes nothing.
		http.Error(w, "this is shown only under an address of this machine, such as 127.0.0.1", http.StatusMisdirectedRequest)
		return
	case page:
		s.servePage(w, r)
		return
	}
	out := s.exchange(r)
	switch out.wire {
	case refused, reset:
		breakConnection(w)
	case silent:
		_ = s.pause(r.Context(), patience) // whichever ends it, the connection breaks
		panic(http.ErrAbortHandler)
	}
	if s.pause(r.Context(), s.cfg.Latency) != nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range out.header(out.date) {
		w.Header()[name] = values
	}
	w.WriteHeader(out.status)
	if out.wire == half {
		_, _ = w.Write(out.body[:len(out.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(out.body) // the client may be gone; that is its affair
}

// breakConnection resets the connection (RST), or does the nearest thing to it, and does not return.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// pause waits, unless the context or the server ends first.
func (s *Server) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.closed:
		return net.ErrClosed
	}
}
