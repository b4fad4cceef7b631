package campaign

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kycbatch/checkpoint"
)

// syncing is a sync under way. It keeps three bits a record, however many there are.
type syncing struct {
	r         *run
	campaigns []Campaign

	due      bitset // records whose session is to be asked about
	accounts int    // how many
	sessions int    // that the campaigns have at the API, at least

	over    bitset    // records whose session was ended by its time alone
	lastEnd time.Time // the latest of those ends

	list      listed
	clockless atomic.Bool // the API's answers don't agree on its time, and were asked for that

	mu    sync.Mutex // guards what follows
	taken bitset     // of due, those about which the API has said where they stand
	known int        // how many
	done  Synced
}

func newSyncing(r *run, campaigns []Campaign) *syncing {
	s := &syncing{r: r, campaigns: campaigns}
	s.done = Synced{Run: r.number, Became: map[string]int{}, Statuses: map[string]int{}}
	for _, c := range campaigns {
		s.done.Campaigns = append(s.done.Campaigns, c.Name)
	}
	return s
}

// follows says whether the record has a session that is followed: ours, or the one that made us skip.
func (rec Record) follows() bool {
	return rec.Session.ID != "" && (rec.State == Created || rec.State == Skipped)
}

// plan finds the records to be asked about, and how all of them stand.
func (s *syncing) plan(ctx context.Context) error {
	var met bitset // several rows can name one account
	for _, c := range s.campaigns {
		for row, err := range s.r.l.Rows(c) {
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
			if row.Record == 0 || met.has(row.Record) {
				continue
			}
			met.set(row.Record)
			rec, err := s.r.l.record(row.Record)
			if err != nil {
				return err
			}
			if !rec.follows() {
				continue
			}
			s.count(rec, 1)
			s.sessions++
			if rec.Session.endedByTime() {
				s.over.set(row.Record)
				s.lastEnd = later(s.lastEnd, rec.Session.Ended)
			}
			if rec.Session.Ended.IsZero() || rec.lacks(s.r.cfg.Include) {
				s.due.set(row.Record)
				s.accounts++
			}
		}
	}
	s.done.Pages = pagesOf(s.sessions, sweepPage)
	s.r.progress.ToSync.Store(int64(s.accounts))
	s.r.progress.Planned.Store(int64(min(s.done.Pages, s.accounts)))
	return nil
}

func pagesOf(sessions, size int) int { return (sessions + size - 1) / max(size, 1) }

// count adds a record to the figures, or takes it out of them.
func (s *syncing) count(rec Record, by int) {
	s.done.Statuses[rec.Session.Status] += by
	if s.done.Statuses[rec.Session.Status] == 0 {
		delete(s.done.Statuses, rec.Session.Status)
	}
	if rec.Session.endedByTime() {
		s.done.Expired += by
	}
	if rec.Newer != "" {
		s.done.Newer += by
	}
}

// syncedRecord is a record as the ledger has it, and as it is to be.
type syncedRecord struct {
	number        uint64
	before, after Record
	shown         bool // the API said where its session stands
}

// put makes the records durable that a look has changed, in one commit with what the trail tells of them, and takes all of
// them for known. Nobody else has them in hand. It says false where the ledger failed.
func (s *syncing) put(ctx context.Context, all ...*syncedRecord) bool {
	var changed []*syncedRecord
	var writes []checkpoint.Write
	for _, c := range all {
		if bytes.Equal(c.before.encode(), c.after.encode()) {
			continue
		}
		c.after.Changed = time.Now().UTC()
		changed = append(changed, c)
		writes = append(writes, s.r.writes(c.number, c.before, &c.after, nil)...)
	}
	if len(writes) > 0 {
		if err := s.r.l.s.Put(finishing(ctx), writes...); err != nil {
			s.r.halt(HaltLedger, err)
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changed {
		if c.after.Trail != c.before.Trail || !slices.Equal(c.after.Verified, c.before.Verified) { // more than a time to the microsecond
			s.done.Changed++
		}
		s.count(c.before, -1)
		s.count(c.after, 1)
		if was, is := c.before.Session.Status, c.after.Session.Status; was != is {
			s.done.Became[is]++
		}
		if c.after.Newer != c.before.Newer && len(s.done.Elsewhere) < maxNamed {
			s.done.Elsewhere = append(s.done.Elsewhere, Elsewhere{c.after.Account, c.after.Newer})
		}
	}
	for _, c := range all {
		if c.shown && !s.taken.has(c.number) {
			s.taken.set(c.number)
			s.known++
		}
	}
	s.r.progress.Synced.Store(int64(s.known))
	return true
}
