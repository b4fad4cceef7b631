package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kycbatch/internal/vobiz"
)

// found is what the API's list shows, some 400 bytes a session of the files' accounts.
type found struct {
	accounts  map[uint64][]shown // by number of the record
	unclaimed map[string]shown   // by id: sessions with an attempt id whose account is in none of the files
	owner     map[string]string  // and the accounts of those
	sessions  int
	from, to  time.Time // the server's time is between them; from is zero where too few answers agree: then what no word has ended lives
}

// shown is one session as a recovery has to know it.
type shown struct {
	Seen
	email    string // that its mails go to
	redirect string // where the browser goes afterwards: the redirect flow
}

func shownOf(v vobiz.Session) shown {
	s := shown{Seen: seenOf(v)}
	if v.CustomerEmail != nil {
		s.email = *v.CustomerEmail
	}
	if v.RedirectURL != nil {
		s.redirect = *v.RedirectURL
	}
	return s
}

// over is the session as its two copies show it together: what one of them lacks, or has not heard of yet, the other one has.
func (s shown) over(older shown) shown {
	if s.reached() < older.reached() {
		s.Session = older.Session
	}
	if s.Attempt == (AttemptID{}) {
		s.Attempt = older.Attempt
	}
	s.WasOpened = s.WasOpened || older.WasOpened
	return s
}

// look reads the whole list twice, as absence has to be proved (design, rule 3): what was under way has settled by now, and the second
// reading begins a gap after the first.
func (v *recovery) look(ctx context.Context) error {
	v.found = &found{accounts: map[uint64][]shown{}, unclaimed: map[string]shown{}, owner: map[string]string{}}
	for n := range 2 {
		v.r.phase(fmt.Sprintf("reading the API's whole list, %s time", [...]string{"the first", "the second"}[n]))
		began := v.r.now()
		if err := v.readList(ctx); err != nil {
			return err
		}
		if n == 0 && !v.r.sleep(ctx, min(lookGap, v.r.cfg.Settle/2)-(v.r.now()-began)) {
			return errHalted
		}
	}
	v.found.from, v.found.to = v.r.agreedTime(ctx, "")
	if ctx.Err() != nil {
		return errHalted
	}
	for _, all := range v.found.accounts {
		for i := range all {
			if err := v.link(&all[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// link notes whether the customer's link is in a links file of this data directory: it can't be read back.
func (v *recovery) link(s *shown) (err error) {
	if s.redirect != "" {
		s.Linked, err = v.links.has(s.ID)
	}
	return err
}

// readList reads the list once, and proves that complete.
func (v *recovery) readList(ctx context.Context) error {
	for try := 1; ; try++ {
		err := readWhole(ctx, v.page, v.show)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, vobiz.ErrIncomplete), try == maxListings:
			return fmt.Errorf("read the API's whole list: %w", err)
		}
	}
}

// page asks for a page until there is an answer, or none to be had for now.
func (v *recovery) page(ctx context.Context, q vobiz.ListQuery) (page vobiz.Page, err error) {
	for try := 1; ; try++ {
		page, err = v.r.listPage(ctx, q)
		switch {
		case err == nil, errors.Is(err, errHalted), try == maxReads, refusedWords(err) != "":
			if err == nil {
				v.found.sessions = page.Total
			}
			return page, err
		case !v.r.sleep(ctx, pauseAfter(try)):
			return page, errHalted
		}
	}
}

// show keeps what a page shows.
func (v *recovery) show(session vobiz.Session) {
	s := shownOf(session)
	n, err := v.l.number(session.AccountAuthID)
	switch {
	case err != nil:
		v.r.halt(HaltLedger, err)
	case n > 0:
		of := v.found.accounts[n]
		if i := slices.IndexFunc(of, func(old shown) bool { return old.ID == s.ID }); i >= 0 {
			of[i] = s.over(of[i])
		} else {
			v.found.accounts[n] = append(of, s)
		}
	case s.Attempt != AttemptID{} || v.found.unclaimed[s.ID].Attempt != AttemptID{}:
		if old, again := v.found.unclaimed[s.ID]; again {
			s = s.over(old)
		}
		v.found.unclaimed[s.ID], v.found.owner[s.ID] = s, session.AccountAuthID
	}
}
