package campaign

import (
	"context"
	"errors"

	"kycbatch/internal/vobiz"
)

// listed is how far the reading of the list is.
type listed struct {
	pages int // that were read
	whole int // that the list has, as its first page said
}

// maxListings is how often the list is begun anew that could not be proved complete.
const maxListings = 3

// errDearer ends the reading of a list whose next pages cost more than asking one by one. It never reaches a caller of
// this package.
var errDearer = errors.New("asking one by one costs less")

// readList reads the API's list, page after page, as long as the pages still to come are fewer than the sessions that it
// has not shown. Whether it is worth its first page is known from the ledger, whose sessions are on it; how long it really is,
// from that page: the list has all sessions of the partner. When every session was shown, the rest costs more.
func (s *syncing) readList(ctx context.Context) {
	if left := s.left(); left == 0 || s.done.Pages >= left {
		return
	}
	s.r.phase("reading the API's list")
	for range maxListings {
		err := readWhole(ctx, s.nextPage, func(vobiz.Session) {}) // nextPage has taken them
		if err == nil || !errors.Is(err, vobiz.ErrIncomplete) {
			return
		}
	}
}

// nextPage reads a page of the list and takes what it shows.
func (s *syncing) nextPage(ctx context.Context, q vobiz.ListQuery) (vobiz.Page, error) {
	toCome := max(1, s.list.whole-q.Page+1) // a list that has grown meanwhile has one more
	if s.list.pages > 0 && toCome >= s.left() {
		return vobiz.Page{}, errDearer
	}
	var page vobiz.Page
	err := s.patiently(ctx, 1, func() (err error) {
		page, err = s.r.page(ctx, q)
		return err
	})
	if err != nil {
		return page, err
	}
	if s.list.pages++; s.list.whole == 0 || q.Page == 1 {
		s.list.whole = max(1, pagesOf(page.Total, max(1, len(page.Sessions))))
		s.done.Pages = s.list.whole
		s.r.progress.Planned.Store(int64(min(s.list.whole, 1+s.accounts)))
	}
	if !s.takePage(ctx, page) {
		return page, errHalted
	}
	return page, nil
}

// left is how many sessions the API was not heard about.
func (s *syncing) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts - s.known
}

// takePage takes what a page shows of the accounts. A session that is shown again, because it moved, is taken again.
func (s *syncing) takePage(ctx context.Context, page vobiz.Page) bool {
	var all []*syncedRecord
	met := map[uint64]*syncedRecord{}
	for _, v := range page.Sessions {
		n, err := s.r.l.number(v.AccountAuthID)
		if err == nil && !s.due.has(n) {
			continue
		}
		c := met[n]
		if err == nil && c == nil {
			c = &syncedRecord{number: n}
			c.before, err = s.r.l.record(n)
			c.after, met[n], all = c.before, c, append(all, c)
		}
		if err != nil {
			s.r.halt(HaltLedger, err)
			return false
		}
		if v.ID != c.after.Session.ID {
			c.after.meets(s.r.p.Ledger, seenOf(v))
			continue
		}
		if v.Status == "" { // perhaps it says more when it is asked by itself
			continue
		}
		after, unasked := s.look(ctx, c.after, v)
		if unasked { // it is looked into by itself
			s.forget(n)
			c.after, c.shown = c.before, false
			continue
		}
		c.after, c.shown = after, true
	}
	return s.put(ctx, all...)
}

// forget has a session asked for by itself that the list has shown.
func (s *syncing) forget(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken.has(n) {
		s.taken.clear(n)
		s.known--
	}
}

// meets takes note of another session of the account: the first that was seen of those which somebody else made after ours.
func (rec *Record) meets(ledger string, other Seen) {
	after := !rec.Session.Created.IsZero() && other.Created.After(rec.Session.Created)
	if rec.State == Created && rec.Newer == "" && after && other.Attempt.Ledger != ledger {
		rec.Newer = other.ID
	}
}
