package main

import (
	"cmp"
	"io"
	"strings"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

const barWidth = 24

// bar is the display on a terminal: phase, bar, counts, rate and ETA in one line. While it is drawn, talk goes
// through it.
type bar struct {
	talk     *talk
	before   io.Writer
	progress *mpb.Progress
	bar      *mpb.Bar
	now      atomic.Pointer[view]
}

func newBar(t *talk) *bar {
	b := &bar{talk: t}
	b.now.Store(&view{})
	t.through(func(now io.Writer) io.Writer {
		b.before = now
		b.progress = mpb.New(mpb.WithOutput(now), mpb.WithWidth(barWidth), mpb.WithRefreshRate(tick))
		return b.progress
	})
	b.bar = b.progress.AddBar(0, // the total comes with the first view; one that is set here could not be changed
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return shortPhase(b.now.Load().phase) + " " })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			v := b.now.Load()
			pass := v.pass()
			return strings.TrimSuffix(" "+strings.Join([]string{countsOf(pass), endingOf(pass, v.at)}, " · "), " · ")
		})),
	)
	return b
}

func (b *bar) show(v view) {
	b.now.Store(&v)
	done, of := v.done(), v.work
	switch {
	case v.auditing:
		done, of = v.audited, v.toAudit
	case v.toResend > 0:
		done, of = v.resent, v.toResend
	}
	if v.toSync > 0 {
		done, of = v.synced, v.toSync
	}
	b.bar.SetTotal(int64(max(of, 1)), false) // false: the pass says when it is over
	b.bar.SetCurrent(int64(min(done, of)))
}

func (b *bar) close() {
	b.talk.through(func(io.Writer) io.Writer { return b.before })
	b.bar.Abort(true)
	b.progress.Wait()
}

// shortPhase leaves the bar its place in a line.
func shortPhase(phase string) string {
	short, _, _ := strings.Cut(phase, ":")
	return oneLine(cmp.Or(short, phaseNone))
}
