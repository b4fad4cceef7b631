package vobiz

import (
	"crypto/sha256"
	"fmt"
	"hash/maphash"
)

const (
	defaultPageSize = 100

	// The bounds that keep a listing from running for ever against a server that never lets it end.
	maxSweeps     = 8  // times the list is paged from its first page
	maxIdlePages  = 20 // pages in a row of the first sweep without a new session
	maxTotalPages = 500_000
	maxTotal      = 10_000_000 // sessions; no more than the total are ever kept, some 100 bytes each
)

// Listing gathers the pages of the list and proves when they are all of it (design rule 3). It does no I/O: ask for
// the page that Next names, give it to Add, until Done; the package comment has the loop. The zero value lists all
// accounts. Not safe for concurrent use.
//
// The proof counts. Sessions never leave the list (revoking keeps them), so every id that was ever seen is still in
// it when the newest page is answered; if there are as many of them as that page's total, they are all. Neither the
// order, nor items that shift between pages, nor a size that is capped in secret matters to it. When the last page
// is reached and some are missing (they shifted past, or were made meanwhile), the listing pages again from the
// first, keeping what it has.
//
// It proves what the server shows. A session that a lagging replica does not show yet, in its total too, is found by
// a second look only.
type Listing struct {
	// Account is the account_auth_id to list, "" for all accounts. An item of another account ends the listing.
	Account string

	// Size is the number of sessions to ask for in a page; 0 means 100.
	Size int

	// Visit, if set, is given every session as it is read, and Sessions stays empty: 100,000s of sessions then cost
	// less than 100 bytes each. A session that is met again is given again; the last copy is the newest. What was visited
	// is the whole list only once Done.
	Visit func(Session)

	// Known, if set, is asked of every session as it is read whether the caller knows it, by its id and its account, and
	// whether it was met before: the caller needs a bit for that, where the listing needs those bytes. What it says of a
	// session must not change but for that. That a known one is not listed under a second account too is the caller's to
	// prove once Done, see Met.
	Known func(Session) (known, again bool)

	seen     map[[16]byte]mark
	seed     maphash.Seed
	sessions []Session
	known    int // sessions of which the caller keeps that they were seen

	total    int
	pages    int  // added so far
	page     int  // done in this sweep
	sweep    int  // from 0
	longest  int  // page of this sweep: what the server's size must be at least
	idle     int  // pages in a row without a new session
	progress bool // this sweep brought a new session
	err      error
}

// mark is what is kept of a session: a hash of its account, and where its newest copy is in sessions.
type mark struct {
	account uint64
	at      int
}

// Next returns the query for the page to read now. It never filters by status.
func (l *Listing) Next() ListQuery {
	return ListQuery{Account: l.Account, Page: l.page + 1, Size: l.size()}
}

// Add takes the answer to Next. An error wraps [ErrIncomplete] and stays: what is wrong cannot be mended by reading
// on, and the caller begins a new Listing, or gives up.
func (l *Listing) Add(page Page) error {
	if l.err == nil {
		l.err = l.add(page)
	}
	return l.err
}

// Done reports whether every session of the list was seen.
func (l *Listing) Done() bool { return l.err == nil && l.pages > 0 && l.Len() == l.total }

// Sessions returns those seen so far, in the order they were first read, each as it was last read: the whole list
// once Done. The slice is the listing's own. It is empty where Visit is set.
func (l *Listing) Sessions() []Session { return l.sessions }

// Len returns the number of distinct sessions seen so far.
func (l *Listing) Len() int { return len(l.seen) + l.known }

// Met reports whether a session of that id was seen which the caller did not know.
func (l *Listing) Met(id string) bool {
	_, met := l.seen[keyOf(id)]
	return met
}

// Total returns the number of sessions in the list by its newest page.
func (l *Listing) Total() int { return l.total }

func (l *Listing) size() int {
	if l.Size > 0 {
		return l.Size
	}
	return defaultPageSize
}

func (l *Listing) add(page Page) error {
	if err := l.check(page); err != nil {
		return err
	}
	l.pages++
	l.page++
	l.total = page.Total
	l.longest = max(l.longest, len(page.Sessions))

	before := l.Len()
	for i, session := range page.Sessions {
		if err := l.keep(session); err != nil {
			return fmt.Errorf("%w (item %d of page %d)", err, i+1, l.page)
		}
	}
	if l.Len() > before {
		l.progress, l.idle = true, 0
	} else {
		l.idle++
	}
	switch {
	case l.Len() > l.total:
		return fmt.Errorf("%w: %d sessions seen, more than the total of %d", ErrIncomplete, l.Len(), l.total)
	case l.Len() == l.total:
		return nil
	case l.pages >= maxTotalPages:
		return fmt.Errorf("%w: still %d of %d sessions missing after %d pages", ErrIncomplete, l.total-l.Len(), l.total, l.pages)
	case l.sweep == 0 && l.idle >= maxIdlePages:
		return fmt.Errorf("%w: the pages repeat, %d of %d sessions after page %d", ErrIncomplete, l.Len(), l.total, l.page)
	}
	return l.turn(len(page.Sessions) == 0)
}

// check refuses a page before anything of it is kept.
func (l *Listing) check(page Page) error {
	asked := l.Next().Page
	switch {
	case l.Done():
		return fmt.Errorf("%w: a page was added after the last", ErrIncomplete)
	case page.Number != 0 && page.Number != asked:
		return fmt.Errorf("%w: page %d was asked for, page %d answered", ErrIncomplete, asked, page.Number)
	case page.Total > maxTotal:
		return fmt.Errorf("%w: a total of %d sessions, and at most %d are gathered", ErrIncomplete, page.Total, maxTotal)
	case page.Total < l.total:
		return fmt.Errorf("%w: the total fell from %d to %d", ErrIncomplete, l.total, page.Total)
	}
	return nil
}

func (l *Listing) keep(session Session) error {
	switch {
	case session.ID == "":
		return fmt.Errorf("%w: a session without an id", ErrIncomplete)
	case l.Account != "" && session.AccountAuthID != l.Account:
		return fmt.Errorf("%w: a session of another account, the filter was not applied", ErrIncomplete)
	}
	if l.Known != nil {
		if known, again := l.Known(session); known {
			if !again {
				l.known++
			}
			return nil
		}
	}
	if l.seen == nil {
		l.seen = make(map[[16]byte]mark)
		l.seed = maphash.MakeSeed()
	}
	key := keyOf(session.ID)
	account := maphash.String(l.seed, session.AccountAuthID)
	old, again := l.seen[key]
	if again && old.account != account {
		return fmt.Errorf("%w: one session under two accounts", ErrIncomplete)
	}
	if !again {
		l.seen[key] = mark{account: account, at: len(l.sessions)}
	}
	switch {
	case l.Visit != nil:
		l.Visit(session)
	case again:
		l.sessions[old.at] = session
	default:
		l.sessions = append(l.sessions, session)
	}
	return nil
}

// keyOf is what is kept of an id: no two share it.
func keyOf(id string) [16]byte {
	sum := sha256.Sum256([]byte(id))
	return [16]byte(sum[:16])
}

// turn goes back to the first page where the last one was read. No page past it is asked for if that can be helped:
// a server may refuse it.
func (l *Listing) turn(empty bool) error {
	if !empty && l.page*l.longest < l.total {
		return nil
	}
	switch {
	case !l.progress:
		return fmt.Errorf("%w: %d of %d sessions, and no page has the others", ErrIncomplete, l.Len(), l.total)
	case l.sweep+1 >= maxSweeps:
		return fmt.Errorf("%w: %d of %d sessions after %d sweeps", ErrIncomplete, l.Len(), l.total, maxSweeps)
	}
	l.sweep++
	l.page, l.longest, l.progress, l.idle = 0, 0, false, 0
	return nil
}
