package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"syscall"
)

// Transport gives an in-memory network with the API at every address. It makes no connection and no
// goroutine, waits only for contexts and timers, and so works inside a synctest bubble in which the
// server was made. It calls the hooks of [httptrace] as a real connection would: GotConn for every
// request but a refused one (its Conn is nil).
func (s *Server) Transport() http.RoundTripper { return network{s} }

type network struct{ s *Server }

// RoundTrip implements [http.RoundTripper].
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	ctx := r.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx) // nothing was sent
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	if trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	out := n.s.exchange(r)
	if out.wire == refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	sent(trace)
	switch out.wire {
	case silent:
		if err := n.s.pause(ctx, patience); err != nil && ctx.Err() != nil {
			return nil, err
		}
		return nil, errReset()
	case reset:
		return nil, errReset()
	}
	if err := n.s.pause(ctx, n.s.cfg.Latency); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, errReset()
	}
	if trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", out.status, http.StatusText(out.status)),
		StatusCode: out.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        out.header(out.date),
		ContentLength: int64(len(out.body)),
		Body:          newBody(ctx, out),
		Request:       r,
	}, nil
}

// sent tells the trace that the request left.
func sent(trace *httptrace.ClientTrace) {
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

func errReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// body is an answer's body on its way; half of one ends in io.ErrUnexpectedEOF.
type body struct {
	ctx  context.Context // of the request, as in net/http: ending it ends the reading
	rest *bytes.Reader
	end  error
}

func newBody(ctx context.Context, out outcome) *body {
	if out.wire == half {
		return &body{ctx, bytes.NewReader(out.body[:len(out.body)/2]), io.ErrUnexpectedEOF}
	}
	return &body{ctx, bytes.NewReader(out.body), io.EOF}
}

func (b *body) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	n, err := b.rest.Read(p)
	if err == io.EOF {
		err = b.end
	}
	return n, err
}

// Close implements [io.Closer].
func (b *body) Close() error { return nil }
