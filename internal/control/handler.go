package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// snapshotAnswer names the folder in snapshots/ that holds a copy.
type snapshotAnswer struct {
	Name string `json:"name"`
}

// refusal is the body of every answer that is not 2xx.
type refusal struct {
	Error string `json:"error"`
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /run", answers(s.run))
	mux.Handle("GET /campaigns", answers(s.campaigns))
	mux.Handle("POST /stop", answers(s.stop))
	mux.Handle("GET /end", answers(s.end))
	mux.Handle("POST /snapshot", answers(s.snapshot))
	return mux
}

// answers makes a function of a request and its body an endpoint. A nil answer is 204.
func answers(f func(ctx context.Context, body []byte) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		var answer any
		if err == nil {
			answer, err = f(r.Context(), body)
		}
		code := http.StatusOK
		switch {
		case err != nil:
			code, answer = http.StatusServiceUnavailable, refusal{err.Error()}
		case answer == nil:
			code = http.StatusNoContent
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin)) // only now: the answer may have taken its time
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if answer != nil {
			_ = json.NewEncoder(w).Encode(answer) // an asker that has left misses it
		}
	})
}

func (s *Server) run(context.Context, []byte) (any, error) { return s.desk.Run(), nil }

func (s *Server) campaigns(ctx context.Context, _ []byte) (any, error) {
	answer, err := s.table.get(ctx, s.desk.Campaigns)
	return answer, over(ctx, err)
}

// over says that it is the run's end which broke off an answer.
func over(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("the run ends just now: ask again")
	}
	return err
}

func (s *Server) stop(_ context.Context, body []byte) (any, error) {
	var a Asker
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("who asks cannot be read: %w", err)
	}
	s.desk.Stop(a)
	return nil, nil
}

// end waits for the end of the run. An asker that leaves ends the context.
func (s *Server) end(ctx context.Context, _ []byte) (any, error) {
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return nil, errors.New("too many wait for the end of this run already")
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
	}
	select {
	case <-s.ended: // Close ends the context too, but later
	default:
		return nil, context.Cause(ctx)
	}
	if s.summary == nil {
		return nil, nil
	}
	return s.summary, nil
}

func (s *Server) snapshot(ctx context.Context, _ []byte) (any, error) {
	name, err := s.shelf.put(ctx, s.desk.Snapshot)
	return snapshotAnswer{name}, over(ctx, err)
}
