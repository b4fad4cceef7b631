package campaign

import (
	"context"
	"slices"
	"time"

	"kycbatch/internal/vobiz"
)

// maxTimes is how many requests are made at most for nothing but the server's time.
const maxTimes = 3

// bounds are those of the server's time now: from is zero while too few answers agree on it, to where none had a Date.
func (r *run) bounds() (from, to time.Time) {
	from, to, known := r.server.at(r.now())
	if !known {
		return time.Time{}, to
	}
	return from, to
}

// agreedTime are the bounds, if need be after requests that are made for their Date until enough agree: for the session of this id, or
// for the list where id is "".
func (r *run) agreedTime(ctx context.Context, id string) (from, to time.Time) {
	for asked := 0; ; asked++ {
		from, to := r.bounds()
		switch {
		case !from.IsZero(), asked == maxTimes, asked > 0 && to.IsZero(), ctx.Err() != nil:
			return from, to
		case id == "":
			_, _ = r.listPage(ctx, vobiz.ListQuery{Page: 1, Size: 1}) // its Date is heard
		case r.turn(ctx):
			_, _ = r.get(ctx, id)
		}
	}
}

// hangsOn says whether it is for the server's time alone, which to is the latest of, that the session is over, or whether its revoke
// is anybody's doing.
func (s Session) hangsOn(to time.Time) bool {
	if s.Status == statusRevoked {
		return !s.Expires.IsZero()
	}
	return s.hasEnded(to) && !s.hasEnded(time.Time{})
}

// times are the bounds of the server's time now, for follow. That they are certain is seen to only where something hangs on it:
// otherwise it costs no request.
func (s *syncing) times(ctx context.Context, of Session) (from, to time.Time) {
	from, to = s.r.bounds()
	if !from.IsZero() || !of.hangsOn(to) || s.clockless.Load() {
		return from, to
	}
	if from, to = s.r.agreedTime(ctx, of.ID); from.IsZero() {
		s.clockless.Store(true)
	}
	return from, to
}

// lookDate is the server's time by which a look's sessions live or have expired: the earliest that it can be, for a POST revokes
// what is wrongly taken for expired. One answer may have an odd Date, so enough have to agree, if need be after requests that are made
// for that; where they don't, or nothing hangs on it, it is zero, and whatever is not ended by a word lives.
func (r *run) lookDate(ctx context.Context, shown []Seen) time.Time {
	from, to := r.bounds()
	if r.p.mutant == believeOneDate {
		return to
	}
	if i := slices.IndexFunc(shown, func(s Seen) bool { return s.live(time.Time{}) && !s.live(to) }); from.IsZero() && i >= 0 {
		from, _ = r.agreedTime(ctx, shown[i].ID)
	}
	return from
}

// auditTimes are the bounds for an audit that is shown these sessions, certain in the same way.
func (r *run) auditTimes(ctx context.Context, shown []Seen) (from, to time.Time) {
	from, to = r.bounds()
	if i := slices.IndexFunc(shown, func(s Seen) bool { return s.hangsOn(to) }); from.IsZero() && i >= 0 {
		return r.agreedTime(ctx, shown[i].ID)
	}
	return from, to
}

// look makes of a record what the API says of its session, and says whether that was revoked unasked.
func (s *syncing) look(ctx context.Context, rec Record, v vobiz.Session) (after Record, unasked bool) {
	had, seen := rec.Session, sessionOf(v)
	from, to := s.times(ctx, seen)
	rec.follow(seen, from, to)
	rec.keep(s.r.cfg.Include, v)
	return rec, rec.revokedUnasked(had, to)
}

// takeBack finds the sessions that a wrong Date has ended, and says whether there are any: they are asked about like the others. Where
// nothing was asked yet, the time is: what the ledger knows is as of then.
func (s *syncing) takeBack(ctx context.Context) bool {
	from, to := s.r.bounds()
	if s.sessions > 0 && s.accounts == 0 || s.lastEnd.After(to) {
		from, to = s.r.agreedTime(ctx, "")
	}
	if from.IsZero() || !s.lastEnd.After(to) || ctx.Err() != nil {
		return false
	}
	before := s.accounts
	for n := range s.over.all() {
		rec, err := s.r.l.record(n)
		if err != nil {
			s.r.halt(HaltLedger, err)
			return false
		}
		if rec.Session.endedAhead(to) && !s.due.has(n) {
			s.due.set(n)
			s.accounts++
		}
	}
	s.lastEnd, s.list = time.Time{}, listed{}
	s.r.progress.ToSync.Store(int64(s.accounts))
	return s.accounts > before
}

// wideBounds are so far apart that an answer had a wrong Date: one's own width is a second and the time that its request takes.
const wideBounds = time.Minute

// asOf is the server's time of what is known now, zero where no answer had one: nothing that the API said is of later. Where the
// bounds are wide, it is the earlier one: what is dated ahead would make of customers some who are late.
func (s *syncing) asOf() time.Time {
	from, to := s.r.bounds()
	if !from.IsZero() && to.Sub(from) > wideBounds {
		return from.UTC()
	}
	return to.UTC()
}
