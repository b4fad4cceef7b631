package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"kycbatch/campaign"
)

// passOf says what a pass is about, for the display and the summary.
type passOf struct {
	campaign string
	work     int    // accounts that it has to take up, for the ETA
	limited  bool   // rows that stay pending are what was asked for
	again    repeat // how to type it again
}

// pass runs a create pass or an audit, shows how far it is, writes the result files and prints the summary.
func (p *program) pass(ctx context.Context, s *store, cfg campaign.Config, of passOf) (int, error) {
	view, err := p.finish(ctx, s, cfg, of)
	if err != nil {
		return 0, err
	}
	if p.options.output == formatJSON {
		err = p.print(view.object())
	} else {
		view.print(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the summary: %w", err)
	}
	s.desk.ended(view.object())
	p.told(ctx, s, view.sum)
	return view.code, nil
}

// finish runs a create pass or an audit, shows how far it is, and writes the result files. Its incidents are still to be told.
func (p *program) finish(ctx context.Context, s *store, cfg campaign.Config, of passOf) (finished, error) {
	var sum campaign.Summary
	err := p.watched(ctx, s, cfg, of, func(cfg campaign.Config) (err error) {
		sum, err = campaign.Create(ctx, cfg, of.campaign)
		return err
	})
	if err != nil {
		return finished{}, fmt.Errorf("run campaign %q: %w", of.campaign, err)
	}
	if why := stopOf(ctx); sum.Halt == campaign.HaltDrained && why != errInterrupted {
		sum.Cause = why
	}
	code := codeOfRun(sum, of.limited)
	files, err := p.writeResults(s, cfg, sum)
	if err != nil {
		p.talk.complain(err)
		code = weigh(code, codeOf(err))
	}
	return finished{sum, files, code, of}, nil
}

// watched shows how far a pass is, to this terminal and to whoever asks, and what a signal does to it.
func (p *program) watched(ctx context.Context, s *store, cfg campaign.Config, of passOf, pass func(campaign.Config) error) error {
	cfg.Progress = &campaign.Progress{}
	debug.FreeOSMemory() // what reading the file took
	var held time.Time
	if suspicion, ok := s.file.Suspect(); ok {
		held = suspicion.Until.Add(cfg.Settle)
	}
	g := p.watch(cfg, of.work, held)
	s.desk.passes(of.campaign, g)
	said := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(said)
		why := stopOf(ctx)
		s.desk.drains(why)
		p.talk.say("%s", drainNotice(why))
	})
	err := pass(cfg)
	if !unhook() {
		<-said
	}
	g.stop()
	s.desk.does("writing the results")
	return err
}

// told notes that a run's incidents were named: the next run need not. A signal must not make it name them twice.
func (p *program) told(ctx context.Context, s *store, sum campaign.Summary) {
	if len(sum.Incidents) == 0 {
		return
	}
	if err := s.ledger.Told(context.WithoutCancel(ctx), sum); err != nil {
		p.talk.complain(fmt.Errorf("the next run will name these incidents again: %w", err))
	}
}

// drainNotice says that nothing more is begun, and what a signal does from now on.
func drainNotice(why stop) string {
	if why == errInterrupted {
		return "Interrupted: finishing what is under way; press again to stop at once: a crash is safe."
	}
	return string(why) + ": finishing what is under way; Ctrl-C stops at once: a crash is safe."
}

func (p *program) writeResults(s *store, cfg campaign.Config, sum campaign.Summary) (campaign.Files, error) {
	c, err := s.ledger.Campaign(sum.Campaign)
	if err == nil {
		var files campaign.Files
		if files, err = s.ledger.WriteResults(campaign.ResultsDir(s.dir, c.Name), c, sum.Run, cfg.Exclude); err == nil {
			return files, nil
		}
	}
	return campaign.Files{}, fmt.Errorf("the result files could not be written (the ledger has everything; run again): %w", err)
}
