package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kycbatch/internal/control"
)

// pass gives a view the form in which it is told: to the display of this process, and to others that ask it.
func (v view) pass() control.Pass {
	p := control.Pass{
		Rows: v.rows, Work: v.work, Created: v.created, Refused: v.refused, Skipped: v.skipped, Waiting: v.waiting,
		ToAudit: v.toAudit, Audited: v.audited, ToResend: v.toResend, Resent: v.resent, ToSync: v.toSync, Synced: v.synced,
		Requests: v.requests, RateAsked: v.asked, RateNow: v.allowed, RateExpected: rounded(v.rate),
	}
	if v.paused > 0 {
		until := v.at.Add(v.paused)
		p.PausedUntil = &until
	}
	if v.rests > 0 {
		at := v.at.Add(v.rests)
		p.ResumesAt = &at
	}
	p.Down = v.down
	if left, ok := v.eta(); ok {
		seconds := rounded(left.Seconds())
		p.SecondsLeft = &seconds
	}
	return p
}

// rounded leaves an estimate two digits, so that it does not look like more.
func rounded(estimate float64) float64 { return math.Round(estimate*100) / 100 }

// howFar says how far a pass is, in one line.
func howFar(p control.Pass, now time.Time) string {
	done := min(p.Created+p.Refused+p.Skipped, p.Work)
	line := fmt.Sprintf("%s of %s rows", count(done), count(p.Work))
	switch {
	case p.ToSync > 0:
		line = fmt.Sprintf("%s of %s sessions", count(p.Synced), count(p.ToSync))
	case p.ToResend > 0:
		line = fmt.Sprintf("%s of %s reminders", count(p.Resent), count(p.ToResend))
	case p.Work == 0: // it only looks
		line = things(p.Requests, "request")
	}
	if c := countsOf(p); c != "" {
		line += " (" + c + ")"
	}
	if e := endingOf(p, now); e != "" {
		line += ", " + e
	}
	return line
}

// countsOf are the numbers of a pass in words; what did not happen is not said.
func countsOf(p control.Pass) string {
	parts := []string{}
	for _, c := range []struct {
		n    int
		word string
	}{{p.Created, "created"}, {p.Refused, "refused"}, {p.Skipped, "skipped"}, {p.Waiting, "waiting"}} {
		if c.n > 0 {
			parts = append(parts, count(c.n)+" "+c.word)
		}
	}
	if p.ToAudit > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s audited", count(p.Audited), count(p.ToAudit)))
	}
	return strings.Join(parts, ", ")
}

// endingOf is how fast a pass goes and how long it still takes, in words.
func endingOf(p control.Pass, now time.Time) string {
	switch {
	case p.ResumesAt != nil:
		return "goes on in " + span(p.ResumesAt.Sub(now))
	case p.Down && p.PausedUntil != nil:
		return "no answer from the API, next try in " + span(p.PausedUntil.Sub(now))
	case p.Down:
		return "no answer from the API, trying again"
	}
	text := ""
	if p.RateExpected > 0 {
		text = fmt.Sprintf("%.1f/s", p.RateExpected)
	}
	if p.PausedUntil != nil {
		text = "paused for " + span(p.PausedUntil.Sub(now))
	}
	if p.SecondsLeft != nil {
		text += ", about " + span(time.Duration(*p.SecondsLeft*float64(time.Second))) + " left"
	}
	return strings.TrimPrefix(text, ", ")
}
