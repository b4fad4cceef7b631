package sandbox

import (
	"container/heap"
	"time"
)

// schedule holds what is still to happen in the world: late effects, reminders, the customers' doings. It
// is in the order of time and, where that is the same, of being put there. Whoever comes first, the timer or
// a request, has all that is due happen; so it happens also when nobody asks, and nobody sees a world in
// which it is overdue.
type schedule struct {
	queue dueQueue
	put   uint64
	timer *time.Timer // fires when the head is due; nil before the first
	armed uint64      // the put of the head that the timer is set for; 0: none
}

type due struct {
	t   time.Time
	put uint64
	do  func()
}

// at has do called when the world's clock reaches t; a t that is over is now. It is called with the lock
// held, and so is do, in which [Server.now] is t to the microsecond, however late the timer was or however
// far the clock was set forward. What must not happen any more, do finds out itself. Close drops it.
func (s *Server) at(t time.Time, do func()) {
	if s.ended {
		return
	}
	if t = t.Truncate(time.Microsecond); t.Before(s.moment) {
		t = s.moment
	}
	s.coming.put++
	heap.Push(&s.coming.queue, due{t, s.coming.put, do})
	s.arm()
}

// settle lets the world catch up with its clock: all that is due happens, each at its time. The world's
// time moves here alone, so that it stands still while the lock is held. Who takes the lock to look at the
// world or to change it calls settle first.
func (s *Server) settle() {
	now := s.cfg.Clock.Now().Truncate(time.Microsecond)
	for len(s.coming.queue) > 0 && !s.coming.queue[0].t.After(now) {
		next := heap.Pop(&s.coming.queue).(due)
		s.moment = next.t // never back: nothing is put before the moment
		next.do()
	}
	if now.After(s.moment) {
		s.moment = now
	}
	s.arm()
}

// arm sets the timer for the head of the queue.
func (s *Server) arm() {
	c := &s.coming
	if len(c.queue) == 0 || c.armed == c.queue[0].put {
		return
	}
	wait, ever := s.cfg.Clock.until(c.queue[0].t)
	if !ever {
		return
	}
	c.armed = c.queue[0].put
	if c.timer != nil {
		c.timer.Reset(wait)
		return
	}
	c.timer = time.AfterFunc(wait, s.wake)
}

// wake is called when the timer fires and when the clock was changed.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.coming.armed = 0 // also where the head is not due yet: the clock may have been changed meanwhile
	s.settle()
}

// stop drops all that has not happened.
func (c *schedule) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.queue = nil
}

// dueQueue implements [heap.Interface].
type dueQueue []due

func (q dueQueue) Len() int { return len(q) }

func (q dueQueue) Less(i, j int) bool {
	if !q[i].t.Equal(q[j].t) {
		return q[i].t.Before(q[j].t)
	}
	return q[i].put < q[j].put
}

func (q dueQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *dueQueue) Push(x any) { *q = append(*q, x.(due)) }

func (q *dueQueue) Pop() any {
	last := len(*q) - 1
	head := (*q)[last]
	(*q)[last] = due{} // let go of what do holds
	*q = (*q)[:last]
	return head
}
