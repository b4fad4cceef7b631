package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// cores is what the whole proof may keep busy.
const cores = 2

// proof runs parts of one commit.
type proof struct {
	tree tree
	dir  string      // of what is kept of each part, and of its logs
	talk *log.Logger // how far it is
}

// forget has a part run again.
func (p proof) forget(parts []part, name string) error {
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
		if part.name != name {
			continue
		}
		if err := os.Remove(filepath.Join(p.dir, name+".json")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return fmt.Errorf("-again %s: there is no such part; there are %s", name, strings.Join(names, ", "))
}

// all runs every part that has not ended yet, in their order, as many at a time as there are cores for. The results are in
// the order of the parts. It is an error where one has none: the next run goes on there.
func (p proof) all(ctx context.Context, parts []part) ([]result, error) {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	var (
		results = make([]result, len(parts))
		errs    = make([]error, len(parts))
		free    = make(chan struct{}, cores)
		running sync.WaitGroup
	)
	for range cores {
		free <- struct{}{}
	}
	for i, part := range parts {
		var done bool
		if results[i], done, errs[i] = saved(p.dir, part); done || errs[i] != nil {
			continue
		}
		for range part.cores {
			<-free
		}
		running.Go(func() {
			results[i], errs[i] = p.one(ctx, part)
			for range part.cores {
				free <- struct{}{}
			}
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return nil, errors.New("interrupted; make prove goes on with the parts that have not ended")
	}
	return results, errors.Join(errs...)
}

// one runs one part and keeps what became of it. A part that was interrupted leaves nothing.
func (p proof) one(ctx context.Context, part part) (result, error) {
	if err := ctx.Err(); err != nil {
		return result{}, err
	}
	p.talk.Printf("%s: begins, %.1f minutes at most", part.name, part.minutes)
	r := result{Part: part.name, Minutes: part.minutes, Started: time.Now().UTC(), Ends: make([]ending, len(part.commands))}
	within, cancel := context.WithDeadline(ctx, r.Started.Add(part.time()))
	defer cancel()

	var (
		found = make([][]fact, len(part.commands))
		errs  = make([]error, len(part.commands))
		lanes sync.WaitGroup
		next  = make(chan int)
	)
	for range part.width() {
		lanes.Go(func() {
			for n := range next {
				r.Ends[n], found[n], errs[n] = p.command(within, part, n)
			}
		})
	}
	for n := range part.commands {
		next <- n
	}
	close(next)
	lanes.Wait()
	r.Seconds = time.Since(r.Started).Seconds()
	for _, f := range found {
		r.Facts = append(r.Facts, f...)
	}
	r.Facts = sum(r.Facts)
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return r, err
	}
	if err := p.tree.unchanged(ctx); err != nil {
		return r, fmt.Errorf("%s: %w", part.name, err)
	}
	p.talk.Printf("%s: %s, %s", part.name, clock(r.Seconds), word(r))
	return r, r.save(p.dir)
}

// command runs the n-th command of a part, and reads what it printed.
func (p proof) command(ctx context.Context, part part, n int) (ending, []fact, error) {
	c := part.commands[n]
	end := ending{Command: c.line()}
	if ctx.Err() != nil {
		return end, nil, nil
	}
	output, err := os.Create(filepath.Join(p.dir, fmt.Sprintf("%s-%d.log", part.name, n))) //nolint:gosec // our own
	if err != nil {
		return end, nil, err
	}
	defer output.Close() //nolint:errcheck // no more of it is needed than what is read below
	env := []string{"KYCBATCH_PROVE=1", fmt.Sprintf("GOMAXPROCS=%d", max(1, part.cores/part.width()))}
	if deadline, has := ctx.Deadline(); has && c.till {
		env = append(env, "KYCBATCH_UNTIL="+deadline.Add(-min(30*time.Second, part.time()/5)).UTC().Format(time.RFC3339))
	}
	end.Begun = true
	if end.Exit, err = runCommand(ctx, p.tree.root, c, env, output); err != nil {
		return end, nil, fmt.Errorf("%s: %s: %w", part.name, end.Command, err)
	}
	end.Cut = ctx.Err() != nil
	return p.read(end, c, output.Name())
}

// read completes an ending by what the command printed.
func (p proof) read(end ending, c command, path string) (ending, []fact, error) {
	text, err := os.ReadFile(path) //nolint:gosec // our own
	if err != nil {
		return end, nil, err
	}
	said := string(text)
	found, err := facts(strings.NewReader(said))
	if err != nil {
		return end, nil, err
	}
	end.Empty = strings.Contains(said, "no tests to run") || strings.Contains(said, "no fuzz tests to fuzz")
	for _, m := range broken.FindAllStringSubmatch(said, -1) {
		end.Broken = append(end.Broken, m[1])
	}
	end.Missed = c.mayMiss && len(found) > 0 && found[0].Kind == notRun
	if c.fuzz != "" {
		found = append(found, fuzzed(said, c.fuzz, c.dir))
		if end.Finds, err = p.takeFinds(c); err != nil {
			return end, nil, err
		}
	}
	if c.race() {
		found = raced(said) // what these tests count is counted where they run at length
	}
	if end.failed() {
		end.Tail, err = tail(path, p.tree.root)
	}
	return end, found, err
}

// ended is the word for a part of which nothing was cut, missed or failed.
const ended = "ended"

// word says in one word or two how a part ended.
func word(r result) string {
	if r.failed() {
		return "FAILED"
	}
	for _, e := range r.Ends {
		switch {
		case e.Cut || !e.Begun:
			return "cut by its time"
		case e.Missed:
			return "not run"
		}
	}
	return ended
}
