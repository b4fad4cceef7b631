package campaign

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// Resent is what a resend pass did.
type Resent struct {
	Campaign  string
	Counts    map[ResendOutcome]int // of the accounts that were taken up
	Why       map[Why]int           // of those that the policy says no to, by what it says; those that were not asked for are here too
	Left      int                   // due, and not taken up: the limit, or the run ended
	Incidents []Incident            // that no run has named before; name them, then call Ledger.Told with Summary
	Requests  int
	Elapsed   time.Duration
	Closed    *Closed // why some were held that the budget of mails had no place for; nil: it had one for all
	Halt      Halt
	Cause     error // what the halt came from; its text holds no secret and no personal data

	untold []uint64
}

// Summary is what a resend pass has in common with other runs.
func (s Resent) Summary() Summary {
	return Summary{
		Campaign: s.Campaign, Incidents: s.Incidents, Requests: s.Requests, Elapsed: s.Elapsed, Closed: s.Closed, Halt: s.Halt, Cause: s.Cause,
		untold: s.untold,
	}
}

// resendPass is what a run keeps of its resends.
type resendPass struct {
	policy Policy
	book   *addressBook
	mutant mutant

	mu     sync.Mutex
	counts map[ResendOutcome]int
	why    map[Why]int
	left   int
	deaf   int // requests without a definite answer, in a row
}

// Resend reminds the customers of a campaign who are due by the policy. Those who were reminded the fewest times come first, then
// those whose link expires first. cfg.Limit bounds how many are taken up, below 0 to none, and cfg.Budget is the one that Create
// has. What an earlier run left open is found out first, whatever the limit.
//
// As with Create, cancelling ctx drains, and what was done is in the answer also when the run was halted.
func Resend(ctx context.Context, cfg Config, p Policy, name string) (Resent, error) {
	if asked := cfg.Brake.State().Asked; asked != ratelimit.Unlimited && asked < MinRate {
		return Resent{}, fmt.Errorf("%w: %s", ErrRate, asked)
	}
	if err := cfg.Budget.Check(cfg.Timeout); err != nil {
		return Resent{}, err
	}
	c, err := cfg.Ledger.reminded(p, name)
	if err != nil {
		return Resent{}, err
	}
	r, err := newNumberedRun(ctx, cfg, c)
	if err != nil {
		return Resent{}, err
	}
	r.proved.Store(true) // there is no canary: nothing is created
	r.resend = &resendPass{policy: p, mutant: r.p.mutant, counts: map[ResendOutcome]int{}, why: map[Why]int{}}
	r.resends = ResendProtocol{
		Settle: r.cfg.Settle, Timeout: r.cfg.Timeout, Hold: c.Settings.Hold, Wait: p.Wait, Due: r.resend.due, mutant: r.p.mutant,
	}
	return r.remind(ctx)
}

// CheckPolicy refuses a policy that can't be kept for a campaign, or under which none of its customers could ever be reminded: ErrNoCampaign,
// ErrFlow, ErrPolicy.
func (l *Ledger) CheckPolicy(p Policy, name string) error {
	_, err := l.reminded(p, name)
	return err
}

// reminded is the campaign of this name, if the policy can be kept for it. ErrNoCampaign, ErrFlow, ErrPolicy.
func (l *Ledger) reminded(p Policy, name string) (Campaign, error) {
	c, err := l.Campaign(name)
	switch {
	case err != nil:
		return c, err
	case c.Settings.Redirect():
		return c, fmt.Errorf("%w: campaign %q hands out links and mails nobody", ErrFlow, name)
	}
	err = p.Check(c.Settings)
	if !errors.Is(err, ErrPolicy) {
		return c, err
	}
	for row, failed := range l.Rows(c) { // a row can say for itself how long its link works
		if failed != nil {
			return c, failed
		}
		q, unread := decodeRequest(row.Request)
		own := c.Settings
		if own.ExpiresInDays = q.ExpiresInDays; unread == nil && q.ExpiresInDays > 0 && p.Check(own) == nil {
			return c, nil
		}
	}
	return c, err
}

// remind is the pass.
func (r *run) remind(ctx context.Context) (Resent, error) {
	waiting, cancel := r.begin(ctx)
	defer cancel()
	if r.cfg.MaxDuration > 0 {
		defer time.AfterFunc(r.cfg.MaxDuration, func() { r.halt(HaltDuration, nil) }).Stop()
	}
	if err := r.takeUp(waiting); err != nil {
		return Resent{}, err
	}
	if ctx.Err() != nil {
		r.halt(HaltDrained, nil)
	}
	s := Resent{
		Campaign: r.campaign.Name, Counts: r.resend.counts, Why: r.resend.why, Left: r.resend.left, Requests: int(r.progress.Requests.Load()),
		Elapsed: r.now(), Closed: r.allowance.closed(wall()),
	}
	r.mu.Lock()
	s.Halt, s.Cause = r.why, r.cause
	r.mu.Unlock()
	var err error
	if s.Incidents, s.untold, err = r.l.untold(); err != nil {
		return s, err
	}
	facts := []Fact{{FactCampaign, s.Campaign}}
	for _, o := range ResendOutcomes() {
		if n := s.Counts[o]; n > 0 {
			facts = append(facts, Fact{string(o), strconv.Itoa(n)})
		}
	}
	s.Halt, s.Cause = r.tellEndOf(ctx, s.Halt, s.Cause, s.Closed, append(facts, Fact{FactRequests, strconv.Itoa(s.Requests)}))
	return s, nil
}

// takeUp finds out the server's time, then who is due, and drives them to their ends.
func (r *run) takeUp(ctx context.Context) error {
	if !r.waitOutSuspicion(ctx) {
		return nil
	}
	r.phase("asking for the API's time")
	if !r.learnTime(ctx) {
		return nil
	}
	r.phase("choosing who is due")
	if err := r.dateForgotten(ctx); err != nil {
		return err
	}
	_, now, _ := r.server.at(r.now())
	var err error
	if r.resend.policy, err = r.l.remembering(r.resend.policy, now); err != nil {
		return err
	}
	due, err := r.candidates()
	if err != nil {
		return err
	}
	r.progress.ToResend.Store(int64(len(due)))
	r.phase("resending")
	r.pass(ctx, func() iter.Seq2[*job, error] { return r.feedResends(due) })
	return nil
}

// ErrNoTime says that nobody can be found to be due: it takes the API's time, in the Date of an answer.
var ErrNoTime = errors.New("no answer of the API told its time")

// learnTime makes requests for their Date until enough answers agree. Without a time nobody is due.
func (r *run) learnTime(ctx context.Context) bool {
	for try := range maxTrouble {
		if _, _, known := r.server.at(r.now()); known {
			return true
		}
		if try > 1 && !r.sleep(ctx, min(time.Second<<(try-2), maxPause)) {
			return false
		}
		_, _ = r.listPage(ctx, vobiz.ListQuery{Page: 1, Size: 1}) // page hears the Date
	}
	r.halt(HaltOutage, ErrNoTime)
	return false
}

// resent keeps the pass's counts.
func (r *run) resent(j *job) {
	r.giveBack(j)
	p := r.resend
	p.book.release(j.resend.Record)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[j.resend.Outcome]++
	if j.resend.Outcome == ResendNotDue {
		p.why[j.resend.Verdict.Why]++
	}
	r.progress.Resent.Add(1)
}

// listens learns from an answer to a resend, and says whether so many in a row were none that the pass should end: sessions can be read,
// and nothing can be sent. Whatever goes on leaves a reminder behind of which nobody knows whether it left.
func (p *resendPass) listens(a Answer) (deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.Kind != AnswerUnknown && a.Kind != AnswerThrottled {
		p.deaf = 0
		return false
	}
	p.deaf++
	return p.deaf >= deafCreates
}
