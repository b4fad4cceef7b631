package control

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a listener without a network, so that a bubble's time can pass while it waits.
type memory struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemory() *memory { return &memory{calls: make(chan net.Conn), closed: make(chan struct{})} }

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.calls:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// dial is what a client of the listener connects with.
func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.calls <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// plainDesk answers everything.
func plainDesk() Desk {
	return Desk{
		Run:       func() Run { return Run{PID: 7, Command: "create spring", Phase: "creating"} },
		Campaigns: func(context.Context) (any, error) { return []string{"spring"}, nil },
		Stop:      func(Asker) {},
		Snapshot:  func(string) error { return nil },
	}
}

// serve answers with the desk on a real socket until the test ends, and gives the data directory.
func serve(t *testing.T, d Desk) (*Server, string) {
	t.Helper()
	dir := t.TempDir()
	l, err := Listen(dir)
	require.NoError(t, err)
	s := Serve(l, dir, d)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, dir
}

// gauge counts how many are inside of something, and the most that ever were.
type gauge struct{ now, most, all atomic.Int64 }

func (g *gauge) enter() (leave func()) {
	n := g.now.Add(1)
	g.all.Add(1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
	return func() { g.now.Add(-1) }
}
