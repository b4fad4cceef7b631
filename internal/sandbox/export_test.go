package sandbox

import (
	"os"
	"time"
)

// BreakWorld makes every later write of the world file fail, as a full disk would, until mend.
func (s *Server) BreakWorld() (mend func(), err error) {
	closed, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	good := s.file.f
	s.file.f = closed
	return func() { s.file.f = good }, closed.Close()
}

// At puts something into the world's schedule; do is given the world's time at which it happens.
func (s *Server) At(t time.Time, do func(now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.at(t, func() { do(s.now()) })
}

// AtAgain is At from within do, where the lock is held.
func (s *Server) AtAgain(t time.Time, do func(now time.Time)) {
	s.at(t, func() { do(s.now()) })
}

// LoopbackOnly is what the webhooks' own client checks before it connects.
var LoopbackOnly = loopbackOnly
