package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"kycbatch/campaign"
	"kycbatch/internal/control"
)

// encounter is a run that holds the ledger, met by a command that wanted to read it.
type encounter struct {
	client *control.Client
	run    control.Run // as it was when it was met
	dir    string
}

// tries is how often a command looks whether the ledger is free, or its holder can be asked: a run that begins or ends
// just then can be neither for a moment. Each look at a ledger that is held waits for a quarter of a second.
const tries = 4

// meet opens the ledger for reading. Where a run holds it, ask is called to ask that run instead, and the store is
// nil; ask may say control.ErrNobody to have another look. An empty field of the identity is not compared.
func (p *program) meet(ctx context.Context, identity campaign.LedgerIdentity, ask func(encounter) error) (*store, error) {
	dir := p.dataDir()
	for n := 1; ; n++ {
		file, err := campaign.ReadLedger(dir, campaign.LedgerOptions{Identity: identity})
		var locked *campaign.LockedError
		if !errors.As(err, &locked) {
			if err != nil {
				return nil, p.missing(err)
			}
			return &store{file: file, ledger: campaign.NewLedger(file), dir: dir}, nil
		}
		e := encounter{client: control.NewClient(dir), dir: dir}
		if e.run, err = e.client.Run(ctx); err == nil {
			err = ask(e)
		}
		if err == nil {
			return nil, nil
		}
		if !errors.Is(err, control.ErrNobody) || n == tries {
			return nil, p.unanswered(locked, err)
		}
	}
}

// unanswered says why the process that holds the ledger could not be asked. Any other end of a question, such as the
// cause of a context, is an error of its own.
func (p *program) unanswered(locked *campaign.LockedError, err error) error {
	here, _ := os.Hostname()
	var refused *control.RefusedError
	next := ""
	switch {
	case errors.Is(err, control.ErrNobody) && locked.Holder.Host != "" && locked.Holder.Host != here:
		next = "it runs on another machine: ask there"
	case errors.Is(err, control.ErrNobody):
		next = "it began or ends just now, or said when it began why it cannot be asked; try again in a moment"
	case errors.Is(err, control.ErrSilent):
		next = "it may have been suspended (kill -CONT lets it go on), or its disk or its machine hangs; nothing was changed"
	case errors.As(err, &refused):
		next = "nothing was changed; try again, or wait for the run to end"
	case errors.Is(err, os.ErrPermission):
		next = "only the user who runs it can ask it"
	default:
		return err
	}
	return failed(exitLocked, next, "%w; it was asked, but: %w", locked, err)
}

// read opens the ledger for reading only: the ledger itself, or a copy where a run holds it. An empty field of the
// identity is not compared.
func (p *program) read(ctx context.Context, identity campaign.LedgerIdentity) (*store, error) {
	var copied *store
	s, err := p.meet(ctx, identity, func(e encounter) error {
		return e.client.Snapshot(ctx, func(dir string) error {
			file, err := campaign.ReadLedger(dir, campaign.LedgerOptions{Identity: identity})
			if errors.Is(err, campaign.ErrLedgerMissing) {
				return control.ErrNobody // the run ended meanwhile, and took the copy away
			}
			if err == nil {
				copied = &store{file: file, ledger: campaign.NewLedger(file), dir: e.dir, copied: true}
				p.talk.say("%s holds the ledger: this reads a copy of it, made just now.", inWords(e.run))
			}
			return err
		})
	})
	if copied != nil && err != nil {
		return nil, errors.Join(err, copied.close())
	}
	if s == nil {
		s = copied
	}
	return s, err
}

// inWords names a run.
func inWords(r control.Run) string {
	return fmt.Sprintf("Process %d (%s) of user %s on %s", r.PID, r.Command, r.User, r.Host)
}
