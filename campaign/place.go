package campaign

import (
	"context"
	"time"
)

// place is a job's place in the budget of mails.
type place struct {
	taken   bool
	at      time.Time
	counted time.Time // the place with which the attempt's newest intent was written
	trail   uint64    // the account's newest entry when the place was taken
}

// wall is the time of day, by which a budget goes: without its monotonic reading, which a clock that was set does not show in.
func wall() time.Time { return time.Now().Round(0) }

// mails says whether what the job is about to send mails the customer.
func (j *job) mails() bool { return j.resend != nil || j.request.mails() }

// attempt is what the job's request is called in the trail.
func (j *job) attempt(kind Kind) Entry {
	if j.resend != nil {
		return Entry{Kind: KindResend, Round: j.durable.Round, Attempt: j.durable.Attempt, Session: j.durable.Session.ID}
	}
	return Entry{Kind: kind, Round: j.account.Round, Attempt: j.account.Attempt}
}

// mails says whether a request, once sent, mails the customer: the one place that says what the budget is about.
func (q Request) mails() bool { return q.Email != "" }

// takeTurn waits for the brake, and then takes a place in the budget: before the wait it would be stale. Where there is
// none the job rests, with its record as it is.
func (r *run) takeTurn(ctx context.Context, j *job) Event {
	if r.p.mutant == windowBeforeWait && !r.takePlace(j) || j.resend == nil && !r.creatable(ctx, j) || !r.turn(ctx) {
		return Event{Kind: Stop}
	}
	if r.p.mutant != windowBeforeWait && !r.takePlace(j) {
		return Event{Kind: Stop}
	}
	j.turned = r.now()
	return Event{Kind: Turn}
}

// takePlace takes a place in the budget, in exchange for the one that the job has from an earlier turn: that of a DELETE is kept for the
// POST that follows it.
func (r *run) takePlace(j *job) bool {
	if !j.mails() {
		r.giveBack(j)
		return true
	}
	at, ok := r.allowance.take(j.place, wall(), r.room(j))
	j.place.at, j.place.taken, j.place.trail = at, ok, j.durable.Trail
	return ok
}

// room is for how long the window has to be open for what the job begins. A DELETE that something follows leaves a customer without a
// session until then, so there must be time for both: for the DELETE, the look after it and the turn of each.
func (r *run) room(j *job) time.Duration {
	if j.resend != nil || !j.account.endNow {
		return r.allowance.reach
	}
	turn := time.Duration(0)
	if rate := float64(r.cfg.Brake.State().Now); rate > 0 {
		turn = min(longestTurn, time.Duration(float64(r.cfg.Workers)/rate*float64(time.Second)))
	}
	return r.allowance.reach + 2*(r.cfg.Timeout+turn)
}

// longestTurn is how long a turn of the brake takes at most: width takes care of that.
const longestTurn = DefaultGuardAge / 2

func (r *run) giveBack(j *job) {
	if j.place.taken {
		j.place.taken = false
		r.allowance.giveBack(j.place.at)
	}
}

// spend sends a request that mails with the job's place. An attempt that is sent again, since nothing had left, has its
// intent from before: on another day the trail needs another one, for it is what the next process counts.
func (r *run) spend(ctx context.Context, j *job, send func(context.Context, *job) (Answer, bool)) (answer Answer, ok bool) {
	if !j.place.taken {
		return send(ctx, j)
	}
	if r.p.mutant != windowBeforeWait && r.allowance.late(j.place.at, wall()) {
		if j.resend == nil {
			unsent := j.attempt(KindUnsent)
			unsent.Reason = "writing it down took longer than the window or the day"
			j.heard = append(j.heard, unsent)
		}
		r.giveBack(j)
		return Answer{Kind: AnswerUnsent}, true
	}
	switch {
	case j.durable.Trail != j.place.trail: // its intent was written with this place
		j.place.counted = j.place.at
	case !r.allowance.sameDay(j.place.counted, j.place.at):
		again := j.attempt(KindIntent)
		again.Mail = true
		if !r.note(ctx, j, append(j.heard, again)) {
			return Answer{}, false
		}
		j.heard, j.place.counted = nil, j.place.at
	}
	if answer, ok = send(ctx, j); answer.Kind == AnswerUnsent {
		r.giveBack(j)
	}
	j.place.taken = false
	return answer, ok
}

// within says whether a row may be taken up in this run: it is among the first that the limit allows, and the budget
// has a place, or there will be one before its turn comes. What was refused in this run already is not asked for again.
func (r *run) within(row Row, rec Record) bool {
	if rec.State == Refused && rec.Run == r.number {
		return false
	}
	if mails(row.Request) && !r.campaign.Settings.Redirect() && r.allowance.turnsAway(wall()) {
		return false
	}
	if r.cfg.Limit == 0 || r.takenUp.has(row.Record) {
		return true
	}
	if r.limited == r.cfg.Limit {
		return false
	}
	r.takenUp.set(row.Record)
	r.limited++
	return true
}

// waitForBudget waits where mails are left over that the budget has no place for yet, and says whether the run goes on. What
// was in doubt is found out by now, and what was sent is audited. The wall clock is looked at each minute: it may be
// set, and the machine may sleep.
func (r *run) waitForBudget(ctx context.Context) bool {
	closed := r.allowance.closed(wall())
	if !r.cfg.Budget.Wait || closed == nil || ctx.Err() != nil {
		return false
	}
	r.phase("waiting: " + closed.Why)
	r.progress.resumes.Store(closed.Until.UnixMicro())
	defer r.progress.resumes.Store(0)
	for left := time.Until(closed.Until); left > 0; left = time.Until(r.allowance.closed(wall()).Until) {
		if !r.sleep(ctx, min(left, time.Minute)) {
			return false
		}
	}
	r.allowance.reopen()
	r.progress.Fed.Store(0)
	r.progress.ToAudit.Store(0)
	r.progress.Audited.Store(0)
	return true
}
