package main

import (
	"fmt"
	"strings"
	"time"

	"kycbatch/campaign"
)

// The choices of --progress.
const (
	progressAuto  = "auto" // a bar on a terminal, else plain lines
	progressBar   = "bar"
	progressPlain = "plain"
	progressNone  = "none"
)

// display shows how far a pass is. show is called at each tick, close once.
type display interface {
	show(v view)
	close()
}

// phaseNone is what a pass does before it says what it does.
const phaseNone = "starting"

// tick is how often a display is told.
const tick = 200 * time.Millisecond

// watch shows a pass on stderr until done is called. Before held, nothing is begun.
func (p *program) watch(cfg campaign.Config, work int, held time.Time) (done func()) {
	d := p.display()
	if d == nil {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer d.close()
		w := watcher{cfg: cfg, work: work, held: held, began: time.Now(), at: time.Now()}
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				d.show(w.view())
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// display is what --progress, -q and the terminal ask for; nil for nothing. A bar needs a terminal.
func (p *program) display() display {
	kind := p.options.progress
	if kind == progressAuto && p.stderrIsTTY {
		kind = progressBar
	}
	switch {
	case p.options.quiet || kind == progressNone:
		return nil
	case kind == progressBar && p.stderrIsTTY:
		return newBar(p.talk)
	}
	return &plain{talk: p.talk}
}

// watcher makes views of a pass.
type watcher struct {
	cfg   campaign.Config
	work  int
	held  time.Time // zero: nothing holds it up
	began time.Time
	at    time.Time // of the last view
	speed speed
}

func (w *watcher) view() view {
	now, pr, brake := time.Now(), w.cfg.Progress, w.cfg.Brake.State()
	v := view{
		phase: pr.Phase(), elapsed: now.Sub(w.began), work: w.work, workers: w.cfg.Workers, guard: string(w.cfg.Guard), settle: w.cfg.Settle,
		rows: int(pr.Rows.Load()), fed: int(pr.Fed.Load()), created: int(pr.Created.Load()), refused: int(pr.Refused.Load()),
		skipped: int(pr.Skipped.Load()), waiting: int(pr.Waiting.Load()), requests: int(pr.Requests.Load()),
		toAudit: int(pr.ToAudit.Load()), audited: int(pr.Audited.Load()),
	}
	v.auditing = v.toAudit > 0
	if !brake.PausedUntil.IsZero() {
		v.paused = max(0, brake.PausedUntil.Sub(now))
	}
	v.down = pr.Down.Load()
	if at := pr.Resumes(); !at.IsZero() {
		v.rests = max(0, at.Sub(now))
	}
	if !w.held.IsZero() {
		v.held = max(0, w.held.Sub(now))
	}
	idle := v.paused > 0 || brake.Seen == 0 || v.waiting > 0 && v.left() <= v.waiting
	v.rate = w.speed.expect(brake.Seen, float64(brake.Now), idle, now.Sub(w.at))
	w.at = now
	return v
}

// counts are the numbers of a view in words; what did not happen is not said.
func (v view) counts() string {
	parts := []string{}
	for _, c := range []struct {
		n    int
		word string
	}{{v.created, "created"}, {v.refused, "refused"}, {v.skipped, "skipped"}, {v.waiting, "waiting"}} {
		if c.n > 0 {
			parts = append(parts, count(c.n)+" "+c.word)
		}
	}
	if v.auditing {
		parts = append(parts, fmt.Sprintf("%s of %s audited", count(v.audited), count(v.toAudit)))
	}
	return strings.Join(parts, ", ")
}

// ending is the rest of a view in words: how fast, how long still.
func (v view) ending() string {
	switch {
	case v.rests > 0:
		return "goes on in " + span(v.rests)
	case v.down && v.paused > 0:
		return "no answer from the API, next try in " + span(v.paused)
	case v.down:
		return "no answer from the API, trying again"
	}
	text := ""
	if v.rate > 0 {
		text = fmt.Sprintf("%.1f/s", v.rate)
	}
	if v.paused > 0 {
		text = "paused for " + span(v.paused)
	}
	if d, ok := v.eta(); ok {
		text += ", about " + span(d) + " left"
	}
	return strings.TrimPrefix(text, ", ")
}
