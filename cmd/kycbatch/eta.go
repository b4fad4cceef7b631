package main

import (
	"math"
	"time"

	"kycbatch/campaign"
)

// auditPage is how many sessions one request of an audit sees where it pages the whole list.
const auditPage = 100

// requestsFor is how many requests it takes to send so many rows: a look and a POST each, or a POST each after a sweep.
func requestsFor(rows int, guard string) float64 {
	if guard == string(campaign.GuardSweep) {
		return float64(rows)
	}
	return 2 * float64(rows)
}

// requestsForAudit is how many requests it takes to look again at what was sent: by paging a list that is about as
// long as the campaign, or account by account where that is less.
func requestsForAudit(accounts, rows int) float64 {
	return math.Min(float64(accounts), math.Ceil(float64(rows)/auditPage)+2)
}

// view is how far a pass is at one moment.
type view struct {
	phase    string
	auditing bool
	elapsed  time.Duration
	rows     int // of the campaign
	work     int // accounts to take up, as planned
	fed      int // rows looked at
	created  int
	refused  int
	skipped  int
	waiting  int
	toAudit  int
	audited  int
	toSync   int // sessions that a sync asks about
	synced   int
	planned  int // requests that a sync takes; 0: not known
	toResend int // accounts that are due to be reminded; 0 in any other pass
	resent   int // of them, those that are at their end
	requests int
	rate     float64       // requests a second that are to be expected; 0: unknown
	paused   time.Duration // left of a pause of the brake
	down     bool          // the API gives no answer
	rests    time.Duration // left until the budget of mails lets the run go on
	held     time.Duration // left until a restored ledger may be trusted
	workers  int
	guard    string
	settle   time.Duration

	at             time.Time     // when it was made
	halt           campaign.Halt // why nothing more is begun
	asked, allowed float64       // requests a second; 0: no limit
}

// done is how many accounts came to an end in this run.
func (v view) done() int { return v.created + v.refused + v.skipped + v.resent }

// left is how many accounts are still to be brought to an end. Some end in ways that are not counted, so it is never
// more than there are rows that nobody looked at, or that are in hand.
func (v view) left() int {
	if v.toResend > 0 {
		return max(0, v.toResend-v.resent)
	}
	return max(0, min(v.work-v.done(), v.rows-v.fed+v.waiting+v.workers))
}

// eta is how long the pass still takes, at least; false where nobody can say. What waits for its settle time keeps
// the run for that long, however little is left to send.
func (v view) eta() (time.Duration, bool) {
	if v.rate <= 0 {
		return 0, false
	}
	var requests float64
	switch {
	case v.toSync > 0:
		requests = float64(max(0, v.planned-v.requests))
	case v.auditing:
		requests = requestsForAudit(v.toAudit-v.audited, v.rows)
	case v.toResend > 0:
		requests = requestsFor(v.left(), string(campaign.GuardEach))
	default:
		left := v.left()
		requests = requestsFor(left, v.guard) + requestsForAudit(v.created+left, v.rows)
	}
	d := v.held + v.paused + time.Duration(requests/v.rate*float64(time.Second))
	if v.waiting > 0 {
		d = max(d, v.settle)
	}
	return d, true
}

// speed learns how many requests a second to expect: what the brake allows, or less where answers are slow.
type speed struct{ seen float64 }

// memory is how long the past counts: long enough to be steady, short enough to notice a slower API.
const memory = 15 * time.Second

// expect takes the requests of the last second, and what the brake allows (0: no limit). A pass that only waits says
// nothing about the API's speed.
func (s *speed) expect(seen, allowed float64, idle bool, since time.Duration) float64 {
	if s.seen == 0 {
		s.seen = allowed
	}
	if !idle {
		s.seen += (seen - s.seen) * (1 - math.Exp(-since.Seconds()/memory.Seconds()))
	}
	if allowed > 0 {
		return math.Min(s.seen, allowed)
	}
	return s.seen
}
