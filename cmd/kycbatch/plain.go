package main

import (
	"cmp"
	"time"
)

// plainEvery is how often the plain display says how far the pass is.
const plainEvery = 30 * time.Second

// plain is the display for logs and pipes: a line at each new phase, and one each 30 seconds.
type plain struct {
	talk  *talk
	phase string
	down  bool          // as it was said last
	said  time.Duration // when the last line was written, since the pass began
}

func (d *plain) show(v view) {
	if v.phase == d.phase && v.down == d.down && v.elapsed-d.said < plainEvery {
		return
	}
	line := cmp.Or(v.phase, phaseNone)
	if v.phase == d.phase || v.done()+v.synced > 0 { // at the very beginning there is nothing to count
		line += ": " + howFar(v.pass(), v.at)
	}
	d.phase, d.down, d.said = v.phase, v.down, v.elapsed
	d.talk.say("%s %s", span(v.elapsed), line)
}

func (*plain) close() {}
