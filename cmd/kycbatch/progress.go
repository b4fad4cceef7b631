package main

import (
	"sync"
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

// gauge follows a pass, for the display and for whoever asks the run: both see the same.
type gauge struct {
	mu         sync.Mutex
	watcher    watcher
	end, ended chan struct{}
}

// watch follows a pass, and shows it on stderr, until the gauge is stopped. Before held, nothing is begun.
func (p *program) watch(cfg campaign.Config, work int, held time.Time) *gauge {
	g := &gauge{end: make(chan struct{}), ended: make(chan struct{})}
	g.watcher = watcher{cfg: cfg, work: work, held: held, began: time.Now(), at: time.Now()}
	go g.follow(p.display())
	return g
}

// follow is the gauge's goroutine; d may be nil.
func (g *gauge) follow(d display) {
	defer close(g.ended)
	if d != nil {
		defer d.close()
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if v := g.now(); d != nil { // also where nothing shows it, so that the speed is known to whoever asks
				d.show(v)
			}
		case <-g.end:
			return
		}
	}
}

// now is how far the pass is.
func (g *gauge) now() view {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.watcher.view()
}

// stop ends the display.
func (g *gauge) stop() {
	close(g.end)
	<-g.ended
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
		phase: pr.Phase(), halt: pr.Halt(), at: now, asked: float64(brake.Asked), allowed: float64(brake.Now), elapsed: now.Sub(w.began), work: w.work, workers: w.cfg.Workers, guard: string(w.cfg.Guard), settle: w.cfg.Settle,
		rows: int(pr.Rows.Load()), fed: int(pr.Fed.Load()), created: int(pr.Created.Load()), refused: int(pr.Refused.Load()),
		skipped: int(pr.Skipped.Load()), waiting: int(pr.Waiting.Load()), requests: int(pr.Requests.Load()),
		toAudit: int(pr.ToAudit.Load()), audited: int(pr.Audited.Load()),
		toSync: int(pr.ToSync.Load()), synced: int(pr.Synced.Load()), planned: int(pr.Planned.Load()),
		toResend: int(pr.ToResend.Load()), resent: int(pr.Resent.Load()),
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
