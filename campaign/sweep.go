package campaign

import (
	"context"
	"errors"
	"net/http"
	"time"

	"kycbatch/internal/vobiz"
)

// sweep is one reading of the API's whole list, proved complete, by account.
type sweep struct {
	done     bool
	began    time.Duration
	clock    time.Time // the wall clock at the run's beginning, as it seemed when the sweep was begun
	sessions map[string][]Seen
}

// sweepPage is the page size of a sweep. Where the API refuses it, its own default serves.
const sweepPage = 100

// sweepOnce reads the whole list and keeps the sessions of the accounts that this ledger knows. A list that
// can't be proved complete proves no absence, and accounts of which it shows nothing are listed by themselves.
func (r *run) sweepOnce(ctx context.Context) {
	r.sweep = sweep{began: r.now(), clock: wall().Add(-r.now()), sessions: map[string][]Seen{}}
	err := readWhole(ctx, r.listPage, func(v vobiz.Session) {
		if n, err := r.l.number(v.AccountAuthID); err == nil && n > 0 {
			r.sweep.add(v.AccountAuthID, seenOf(v))
		}
	})
	r.sweep.done = err == nil
}

// lister asks for one page of a list.
type lister func(context.Context, vobiz.ListQuery) (vobiz.Page, error)

// readWhole reads the whole list in large pages, or in small ones where the API refuses those. It shows every
// session, some more than once, also where it ends with an error because the list can't be proved complete.
func readWhole(ctx context.Context, list lister, show func(vobiz.Session)) error {
	_, err := readListing(ctx, list, show, nil)
	return err
}

// readListing is readWhole for a caller that may know sessions, see [vobiz.Listing.Known].
func readListing(ctx context.Context, list lister, show func(vobiz.Session), known func(vobiz.Session) (known, again bool)) (*vobiz.Listing, error) {
	read := func(size int) (*vobiz.Listing, error) {
		listing := &vobiz.Listing{Size: size, Visit: func(vobiz.Session) {}, Known: known} // shown below: also what the listing refuses
		return listing, readPages(ctx, listing, list, show)
	}
	listing, err := read(sweepPage)
	var api *vobiz.APIError
	if errors.As(err, &api) && api.Status == http.StatusUnprocessableEntity {
		return read(accountPage)
	}
	return listing, err
}

func readPages(ctx context.Context, listing *vobiz.Listing, list lister, show func(vobiz.Session)) error {
	for !listing.Done() {
		page, err := list(ctx, listing.Next())
		for _, v := range page.Sessions {
			show(v)
		}
		if err == nil {
			err = listing.Add(page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// listPage waits for the brake and asks for one page.
func (r *run) listPage(ctx context.Context, q vobiz.ListQuery) (vobiz.Page, error) {
	if !r.turn(ctx) {
		return vobiz.Page{}, errHalted
	}
	return r.page(ctx, q)
}

// page asks for one page of a list, and hears its Date.
func (r *run) page(ctx context.Context, q vobiz.ListQuery) (page vobiz.Page, err error) {
	err = r.request(ctx, func(ctx context.Context) (err error) {
		sent := r.now()
		var answer vobiz.Answer
		page, answer, err = r.cfg.Client.List(ctx, q)
		r.server.hear(answer.Date, sent, r.now())
		return err
	})
	return page, err
}

// errHalted ends a listing in a halted run. It never reaches a caller of this package.
var errHalted = errors.New("the run was halted")

// add keeps a session; one that was met before (it moved between pages) is replaced by its newest copy.
func (s *sweep) add(account string, seen Seen) {
	of := s.sessions[account]
	for i := range of {
		if of[i].ID == seen.ID {
			of[i] = seen
			return
		}
	}
	s.sessions[account] = append(of, seen)
}

// sweptLook is the look that the run's sweep has for a job: once a sweep, and for a guard only while it is
// young enough for a POST to leave on it. A sweep that broke off still shows what it showed.
func (r *run) sweptLook(j *job) (Look, bool) {
	s := r.sweep
	shown := s.sessions[j.account.Account]
	switch {
	case j.usedSweep && j.swept == s.began, !s.done && len(shown) == 0:
		return Look{}, false
	case !j.audit && j.show == nil && (j.account.phase != guarding || r.now()-s.began > DefaultGuardAge/2 && s.done):
		return Look{}, false
	}
	j.usedSweep, j.swept, j.clock = true, s.began, s.clock
	return Look{Began: s.began, Partial: !s.done, Sessions: shown}, true
}
