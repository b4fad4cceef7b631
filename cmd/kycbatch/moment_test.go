package main_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// moment says when a process is killed: some time after it has come so far, and at most after some time.
// Answers are the better clock, because a process does most of what can go wrong in a few milliseconds
// whose place nobody knows on a busy machine.
type moment struct {
	requests int           // so far: as many were answered; 0 is the start
	audit    bool          // so far: it audits
	after    time.Duration // that
	atMost   time.Duration // after the start
}

// randomMoment spreads kills over the life of a run: its start and the import, the first look and the
// canary, the thick of it, the waiting for the settle time, the audit. A file's first run is more often
// killed young: only there is something to take in.
func randomMoment(random *rand.Rand, first bool) *moment {
	within := func(limit time.Duration) time.Duration { return time.Duration(random.Int64N(int64(limit))) }
	x := random.IntN(100)
	if first {
		x /= 4
	}
	switch {
	case x < 20:
		return &moment{after: within(40 * time.Millisecond), atMost: time.Second}
	case x < 70:
		return &moment{requests: 1 + random.IntN(60), after: within(15 * time.Millisecond), atMost: 2 * time.Second}
	case x < 88:
		return &moment{after: within(2 * stormSettle), atMost: 2 * stormSettle}
	case x < 94:
		return &moment{after: within(7 * stormSettle), atMost: 7 * stormSettle}
	default:
		return &moment{audit: true, after: within(time.Second), atMost: 7 * stormSettle}
	}
}

// await returns when the moment has come, or the process has ended.
func (m moment) await(reached, ended <-chan struct{}) {
	latest := time.NewTimer(m.atMost)
	defer latest.Stop()
	select {
	case <-reached:
	case <-latest.C:
		return
	case <-ended:
		return
	}
	now := time.NewTimer(m.after)
	defer now.Stop()
	select {
	case <-now.C:
	case <-latest.C:
	case <-ended:
	}
}

// watcher reads the stderr of a process that logs its requests as text. Its fields are its own until the
// process has ended.
type watcher struct {
	mu       sync.Mutex
	text     bytes.Buffer
	rest     []byte // a line that has no end yet
	requests int
	last     string // what the newest of them was
	lastAt   time.Time
	auditing bool
	wanted   *moment
	reached  chan struct{} // closed when the process has come as far as the moment wants
}

func newWatcher(m *moment) *watcher {
	w := &watcher{wanted: m, reached: make(chan struct{})}
	w.check()
	return w
}

// check closes reached once its time has come.
func (w *watcher) check() {
	if m := w.wanted; m != nil && w.requests >= m.requests && (w.auditing || !m.audit) {
		w.wanted = nil
		close(w.reached)
	}
}

func (w *watcher) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	w.rest = append(w.rest, b...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		w.rest = rest
		w.line(string(line))
	}
}

func (w *watcher) line(line string) {
	defer w.check()
	if !strings.Contains(line, "msg=request") {
		w.auditing = w.auditing || strings.Contains(line, " auditing")
		return
	}
	w.requests++
	w.lastAt = time.Now()
	switch {
	case strings.Contains(line, "method=POST"):
		w.last = "after the answer to a create"
	case strings.Contains(line, "method=DELETE"):
		w.last = "after the answer to a DELETE"
	case strings.Contains(line, "path=kyc-sessions/"):
		w.last = "after the read-back"
	default:
		w.last = "after a list"
	}
}

// stage says in words what the process was doing at the end, as far as its log tells.
func (w *watcher) stage(end time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.requests == 0:
		return "before the first answer"
	case w.auditing:
		return "in the audit"
	case end.Sub(w.lastAt) > 50*time.Millisecond:
		return "while waiting"
	}
	return w.last
}

// tail is the end of what it said.
func (w *watcher) tail() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.text.Bytes()
	return string(b[max(0, len(b)-2000):])
}
