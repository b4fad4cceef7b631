package campaign

import (
	"context"
	"fmt"
	"time"
)

// A sync asks the API where every session stands that can still change, and keeps what it says.
//
//	records ─► which can still change ─► the list's first page ─► the pages after it ─► what is left, one by one ─► when it was
//	                                            └ how long it is      while they cost less
//
// A session that is not on the list is asked for by its id, whether the list was proved complete or not. So the pages prove
// nothing and need not: items that move between them, a page that never comes and a total that lies cost requests, and no
// session is missed for them. What the list shows of a session is taken as it is, unless it was revoked unasked: then the
// session is asked for by itself, and its account is listed, before anybody is told of an incident.

// Synced is what a sync found, and what it took.
type Synced struct {
	Run       uint64
	Campaigns []string
	Accounts  int // whose session could still change; a session that has ended is never asked for again

	Missed   int      // of Accounts, those whose session could not be read: the next sync asks again
	Unread   []Unread // some of those, at most 100
	Unknown  int      // of Accounts, those whose session the API said it does not know
	Unlisted []Unread // some of those, at most 100

	Pages  int  // requests that reading the whole list takes; at least so many, where no page was asked for because Gets is less
	Gets   int  // requests that one for each session takes
	ByList bool // Pages is less. Either way ends where what is left costs less the other way

	Changed   int            // sessions of which there is news: a status, an end, one that is newer, a field that was asked for
	Became    map[string]int // sessions that are under another status since, by the API's word
	Statuses  map[string]int // the campaigns' sessions by the API's word, those that have ended included
	Expired   int            // of them, those whose time is over by an hour, whatever their status says
	Newer     int            // accounts for which somebody else has made a session after ours
	Elsewhere []Elsewhere    // of those, some that no sync before has seen, at most 100
	Incidents []Incident     // that no run has named before; name them, then call Ledger.Told with Summary

	Requests int
	Elapsed  time.Duration
	Halt     Halt  // why it ended before its work was done; "": it did not
	Cause    error // what the halt came from; its text holds no secret and no personal data

	untold []uint64
}

// Unread is a session that a sync could not read.
type Unread struct {
	Account string `json:"account"`
	Session string `json:"session"`
	Why     string `json:"why"`
}

// Elsewhere is a session that somebody else has made for an account after ours. It is shown, and left alone.
type Elsewhere struct {
	Account string `json:"account"`
	Session string `json:"session"`
}

// Summary is what a sync has in common with other runs.
func (s Synced) Summary() Summary {
	return Summary{
		Rows: s.Accounts, Incidents: s.Incidents, Requests: s.Requests, Elapsed: s.Elapsed, Run: s.Run, Halt: s.Halt, Cause: s.Cause,
		untold: s.untold,
	}
}

// Sync asks the API about every session of the campaigns named, of all where none is, that can still change. It sends
// nothing but looks, and what it learns is durable as it learns it; a crash loses nothing that the next sync does not find.
// Of cfg it needs Ledger, Client and Brake; ErrNoCampaign, ErrInclude. As with Create, cancelling ctx drains, and what
// is known by then is in the answer.
func Sync(ctx context.Context, cfg Config, names ...string) (Synced, error) {
	if err := CheckInclude(cfg.Include...); err != nil {
		return Synced{}, err
	}
	campaigns, err := cfg.Ledger.chosen(names)
	if err != nil {
		return Synced{}, err
	}
	var one Campaign // of the trail's entries; the zero one stands for several
	if len(campaigns) == 1 {
		one = campaigns[0]
	}
	r, err := newNumberedRun(ctx, cfg, one)
	if err != nil {
		return Synced{}, err
	}
	waiting, cancel := r.begin(ctx)
	defer cancel()
	if r.cfg.MaxDuration > 0 {
		defer time.AfterFunc(r.cfg.MaxDuration, func() { r.halt(HaltDuration, nil) }).Stop()
	}
	s := newSyncing(r, campaigns)
	r.phase("finding the sessions that can still change")
	if err := s.plan(waiting); err != nil {
		return Synced{}, err
	}
	for again := true; again; again = s.takeBack(waiting) {
		s.readList(waiting)
		s.askEach(waiting)
	}
	if ctx.Err() != nil {
		r.halt(HaltDrained, nil)
	}
	return s.end(ctx)
}

// chosen are the campaigns of these names, or all.
func (l *Ledger) chosen(names []string) ([]Campaign, error) {
	if len(names) == 0 {
		return l.Campaigns()
	}
	var all []Campaign
	met := map[string]bool{}
	for _, name := range names {
		if met[name] {
			continue
		}
		met[name] = true
		c, err := l.Campaign(name)
		if err != nil {
			return nil, err
		}
		if c.Import == 0 {
			return nil, fmt.Errorf("%w: the file of campaign %q was never taken in completely; give it again", ErrNoCampaign, name)
		}
		all = append(all, c)
	}
	return all, nil
}

// end sums up, and notes when the campaigns were synced if nothing was missed.
func (s *syncing) end(ctx context.Context) (Synced, error) {
	r, done := s.r, s.done
	done.Accounts, done.Gets, done.Missed = s.accounts, s.accounts, s.accounts-s.known-done.Unknown
	done.ByList = done.Pages < done.Gets
	if now := s.asOf(); !now.IsZero() && done.Missed == 0 {
		if err := r.l.synced(finishing(ctx), s.campaigns, now); err != nil {
			r.halt(HaltLedger, err)
		}
	}
	r.mu.Lock()
	done.Halt, done.Cause = r.why, r.cause
	r.mu.Unlock()
	done.Requests, done.Elapsed = int(r.progress.Requests.Load()), r.now()
	var err error
	if done.Incidents, done.untold, err = r.l.untold(); err != nil {
		return done, err
	}
	sum := done.Summary()
	sum.Campaign = r.campaign.Name
	r.tellEnd(ctx, &sum)
	done.Halt, done.Cause = sum.Halt, sum.Cause
	return done, nil
}
