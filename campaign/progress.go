package campaign

import (
	"sync/atomic"
	"time"
)

// Progress is how far a run is, for a display; read it at any time. Its counters only grow, but those of one pass, Fed,
// ToAudit and Audited, which begin anew with each pass of a run that waits for its budget of mails.
type Progress struct {
	Rows     atomic.Int64 // rows of the campaign
	Fed      atomic.Int64 // rows looked at
	Created  atomic.Int64 // in this run, adopted ones included
	Refused  atomic.Int64
	Skipped  atomic.Int64
	Waiting  atomic.Int64 // accounts that wait for a time, mostly the settle time
	Requests atomic.Int64
	Audited  atomic.Int64
	ToAudit  atomic.Int64
	Resent   atomic.Int64 // accounts of a resend pass that are at their end, whatever it is
	ToResend atomic.Int64 // of so many that are due
	Synced   atomic.Int64 // of a sync: sessions that were asked about
	ToSync   atomic.Int64 // of so many
	Planned  atomic.Int64 // of a sync: requests that it takes in all, as far as is known; 0: it is not known yet
	Down     atomic.Bool  // the API gives no answer, and is asked again by one request at a time
	phase    atomic.Value // string
	halt     atomic.Value // Halt
	resumes  atomic.Int64 // microseconds since 1970; 0: it does not wait
}

// Resumes is when a run goes on that waits for its budget of mails; the zero time where it does not wait for that.
func (p *Progress) Resumes() time.Time {
	if at := p.resumes.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return time.Time{}
}

// Halt is why the run begins nothing more, as far as it knows; "" while it goes on. What ended its context is known
// to whoever ended it.
func (p *Progress) Halt() Halt {
	h, _ := p.halt.Load().(Halt)
	return h
}

// Phase is what the run does now, in a few words.
func (p *Progress) Phase() string {
	s, _ := p.phase.Load().(string)
	return s
}
