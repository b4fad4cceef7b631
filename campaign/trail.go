package campaign

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"kycbatch/checkpoint"
)

// The trail is the ledger's append-only history: what commands ran, and for each account every attempt, what became
// of it, and what looks at the API decided. An entry is written by the same commit as the change that it tells
// of, so there is never the one without the other, and it costs no fsync of its own. Nothing ever changes or deletes one.
//
//	Trail    id, 8 bytes big endian    Entry
//
// An id is the time at which the entry was made, in microseconds, but always above the one before it: a clock that
// is set back never disturbs the order, and keys ascend, which bbolt likes best. So the trail can be read by time
// with one scan. Each account's record names its newest entry and each entry the one before it, so one customer's
// story takes as many reads as it has entries.

// trail gives new entries their ids. The ledger's lock makes it the only one.
type trail struct {
	mu   sync.Mutex
	last uint64
}

// openTrail finds the end of the trail.
func (l *Ledger) openTrail() (*trail, error) {
	e, ok, err := l.s.Last(checkpoint.Trail)
	if err != nil {
		return nil, fmt.Errorf("find the end of the trail: %w", err)
	}
	if !ok {
		return &trail{}, nil
	}
	last, err := numberOf(e.Key)
	return &trail{last: last}, err
}

// add gives the entry its id and returns its durable form. An entry without a time is of now.
func (t *trail) add(e *Entry) checkpoint.Write {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	at := e.At.UnixMicro()
	e.At = time.UnixMicro(at).UTC()
	t.mu.Lock()
	e.ID = max(t.last+1, uint64(at))
	t.last = e.ID
	t.mu.Unlock()
	return checkpoint.Write{Table: checkpoint.Trail, Key: recordKey(e.ID), Value: e.encode()}
}

// before is the key after which the entries of a time, and all later ones, stand.
func before(from time.Time) []byte { return recordKey(uint64(max(0, from.UnixMicro()-1))) }

// writes are the durable form of a change to a record, with its part of the trail: first what was heard, then what
// the change itself tells. after is pointed to its newest entry.
func (r *run) writes(number uint64, before Record, after *Record, heard []Entry) []checkpoint.Write {
	return r.trail.writes(r.number, number, before, after, heard)
}

func (t *trail) writes(run, number uint64, before Record, after *Record, heard []Entry) []checkpoint.Write {
	after.Trail = before.Trail
	var told []checkpoint.Write
	for _, e := range slices.Concat(heard, changes(before, *after, heard)) {
		e.Record, e.Run, e.Prev = number, run, after.Trail
		told = append(told, t.add(&e))
		after.Trail = e.ID
	}
	return append(recordWrite(number, before, *after), told...)
}

// changes tells what a change to a record means. An answer to a POST that was heard has told it already.
func changes(before, after Record, heard []Entry) (told []Entry) {
	same := after.Round == before.Round && before.Current() == Started
	switch tell := (Entry{Round: after.Round, Attempt: after.Attempt, Session: after.Session.ID, Reason: after.Reason}); {
	case after.State == Started && (!same || after.Attempt > before.Attempt):
		if same {
			told = append(told, Entry{Kind: KindAbsent, Round: before.Round, Attempt: before.Attempt})
		}
		told = append(told, Entry{Kind: KindIntent, Round: after.Round, Attempt: after.Attempt, Mail: mails(after.Request)})
	case after.State == before.State && after.Round == before.Round:
	case after.State == Created && after.Adopted:
		tell.Kind = KindAdopted
		told = append(told, tell)
	case after.State == Refused && !answered(heard, KindRefused, after):
		tell.Kind, tell.Session = KindRefused, ""
		told = append(told, tell)
	case after.State == Skipped:
		tell.Kind, tell.Round, tell.Attempt = KindSkipped, 0, 0
		told = append(told, tell)
	case after.State == Undecided:
		tell.Kind = KindUndecided
		told = append(told, tell)
	case after.Current() == Pending && after.End.byHand():
		told = append(told, Entry{Kind: KindOrdered, Session: after.End.Session, Reason: after.End.Why})
	case after.Orphans > before.Orphans:
		told = append(told, Entry{Kind: KindLost, Round: before.Round, Attempt: before.Attempt, Session: after.End.Session})
	case after.State == Withdrawn:
		told = append(told, Entry{Kind: KindWithdrawn, Reason: after.Reason})
	case after.Current() == Pending && before.State == Undecided:
		told = append(told, Entry{Kind: KindReopened, Round: before.Round, Attempt: before.Attempt})
	case after.Current() == Pending && before.State == Started:
		told = append(told, Entry{Kind: KindFreed, Round: before.Round, Attempt: before.Attempt})
	}
	told = append(told, followed(before, after)...)
	if after.Incident != "" && after.Incident != before.Incident {
		told = append(told, Entry{Kind: KindIncident, Round: after.Round, Attempt: after.Attempt, Session: after.Session.ID, Reason: after.Incident})
	}
	if after.Audited && !before.Audited && after.State != Withdrawn { // there nothing is left to look at
		told = append(told, Entry{Kind: KindAudited, Round: after.Round, Attempt: after.Attempt, Session: after.Session.ID, Reason: after.Session.Status})
	}
	return told
}

// followed tells what became of the session since.
func followed(before, after Record) (told []Entry) {
	tell := Entry{Round: after.Round, Attempt: after.Attempt, Session: after.Session.ID}
	if same := before.Session.ID == after.Session.ID && after.Session.ID != ""; same {
		if after.Session.Status != before.Session.Status {
			tell.Kind, tell.Reason = KindStatus, after.Session.Status
			told = append(told, tell)
		}
		if !after.Session.Ended.IsZero() && before.Session.Ended.IsZero() && !after.Session.hasEnded(time.Time{}) {
			tell.Kind, tell.Reason = KindExpired, ""
			told = append(told, tell)
		}
	}
	if after.Newer != "" && after.Newer != before.Newer {
		tell.Kind, tell.Session, tell.Reason = KindNewer, after.Newer, ""
		told = append(told, tell)
	}
	return told
}

// answered says whether the answer that was heard last is itself the outcome.
func answered(heard []Entry, kind Kind, after Record) bool {
	if len(heard) == 0 {
		return false
	}
	last := heard[len(heard)-1]
	return last.Kind == kind && last.Attempt == after.Attempt && after.Attempt == 1
}

// mails is Request.mails of an encoded one. A request that can't be read counts as one that does.
func mails(request []byte) bool {
	q, err := decodeRequest(request)
	return err != nil || q.mails()
}
