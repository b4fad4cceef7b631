package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/sourcegraph/conc/pool"

	"kycbatch/internal/vobiz"
)

const (
	maxReads = 6   // tries of one reading request, with pauses between them that double from a second on
	maxNamed = 100 // sessions that a sync names which it could not read
)

// errNoStatus is an answer that does not say where the session stands. It never reaches a caller of this package.
var errNoStatus = errors.New("get session: the answer has no status")

// askEach asks for every session that the list has not shown, by its id.
func (s *syncing) askEach(ctx context.Context) {
	left := s.left()
	if left == 0 {
		return
	}
	s.r.phase("asking for sessions one by one")
	s.r.progress.Planned.Store(s.r.progress.Requests.Load() + int64(left))
	workers := pool.New().WithMaxGoroutines(s.r.cfg.Workers)
	defer workers.Wait()
	for n := range s.due.all() {
		if ctx.Err() != nil {
			return
		}
		if !s.has(n) {
			workers.Go(func() { s.ask(ctx, n) })
		}
	}
}

func (s *syncing) has(n uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken.has(n)
}

// ask asks for the session of one record.
func (s *syncing) ask(ctx context.Context, n uint64) {
	rec, err := s.r.l.record(n)
	if err != nil {
		s.r.halt(HaltLedger, err)
		return
	}
	c := &syncedRecord{number: n, before: rec, shown: true}
	var v vobiz.Session
	err = s.patiently(ctx, maxUnknown, func() (err error) {
		v, err = s.r.get(ctx, rec.Session.ID)
		return err
	})
	switch {
	case errors.Is(err, errHalted):
		return
	case err != nil && refusedWords(err) == "":
		s.note(&s.done.Unread, nil, rec, err.Error())
		return
	case err != nil:
		c.after = rec
		from, to := s.times(ctx, rec.Session)
		if c.after.follow(rec.Session, from, to); c.after.Session.Ended.IsZero() {
			s.note(&s.done.Unlisted, &s.done.Unknown, rec, refusedWords(err))
			return
		}
	default:
		v.ID = rec.Session.ID // but for its upper and lower case
		var unasked bool
		if c.after, unasked = s.look(ctx, rec, v); unasked && !s.r.lookInto(ctx, rec.Session, &c.after) {
			return
		}
	}
	s.put(ctx, c)
}

// get asks for one session.
func (r *run) get(ctx context.Context, id string) (v vobiz.Session, err error) {
	err = r.request(ctx, func(ctx context.Context) (err error) {
		var answer vobiz.Answer
		sent := r.now()
		v, answer, err = r.cfg.Client.Get(ctx, id)
		r.server.hear(answer.Date, sent, r.now())
		if err == nil && v.Status == "" {
			err = errNoStatus
		}
		return err
	})
	return v, err
}

// note takes down a session that could not be read.
func (s *syncing) note(all *[]Unread, n *int, rec Record, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n != nil {
		*n++
	}
	if len(*all) < maxNamed {
		*all = append(*all, Unread{rec.Account, rec.Session.ID, why})
	}
}

// patiently reads until there is an answer, or none to be had for now. A refusal in the API's own words is believed when it
// was said so often: a lagging replica says the same.
func (s *syncing) patiently(ctx context.Context, refusals int, read func() error) error {
	for try := 1; ; try++ {
		if !s.r.turn(ctx) {
			return errHalted
		}
		err := read()
		if err != nil && refusedWords(err) != "" {
			refusals--
		}
		switch {
		case err == nil, refusals == 0, try == maxReads, errors.Is(err, vobiz.ErrInvalid):
			return err
		case !s.r.sleep(ctx, pauseAfter(try)):
			return errHalted
		}
	}
}

func pauseAfter(try int) time.Duration { return min(time.Second<<(try-1), maxPause) }

// refusedWords are the API's own words for a request that it refuses, as for a session that it does not know; "" where
// an error is anything else.
func refusedWords(err error) string {
	if e := noLook(err); e.Kind == LookRefused {
		return e.Answer.Reason
	}
	return ""
}
