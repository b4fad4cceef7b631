package main

import (
	"context"
	"errors"
	"fmt"
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

// attended shows how far a pass of so many accounts is while it runs, and what a signal does to it. It gives cfg the
// place where the pass says that.
func (p *program) attended(ctx context.Context, s *store, cfg *campaign.Config, work int, run func() error) error {
	cfg.Progress = &campaign.Progress{}
	var held time.Time
	if suspicion, ok := s.file.Suspect(); ok {
		held = suspicion.Until.Add(cfg.Settle)
	}
	done := p.watch(*cfg, work, held)
	defer done()
	said := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(said)
		p.talk.say("Interrupted: finishing what is under way; press again to stop at once: a crash is safe.")
	})
	err := run()
	if !unhook() {
		<-said
	}
	return err
}

// told notes that incidents were named: the next run need not. A signal must not make it name them twice.
func (p *program) told(ctx context.Context, s *store, sum campaign.Summary) {
	if err := s.ledger.Told(context.WithoutCancel(ctx), sum); err != nil {
		p.talk.complain(fmt.Errorf("the next run will name these incidents again: %w", err))
	}
}

// pass runs a create pass or an audit, shows how far it is, writes the result files and prints the summary.
func (p *program) pass(ctx context.Context, s *store, cfg campaign.Config, of passOf) (int, error) {
	var sum campaign.Summary
	err := p.attended(ctx, s, &cfg, of.work, func() (err error) {
		sum, err = campaign.Create(ctx, cfg, of.campaign)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("run campaign %q: %w", of.campaign, err)
	}
	code := codeOfRun(sum, of.limited)
	files, err := p.writeResults(s, cfg, sum)
	if err != nil {
		p.talk.complain(err)
		code = weigh(code, codeOf(err))
	}
	view := finished{sum, files, code, of}
	if p.options.output == formatJSON {
		err = p.print(view.object())
	} else {
		view.print(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the summary: %w", err)
	}
	p.told(ctx, s, sum)
	return code, nil
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
