package main_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// point is one system call of a story, counted over all threads of the process, and how it is failed.
type point struct {
	story int
	how   string // kill, EIO or ENOSPC, see failing
	nth   int
}

// pointSaw is what failing tells.
type pointSaw struct {
	Points int    // that there were
	At     string // what was at the one that was failed; empty: the run ended before it
	Posts  int    // that left after it
	Sent   []int  // the points that are POSTs, where those are points
}

// failingCannot is the exit code of failing where there is no way to trace a process.
const failingCannot = 125

// pointSample is how many points are drawn where KYCBATCH_POINTS does not say otherwise.
const pointSample = 60

// How many places play points at a time: each has to be prepared, which takes as long as a few points.
const (
	pointWidth      = 8
	pointWidthOfAll = 24
)

// The real program is killed before each system call that changes its data directory or sends something, and each of
// those calls fails with EIO, and with ENOSPC from there on: the ledger stays whole, the exit code is what README.md
// promises, and once run again every row has what it would have had. KYCBATCH_POINTS is how many points are drawn, or
// all; with all, as many as a run turns out to have.
func TestPoints(t *testing.T) {
	t.Parallel() // it waits more than it works
	every := os.Getenv("KYCBATCH_POINTS") == "all"
	width := pointWidth
	if every {
		width = pointWidthOfAll
	}
	places := newPointPlaces(t, built(t), width)
	sum := newPointSum(t, places, pointStories(), "kill", "EIO", "ENOSPC")
	next := sum.every()
	if !every {
		next = sum.drawn(asked(t, "KYCBATCH_POINTS", pointSample))
	}
	err := sum.all(t.Context(), places, next)
	sum.log(t)
	require.NoError(t, err)
}

// With a rule of the protocol left out, a kill is found that harms a customer: one of those right after a POST, before
// its outcome is on disk.
func TestPointsFindMutants(t *testing.T) {
	t.Parallel()
	program, err := buildMutant()
	require.NoError(t, err)
	places := newPointPlaces(t, program, pointWidth)
	for _, mutant := range []string{"no intent", "guard in place of reconcile"} {
		for _, p := range places {
			p.env, p.shown = []string{"KYCBATCH_MUTANT=" + mutant}, 8*pointShown // longer than a process takes to start
		}
		sum := newPointSum(t, places, pointStories()[:1], "kill")
		require.Len(t, sum.sent[0], pointRows)
		var after []point
		for _, sent := range sum.sent[0] {
			after = append(after, point{0, "kill", sent + 1}, point{0, "kill", sent + 2}, point{0, "kill", sent + 3})
		}
		require.ErrorIs(t, sum.all(t.Context(), places, sum.each(after)), errHarm, mutant)
	}
}

var errCannotTrace = errors.New("this system lets no process be traced")

// pointSum knows the points, and adds up what became of them.
type pointSum struct {
	stories []pointStory
	expect  map[point]int // by story and how, nth 0: points of a run without faults
	sent    map[int][]int // by story: its POSTs among the points of kills
	order   []point       // those, in order

	mu                     sync.Mutex
	over                   map[point]bool // by story and how: a run ended before its point
	failed                 map[point]int  // likewise: how many were
	calls                  map[string]int // failed, by name
	codes                  map[string]int // by how, exit code and command
	harm, lost, torn, late int            // what was found: second mails and the like, rows not as they should be, ledgers not whole, POSTs
}

// newPointSum runs each story once without faults in each way, to see that it is what it should be and how many points
// it has. The test ends where the system does not let it begin.
func newPointSum(t *testing.T, places []*pointPlace, stories []pointStory, ways ...string) *pointSum {
	t.Helper()
	s := &pointSum{
		stories: stories, expect: map[point]int{}, sent: map[int][]int{}, over: map[point]bool{}, failed: map[point]int{},
		calls: map[string]int{}, codes: map[string]int{},
	}
	for i := range stories {
		for _, how := range ways {
			s.order = append(s.order, point{story: i, how: how})
		}
	}
	err := s.all(t.Context(), places, s.each(s.order))
	if errors.Is(err, errCannotTrace) {
		require.Empty(t, os.Getenv("KYCBATCH_PROVE"), "NOT RUN: system calls failed one by one: %v", errCannotTrace)
		t.Skipf("NOT RUN: system calls failed one by one: %v", errCannotTrace)
	}
	require.NoError(t, err)
	return s
}

// all plays points in all places at a time, until there are no more or one finds something.
func (s *pointSum) all(ctx context.Context, places []*pointPlace, next func() (point, bool)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for _, p := range places {
		all.Go(func() {
			for pt, ok := next(); ok && ctx.Err() == nil; pt, ok = next() {
				if err := s.play(ctx, p, pt); err != nil {
					cancel(fmt.Errorf("%s, %s at point %d: %w\n%s", s.stories[pt.story].name, pt.how, pt.nth, err, p.said.String()))
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// play plays a story with one point failed (none for the 0th), to its end, and judges it.
func (s *pointSum) play(ctx context.Context, p *pointPlace, pt point) (err error) {
	story := s.stories[pt.story]
	end, err := p.begin(ctx, story)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	saw, code, err := p.failed(ctx, story, pt)
	if code == failingCannot {
		return errCannotTrace
	}
	if err != nil {
		return err
	}
	said := p.said.String()
	torn := p.whole()
	err = torn
	if err == nil {
		err = story.finish(ctx, p)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // another place found something
	}
	v := p.api.Load().Journal().Verdict()
	harm, lost := harms(v), []string(nil)
	if err == nil {
		lost = story.wrong(p, v)
	}
	return errors.Join(err, s.add(pt, saw, code, said, torn, harm, lost))
}

// add counts what was found, and says what of it must not be.
func (s *pointSum) add(pt point, saw pointSaw, code int, said string, torn error, harm, lost []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := point{story: pt.story, how: pt.how}
	if pt.nth == 0 {
		s.expect[kind] = saw.Points
		if pt.how == "kill" {
			s.sent[pt.story] = saw.Sent
		}
	} else if saw.At == "" {
		s.over[kind] = true
	} else {
		s.failed[kind]++
		name, _, _ := strings.Cut(saw.At, " ")
		s.calls[name]++
		s.codes[fmt.Sprintf("%s of %s: exit code %d", pt.how, s.stories[pt.story].name, code)]++
	}
	codes, reason := promised(pt, saw)
	var wrong []string
	if !slices.Contains(codes, code) {
		wrong = append(wrong, fmt.Sprintf("exit code %d, want one of %d", code, codes))
	}
	if code != 0 && !strings.Contains(said, reason) {
		wrong = append(wrong, fmt.Sprintf("the reason is not said: %q", reason))
	}
	if saw.Posts > 0 && !slices.Contains(codes, 0) {
		s.late++
		wrong = append(wrong, fmt.Sprintf("%d POSTs after it", saw.Posts))
	}
	if torn != nil {
		s.torn++
	}
	if len(harm) > 0 {
		s.harm++
	}
	if len(lost) > 0 {
		s.lost++
	}
	if len(harm) > 0 {
		return fmt.Errorf("%w: at %s: %s", errHarm, saw.At, strings.Join(harm, "; "))
	}
	if wrong = append(wrong, lost...); len(wrong) > 0 {
		return fmt.Errorf("at %s: %s", saw.At, strings.Join(wrong, "; "))
	}
	return nil
}

// promised are the exit codes that README.md promises for a run that was failed so, and what such a run says.
func promised(pt point, saw pointSaw) (codes []int, reason string) {
	switch {
	case pt.nth == 0 || saw.At == "":
		return []int{0}, ""
	case pt.how == "kill":
		return []int{137}, ""
	case pt.how == "ENOSPC":
		return []int{5}, "no space left on device"
	case dispensable(saw.At):
		return []int{0, 1, 5}, "input/output error"
	}
	return []int{1, 5}, "input/output error"
}

// dispensable says whether a run can do without what failed: who holds the ledger and the socket that tells of the run
// are for others, a file of rejected rows is there only for rows that were, and what is removed may have been gone.
func dispensable(at string) bool {
	call, path, _ := strings.Cut(at, " ")
	return call == "unlinkat" || strings.Contains(path, "ledger.holder") || strings.Contains(path, "control.") || strings.Contains(path, "rejected")
}

// drawn gives n points of those that runs without faults had, all equally likely, none twice.
func (s *pointSum) drawn(n int) func() (point, bool) {
	var all []point
	for _, kind := range s.order {
		for i := range s.expect[kind] {
			all = append(all, point{kind.story, kind.how, i + 1})
		}
	}
	random := rand.New(rand.NewPCG(5, 0)) // for the same points, the same draw
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return s.each(all[:min(n, len(all))])
}

// each gives some points one after the other.
func (s *pointSum) each(all []point) func() (point, bool) {
	return func() (pt point, ok bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(all) == 0 {
			return pt, false
		}
		pt, all = all[0], all[1:]
		return pt, true
	}
}

// every gives all points: of each kind from the first, until a run ended before it came to its point.
func (s *pointSum) every() func() (point, bool) {
	kinds, nth := slices.Clone(s.order), 0
	return func() (pt point, ok bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for len(kinds) > 0 && s.over[kinds[0]] {
			kinds, nth = kinds[1:], 0
		}
		if len(kinds) == 0 {
			return pt, false
		}
		nth++
		return point{kinds[0].story, kinds[0].how, nth}, true
	}
}

// log prints the figures, one fact a line.
func (s *pointSum) log(t *testing.T) {
	t.Helper()
	points := 0
	for _, kind := range s.order {
		points += s.failed[kind]
		t.Logf("%d points of %s: %s; a run without faults has %d", s.failed[kind], s.stories[kind.story].name, kind.how, s.expect[kind])
	}
	t.Logf("%d system calls failed, one a run", points)
	t.Logf("%d of %d points: second invitation, revoke by accident or account without a session", s.harm, points)
	t.Logf("%d of %d points: row lost, or wrong in the results, after a run without faults", s.lost, points)
	t.Logf("%d of %d points: ledger not whole", s.torn, points)
	t.Logf("%d of %d points: request that mails, sent after a write had failed", s.late, points)
	for _, count := range []map[string]int{s.calls, s.codes} {
		for _, name := range slices.Sorted(maps.Keys(count)) {
			t.Logf("  %4d %s", count[name], name)
		}
	}
}
