package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"time"

	"kycbatch/campaign"
)

// lane is one operator: one data directory, one file after the other, one process at a time.
type lane struct {
	*ordeal
	name   string
	dir    string
	random *rand.Rand
	quota  int  // of kills
	links  bool // its campaigns are of the redirect flow
	files  []givenFile
	story  []string // a line a run

	runs, kills       int
	stages            map[string]int // kills by what the run was doing
	doubtful, inDoubt int            // kills that left rows in doubt, and how many
	orphans           int            // sessions that were replaced because their link was lost, as the program counts them
}

// givenFile is a CSV of rows that are numbered from 0.
type givenFile struct {
	path   string
	prefix string // of its accounts, and its campaign's name
	rows   int
}

// live gives the program new files until the kills are made, and lets it finish the last one.
func (l *lane) live(ctx context.Context) error {
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return err
	}
	for len(l.files) == 0 || l.kills < l.quota {
		f := givenFile{prefix: fmt.Sprintf("%sF%02d", l.name, len(l.files)), rows: 40 + l.random.IntN(21)}
		var err error
		if f.path, err = numberedRows(l.dir, f.prefix, f.rows); err != nil {
			return err
		}
		l.files = append(l.files, f)
		if err := l.finish(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// finish starts the program again until it says that the file is done.
func (l *lane) finish(ctx context.Context, f givenFile) error {
	for i := range 100 + l.quota {
		var m *moment
		if l.kills < l.quota {
			m = randomMoment(l.random, i == 0)
		}
		done, err := l.start(ctx, f, m)
		if harm := l.harm(ctx); harm != nil { // what the program then says of it is no matter
			return harm
		}
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s is not finished after %d runs", f.prefix, 100+l.quota)
}

// start runs the program once, and kills it at m unless it ends before; nil is never. Whoever ends by
// itself must say why: it is done, or has to be run again.
func (l *lane) start(ctx context.Context, f givenFile, m *moment) (done bool, err error) {
	l.runs++
	began := time.Now()
	watch, stdout := newWatcher(m), &bytes.Buffer{}
	args := []string{"create", f.path, "--data-dir", l.dir, "--api-url", l.api.base, "--yes", "-v", "-o", "json",
		"--rate", "5000/s", "--workers", "8", "--timeout", "800ms", "--settle", stormSettle.String(), "--max-attempts", "20"}
	if l.links {
		args = append(args, "--flow", "redirect", "--redirect-url", "https://shop.example.com/kyc-done")
	}
	cmd := exec.CommandContext(ctx, l.program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = l.env, stdout, watch
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(ended)
	}()
	if m != nil {
		m.await(watch.reached, ended)
		_ = cmd.Process.Kill() // it may have ended by itself
	}
	<-ended
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	how := cmd.ProcessState.String()
	if cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		stage := watch.stage(time.Now())
		l.kills++
		if stage, err = l.left(f, stage); err != nil {
			return false, err
		}
		l.stages[stage]++
		how += " " + stage
	}
	l.story = append(l.story, fmt.Sprintf("%s run %d of %s, %d ms, %d requests: %s", began.Format("05.000"), l.runs, f.prefix,
		time.Since(began).Milliseconds(), watch.requests, how))
	switch code := cmd.ProcessState.ExitCode(); code {
	case -1, 5:
		return false, nil
	case 0:
		var r runResult
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			return false, err
		}
		if wrong := r.addsUp(f.rows, "created", "adopted", "already"); wrong != "" {
			return false, errors.New(wrong)
		}
		if l.links && (r.Links.Written != f.rows || r.Links.Lost > 0) {
			return false, fmt.Errorf("%d rows of the redirect flow went in, and the summary says %+v", f.rows, r.Links)
		}
		l.orphans += r.Links.Orphans
		return true, nil
	default:
		return false, fmt.Errorf("%s ended with code %d: %s%s", f.prefix, code, stdout, watch.tail())
	}
}

// left counts what a killed process left in doubt, in a ledger that must be whole.
func (l *lane) left(f givenFile, stage string) (string, error) {
	file, err := campaign.ReadLedger(l.dir, campaign.LedgerOptions{})
	if errors.Is(err, campaign.ErrLedgerMissing) && !errors.Is(err, campaign.ErrLedgerLost) {
		return "before there was a ledger", nil
	}
	if err != nil {
		return "", err
	}
	ledger := campaign.NewLedger(file)
	inDoubt, err := 0, error(nil)
	all, err := ledger.Campaigns()
	known := false
	for _, c := range all {
		if c.Name != f.prefix {
			continue
		}
		known = c.Import > 0
		for result, wrong := range ledger.Results(c, 0, nil) {
			err = errors.Join(err, wrong)
			if result.Outcome == campaign.OutcomeInDoubt {
				inDoubt++
			}
		}
	}
	if inDoubt > 0 {
		l.doubtful++
		l.inDoubt += inDoubt
	}
	if !known {
		stage = "before the file was taken in"
	}
	return stage, errors.Join(err, file.Close())
}
