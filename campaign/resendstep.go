package campaign

import (
	"cmp"
	"slices"
	"time"
)

// Step takes a resend one event further and says what to do next, as [Protocol.Step] does for a create.
func (p ResendProtocol) Step(a Resending, e Event) (Resending, Action) {
	switch {
	case e.Kind == Begin:
		a = Resending{Record: a.Record, phase: reading, silent: a.silent, lost: a.underway()}
		return a, Action{Kind: Get}
	case e.Kind == Stop:
		return p.rest(a)
	case a.phase == reading && e.Kind == Due:
		return a, Action{Kind: Get}
	case a.phase == reading && e.Kind == Looked && len(e.Look.Sessions) == 1 && !e.Look.Date.IsZero():
		return p.read(a, e)
	case a.phase == reading && e.Kind == LookRefused:
		return p.unlisted(a, e)
	case a.phase == reading:
		return p.again(a, e.Now)
	case a.phase == resendTurning && e.Kind == Turn:
		return p.turn(a, e.Now)
	case a.phase == resendIntending && e.Kind == Stored:
		return p.intended(a, e.Now)
	case a.phase == resending && e.Kind == Answered:
		return p.answered(a, e)
	case a.phase == cooling && e.Kind == Stored:
		a.phase = reading
		return a, Action{Kind: Wait, Until: e.Now + a.coolsIn(e.Now)}
	default: // resendConcluding: the outcome is durable
		return a, Action{Kind: End}
	}
}

// earliest and latest are the bounds of the server's time at a moment.
func (a Resending) earliest(now time.Duration) time.Time { return a.from.Add(now - a.got) }
func (a Resending) latest(now time.Duration) time.Time   { return a.to.Add(now - a.got) }

// underway says whether a reminder's intent is durable and its end is not known.
func (a Resending) underway() bool { return !a.Resend.First.IsZero() }

// read decides on what the API says of the session now.
func (p ResendProtocol) read(a Resending, e Event) (Resending, Action) {
	seen := e.Look.Sessions[0]
	a.follow(seen.Session, e.Look.From, e.Look.To)
	a.Incident, a.Newer = cmp.Or(e.Look.Incident, a.Incident), cmp.Or(e.Look.Newer, a.Newer)
	if seen.ID == a.Session.ID {
		a.Reminders = seen.Reminders
	}
	a.from, a.to, a.fresh, a.got = e.Look.From, e.Look.To, e.Look.Began, e.Now
	a.trouble, a.unknown = a.trouble-a.unknown, 0
	if a.lost && (p.Hold || a.silent || p.late(a, e.Now)) {
		return p.unsure(a)
	}
	return p.judge(a, e.Now)
}

// unlisted handles an API that does not know the session, once it is said often enough not to be a lagging replica.
func (p ResendProtocol) unlisted(a Resending, e Event) (Resending, Action) {
	if a.unknown++; a.unknown < maxUnknown || a.lost {
		return p.again(a, e.Now)
	}
	a.Reason = e.Answer.Reason
	return p.refused(a, e.Answer.Date)
}

// refused is the end of a reminder that the API does not want; nothing was sent. It is not asked for again night after night.
func (p ResendProtocol) refused(a Resending, at time.Time) (Resending, Action) {
	a = p.takeBack(a)
	a.Resend.Tried = later(a.Resend.Tried, at)
	return p.conclude(a, ResendRefused)
}

// due asks the policy about a POST that leaves now: also about a retry, which is a mail like any other. It asks as if the
// one under way had never been.
func (p ResendProtocol) due(a Resending, now time.Duration) Verdict {
	return p.Due(p.takeBack(a).Record, a.earliest(now), a.latest(now).Add(p.Timeout+p.Settle))
}

// judge goes by the policy, first when the session was read and again when the turn has come.
func (p ResendProtocol) judge(a Resending, now time.Duration) (Resending, Action) {
	v := p.due(a, now)
	switch {
	case v.Due:
		a.phase = resendTurning
		return a, Action{Kind: TakeTurn}
	case a.lost:
		return p.unsure(a)
	}
	a.Verdict = v
	return p.conclude(p.takeBack(a), ResendNotDue)
}

// late says whether a POST that leaves now could arrive after the cooldown that the first one began: then it would mail again.
// Both are measured on the server's clock, and within one process by the time that has passed as well.
func (p ResendProtocol) late(a Resending, now time.Duration) bool {
	const least = Cooldown - cooldownSlack
	reach := p.Timeout + p.Settle
	switch p.mutant {
	case retryAnyTime:
		return false
	case unsettledRetry:
		reach = p.Timeout
	}
	return a.latest(now).Add(reach).Sub(a.Resend.First) >= least || a.first > 0 && now-a.first+reach >= least
}

// turn is the moment before a POST: brake, then the durable intent, then the POST.
func (p ResendProtocol) turn(a Resending, now time.Duration) (Resending, Action) {
	if p.mutant == lateBeforeWait && a.underway() {
		return p.send(a, now)
	}
	if now-a.fresh > DefaultGuardAge {
		a.phase = reading
		return a, Action{Kind: Get}
	}
	if a.lost && p.late(a, now) {
		return p.unsure(a)
	}
	var act Action
	if a, act = p.judge(a, now); act.Kind != TakeTurn {
		return a, act
	}
	if a.underway() {
		return p.send(a, now)
	}
	a.Resend.Sent++
	a.Resend.First = a.earliest(now).Truncate(time.Microsecond)
	a.mailed(a.Resend.First)
	if p.mutant == noIntent {
		return p.send(a, now)
	}
	a.phase = resendIntending
	return a, Action{Kind: Put}
}

// mayLeave is asked last before a POST leaves, behind everything that takes as long as it takes: whether the look is young enough,
// and whether what its turn was given for still holds with all of the request's timeout ahead. Where it says no, nothing was sent.
func (p ResendProtocol) mayLeave(a Resending, now time.Duration) bool {
	if now-a.fresh > DefaultGuardAge || a.lost && p.late(a, now) {
		return false
	}
	return p.due(a, now).Due
}

// intended goes on when the intent is durable; a commit that took too long sends nothing.
func (p ResendProtocol) intended(a Resending, now time.Duration) (Resending, Action) {
	if now-a.fresh > DefaultGuardAge {
		a.phase, a.unsent = reading, true
		return a, Action{Kind: Get}
	}
	return p.send(a, now)
}

func (p ResendProtocol) send(a Resending, now time.Duration) (Resending, Action) {
	a.phase, a.unsent = resending, false
	if a.first == 0 {
		a.first = now
	}
	return a, Action{Kind: SendAgain}
}

// answered judges what an answer means. Where an earlier POST of the same reminder was lost, one that says no says nothing of that.
func (p ResendProtocol) answered(a Resending, e Event) (Resending, Action) {
	a.Reason = e.Answer.Reason
	switch e.Answer.Kind {
	case AnswerSent:
		return p.sent(a, e.Answer.Date)
	case AnswerCooling:
		return p.cooled(a, e)
	case AnswerEnded, AnswerRefused:
		if a.lost {
			return p.unsure(a)
		}
		return p.refused(a, a.latest(e.Now))
	case AnswerUnsent:
		a.phase, a.unsent = reading, !a.lost
		if !a.lost {
			a.first = 0
		}
		return p.again(a, e.Now)
	}
	a.lost, a.left, a.phase = true, e.Now, reading
	if e.Answer.Kind == AnswerUnauthorized {
		return p.rest(a)
	}
	if p.Hold {
		return p.unsure(a)
	}
	return p.again(a, e.Now)
}

// cooled reads a 429: when a mail left, and whether it can have been ours.
func (p ResendProtocol) cooled(a Resending, e Event) (Resending, Action) {
	mailed := e.Answer.Date.Add(e.Answer.Cooldown - Cooldown)
	if strange := e.Answer.Cooldown > Cooldown; strange && a.lost {
		return p.answered(a, Event{Kind: e.Kind, Now: e.Now, Answer: Answer{Reason: e.Answer.Reason}})
	} else if strange { // it tells of no moment, only that nothing was sent
		mailed = e.Answer.Date
	}
	if !a.lost || p.mutant == blindToReading {
		a = p.takeBack(a)
		a.Resend.Last = later(a.Resend.Last, mailed)
		over := mailed.Add(Cooldown + cooldownSlack)
		if !p.Wait || !p.Due(a.Record, over, over.Add(p.Timeout)).Due {
			return p.conclude(a, ResendCooling)
		}
		a.phase = cooling
		return a, Action{Kind: Put}
	}
	if !mailed.Add(cooldownSlack).Before(a.Resend.First) {
		return p.sent(a, mailed)
	}
	if lags := a.latest(e.Now).Add(e.Answer.Cooldown - Cooldown); !lags.Add(cooldownSlack).Before(a.Resend.First) {
		return p.unsure(a) // by another answer's Date, which is no odder than this one's, it can have been ours
	}
	// None of ours has done anything yet. One that is lost could do so only after this cooldown.
	a.Resend.Last = later(a.Resend.Last, mailed)
	if a.latest(a.left).Add(p.Settle).Before(mailed.Add(Cooldown - cooldownSlack)) {
		return p.conclude(p.takeBack(a), ResendCooling)
	}
	a.phase = reading
	return a, Action{Kind: Wait, Until: e.Now + a.coolsIn(e.Now)}
}

// coolsIn is how long the cooldown of the mail that a 429 told of still takes.
func (a Resending) coolsIn(now time.Duration) time.Duration {
	return max(0, a.Resend.Last.Add(Cooldown+cooldownSlack).Sub(a.earliest(now)))
}

// sent is the end of a reminder of which it is known that a mail left, at about that time of the server's.
func (p ResendProtocol) sent(a Resending, at time.Time) (Resending, Action) {
	if n := len(a.Mails); n > 0 && at.After(a.Mails[n-1]) {
		a.Mails = append(slices.Clone(a.Mails[:n-1]), at.Truncate(time.Microsecond))
	}
	a.Resend.First, a.lost, a.unsent = time.Time{}, false, false
	return p.conclude(a, ResendSent)
}

// unsure is the end of a reminder of which nobody can know any more whether it left.
func (p ResendProtocol) unsure(a Resending) (Resending, Action) {
	a, put := p.sent(a, a.latest(a.left).Add(p.Settle))
	a.Resend.Unsure++
	a.Outcome = ResendUnsure
	return a, put
}

// takeBack undoes an intent of which it is proved that no mail came of it.
func (p ResendProtocol) takeBack(a Resending) Resending {
	if a.underway() {
		a.Resend.Sent--
		a.Resend.First = time.Time{}
		a.Mails = slices.Clip(a.Mails[:max(0, len(a.Mails)-1)])
	}
	a.lost, a.unsent, a.first = false, false, 0
	return a
}

func (p ResendProtocol) conclude(a Resending, o ResendOutcome) (Resending, Action) {
	a.Outcome, a.phase = o, resendConcluding
	return a, Action{Kind: Put}
}

// again waits before the session is read once more, longer each time, and gives up for this run after maxTrouble.
func (p ResendProtocol) again(a Resending, now time.Duration) (Resending, Action) {
	a.trouble++
	if a.trouble > maxTrouble {
		return p.rest(a)
	}
	return a, Action{Kind: Wait, Until: now + min(time.Second<<(a.trouble-1), maxPause)}
}

// rest leaves the account for the next run. What is known never to have left is taken back.
func (p ResendProtocol) rest(a Resending) (Resending, Action) {
	switch {
	case a.phase == resendConcluding || a.phase == cooling:
		return a, Action{Kind: End}
	case a.unsent && !a.lost:
		return p.conclude(p.takeBack(a), ResendHeld)
	case a.underway():
		a.Outcome = ResendOpen
	case a.phase == resendTurning:
		a.Outcome = ResendHeld
	default:
		a.Outcome = ResendUnread
	}
	return a, Action{Kind: End}
}
