package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxSpeed is the fastest that a [Clock] runs: a day each second.
const maxSpeed = 86_400

// Clock is a world's time. It runs a whole number of times as fast as the process's own clock and can
// be set forward, never back. It is safe for concurrent use; make one with [NewClock].
type Clock struct {
	read func() time.Time // instead of all below but the watchers: somebody else's clock

	mu       sync.Mutex
	world    time.Time // the world's time …
	own      time.Time // … when the process's own clock said this
	speed    int
	watchers map[int]func() // by the order of watch
	watched  int
}

// NewClock gives a clock that says start now and runs speed times as fast as the process's own: 1 is
// real time, 600 ten minutes a second, 0 stands still until it is set. A zero start is the present.
// Speeds below 0 and above 86,400 (a day each second) are errors.
func NewClock(start time.Time, speed int) (*Clock, error) {
	if err := checkSpeed(speed); err != nil {
		return nil, err
	}
	now := time.Now()
	if start.IsZero() {
		start = now
	}
	return &Clock{world: start, own: now, speed: speed}, nil
}

func checkSpeed(speed int) error {
	if speed < 0 || speed > maxSpeed {
		return fmt.Errorf("sandbox: a clock %d times as fast; it must be between 0 and %d", speed, maxSpeed)
	}
	return nil
}

// ParseSpeed reads how fast a clock runs, as in "600x".
func ParseSpeed(text string) (int, error) {
	speed, err := strconv.Atoi(strings.TrimSuffix(text, "x"))
	if err != nil {
		return 0, fmt.Errorf("sandbox: speed %q; write how many times as fast as real time, as in 600x", text)
	}
	return speed, checkSpeed(speed)
}

// Now is the world's time.
func (c *Clock) Now() time.Time {
	if c.read != nil {
		return c.read()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return c.world.Add(times(time.Since(c.own), c.speed)) }

// times multiplies; what a Duration cannot hold is the longest one.
func times(d time.Duration, n int) time.Duration {
	if n > 0 && d > math.MaxInt64/time.Duration(n) {
		return math.MaxInt64
	}
	return d * time.Duration(n)
}

// Speed is how many times as fast as the process's own the clock runs.
func (c *Clock) Speed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed changes how fast the clock runs from now on. The speeds are those of [NewClock].
func (c *Clock) SetSpeed(speed int) error {
	if err := checkSpeed(speed); err != nil {
		return err
	}
	return c.change(func(now time.Time) (time.Time, error) {
		c.speed = speed
		return now, nil
	})
}

// Advance sets the clock forward by d. When it returns, all that fell due in between has happened, in
// order and each at its time.
func (c *Clock) Advance(d time.Duration) error {
	return c.change(func(now time.Time) (time.Time, error) { return now.Add(d), forward(d) })
}

// Set sets the clock forward to t, as Advance does.
func (c *Clock) Set(t time.Time) error {
	return c.change(func(now time.Time) (time.Time, error) { return t, forward(t.Sub(now)) })
}

func forward(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("sandbox: the clock would be set back by %v; a world has no way back", -d)
	}
	return nil
}

// change replaces the world's time and tells the watchers, who may look at the clock again.
func (c *Clock) change(to func(now time.Time) (time.Time, error)) error {
	if c.read != nil {
		return errors.New("sandbox: this world's clock is Config.Now; it is not the sandbox's to change")
	}
	c.mu.Lock()
	world, err := to(c.now())
	if err != nil {
		c.mu.Unlock()
		return err
	}
	c.world, c.own = world, time.Now()
	watchers := make([]func(), 0, len(c.watchers))
	for _, k := range slices.Sorted(maps.Keys(c.watchers)) {
		watchers = append(watchers, c.watchers[k])
	}
	c.mu.Unlock()
	for _, tell := range watchers {
		tell()
	}
	return nil
}

// watch has tell called, with no lock held, after each change until stop.
func (c *Clock) watch(tell func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers == nil {
		c.watchers = map[int]func(){}
	}
	c.watched++
	k := c.watched
	c.watchers[k] = tell
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, k)
	}
}

// leastWait keeps a timer from firing again and again in one instant of a clock that is not ours.
const leastWait = time.Millisecond

// until is how long the process has to wait until the world's time is t; false where waiting does not
// help. Of somebody else's clock it is a guess.
func (c *Clock) until(t time.Time) (time.Duration, bool) {
	if c.read != nil {
		return max(t.Sub(c.read()), leastWait), true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.speed == 0 {
		return 0, false
	}
	n := time.Duration(c.speed)
	return (t.Sub(c.now()) + n - 1) / n, true
}
