package sandbox

import (
	"sort"
	"time"
)

// lateEffects are effects that were accepted and are still to happen, in the order of their due
// time and, where that is the same, of their acceptance. Each has a timer, so that it happens even
// when nobody asks again; whoever comes first, timer or request, carries out all that is due.
type lateEffects struct {
	queue []*lateEffect
}

type lateEffect struct {
	due   time.Time
	run   func()
	timer *time.Timer
}

// later has run called, under the lock, once the delay is over.
func (s *Server) later(delay time.Duration, run func()) {
	e := &lateEffect{due: time.Now().Add(delay), run: run}
	q := s.late.queue
	i := sort.Search(len(q), func(i int) bool { return q[i].due.After(e.due) })
	s.late.queue = append(q[:i:i], append([]*lateEffect{e}, q[i:]...)...)
	e.timer = time.AfterFunc(delay, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
	})
}

// settle carries out what is due. The lock is held.
func (s *Server) settle() {
	for q := s.late.queue; len(q) > 0 && !q[0].due.After(time.Now()); q = s.late.queue {
		s.late.queue = q[1:]
		q[0].run()
	}
}

// stop drops everything that has not happened.
func (l *lateEffects) stop() {
	for _, e := range l.queue {
		e.timer.Stop()
	}
	l.queue = nil
}
