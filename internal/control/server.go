package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Desk is what a process answers with. Every field is needed; each function is called by many goroutines at a time,
// but Campaigns and Snapshot by one.
type Desk struct {
	// Run says how far the run is, at once and without reading the ledger.
	Run func() Run
	// Campaigns says what the ledger knows of each campaign, as the asker prints it: any value that JSON can hold. Its
	// context ends with the server.
	Campaigns func(context.Context) (any, error)
	// Stop asks the run to drain. It returns at once; another call does nothing more.
	Stop func(Asker)
	// Snapshot writes a consistent copy of the ledger to path, mode 0600. It goes on when the asker has left.
	Snapshot func(path string) error
}

const (
	maxRequest = 4 << 10
	maxWaiting = 16              // askers that wait for the end
	grace      = 2 * time.Second // for answers under way when the server is closed
)

// Server answers those who ask. Make one with [Serve].
type Server struct {
	desk    Desk
	http    *http.Server
	cancel  context.CancelFunc
	served  chan error // the end of http.Serve
	table   *table
	shelf   *shelf
	waiting chan struct{}

	once    sync.Once
	ended   chan struct{}
	summary json.RawMessage // set before ended is closed; nil: nothing is known
}

// Serve answers on l until Close, which closes l. dir is the data directory; copies that earlier readers left in it
// are removed.
func Serve(l net.Listener, dir string, d Desk) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		desk: d, cancel: cancel, served: make(chan error, 1), table: newTable(), shelf: newShelf(dir),
		waiting: make(chan struct{}, maxWaiting), ended: make(chan struct{}),
	}
	_ = s.shelf.clear(0) // what cannot be removed now is in nobody's way
	s.http = &http.Server{
		Handler:        s.routes(),
		ReadTimeout:    answerWithin,
		MaxHeaderBytes: maxRequest,
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ErrorLog:       log.New(io.Discard, "", 0), // an asker that leaves is nothing to tell
	}
	s.http.SetKeepAlivesEnabled(false)
	go func() { s.served <- s.http.Serve(limit(l, maxConnections)) }()
	return s
}

// Ended gives those who wait for the end what became of the run: any value that JSON can hold. Only the first call
// counts.
func (s *Server) Ended(summary any) {
	s.once.Do(func() {
		if encoded, err := json.Marshal(summary); err == nil && summary != nil {
			s.summary = encoded
		}
		close(s.ended)
	})
}

// Close ends the server: answers under way get two seconds, copies that nobody opened are removed. The error is that
// of the listener, or of the copies.
func (s *Server) Close() error {
	s.Ended(nil)
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	err := <-s.served
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err = errors.Join(err, s.shelf.clear(0)); err != nil {
		return fmt.Errorf("close the control socket: %w", err)
	}
	return nil
}
