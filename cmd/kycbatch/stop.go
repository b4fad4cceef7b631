package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
	"kycbatch/internal/control"
)

// stopOptions are the flags of stop.
type stopOptions struct {
	noWait  bool
	timeout time.Duration
}

const stopLong = `Ask the run that holds the ledger to stop, as its first Ctrl-C does: it begins nothing more, finishes what is
under way, writes its results and ends with 130. The next run goes on. It is never killed.

This waits until the ledger is free, and says what the run's end was. Where no run is on, it says so.

`

func newStop(p *program) *cobra.Command {
	var o stopOptions
	cmd := &cobra.Command{
		Use:     "stop",
		Short:   "Let the run that is on finish what is under way, and end",
		Long:    stopLong + exitHelp,
		Example: "  kycbatch stop\n  kycbatch stop --timeout 10m -o json",
		Args:    cobra.NoArgs,
		RunE:    p.does(func(ctx context.Context, _ []string) (int, error) { return p.stop(ctx, o) }),
	}
	cmd.Flags().BoolVar(&o.noWait, "no-wait", false, "ask, and do not wait for the end")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 5*time.Minute, "wait no longer than this; the run goes on finishing (exit 11)")
	meansItsOwn(cmd.Flags(), "timeout") // elsewhere it is that of one request
	return cmd
}

// stoppedJSON is the object that -o json prints: schema kycbatch/stop/1.
type stoppedJSON struct {
	Schema  string       `json:"schema"`
	Run     *control.Run `json:"run,omitempty"`     // as it was when it was asked; none: no run was on
	Free    bool         `json:"free"`              // the ledger is: no run is on any more
	Summary *summaryJSON `json:"summary,omitempty"` // the run's end; none: not waited for, or it ended without one
}

// errStillOn is the cause of a wait that took too long.
const errStillOn stop = "it still holds the ledger"

// stop is the command.
func (p *program) stop(ctx context.Context, o stopOptions) (code int, err error) {
	if o.timeout <= 0 {
		return 0, failed(exitUsage, "", "--timeout %s: it must be above zero", o.timeout)
	}
	done := stoppedJSON{Schema: "kycbatch/stop/1", Free: !o.noWait}
	s, err := p.meet(ctx, campaign.LedgerIdentity{}, func(e encounter) error {
		if err := e.client.Stop(ctx, control.Asker{PID: os.Getpid(), User: userName()}); err != nil {
			return err
		}
		done.Run = &e.run
		p.talk.say("%s was asked to stop: it finishes what is under way.", inWords(e.run))
		if o.noWait {
			return nil
		}
		done.Summary, err = p.awaitEnd(ctx, e, o.timeout)
		return err
	})
	if err != nil {
		return 0, err
	}
	if s != nil {
		done.Free = true
		if err := s.close(); err != nil {
			return 0, err
		}
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(done)
	}
	p.printStopped(done)
	return exitDone, nil
}

// awaitEnd waits until a run that was asked to stop has ended and its ledger is free; sum is nil where it ended
// without one.
func (p *program) awaitEnd(ctx context.Context, e encounter, timeout time.Duration) (sum *summaryJSON, err error) {
	waiting, cancel := context.WithTimeoutCause(ctx, timeout, errStillOn)
	defer cancel()
	var told summaryJSON
	known, err := e.client.End(waiting, &told)
	if err != nil && waiting.Err() == nil {
		p.log.Info("the run's end is not known", "why", err) // it crashed, or many wait for it: the lock says the rest
	}
	if known {
		sum = &told
	}
	for waiting.Err() == nil {
		if free(e) {
			return sum, nil
		}
	}
	switch why := context.Cause(waiting); {
	case errors.Is(why, errStillOn):
		return nil, failed(exitLocked, "it goes on finishing; `kycbatch status` says how far it is", "%s was asked to stop, and %w after %s", inWords(e.run), why, timeout)
	default:
		return nil, failed(exitInterrupted, "the run was asked to stop all the same, and goes on finishing", "%w", why)
	}
}

// free says whether the run that was met holds the ledger no more; it takes a quarter of a second to say no.
func free(e encounter) bool {
	file, err := campaign.ReadLedger(e.dir, campaign.LedgerOptions{})
	if err == nil {
		_ = file.Close() // it was only read
	}
	var locked *campaign.LockedError
	if !errors.As(err, &locked) {
		return true
	}
	return locked.Holder.PID != 0 && locked.Holder.PID != e.run.PID // 0: it lets go just now
}

func (p *program) printStopped(done stoppedJSON) {
	switch sum := done.Summary; {
	case done.Run == nil:
		fmt.Fprintln(p.out, "No run is on.")
	case !done.Free:
		fmt.Fprintln(p.out, "Asked to stop; not waited for.")
	case sum == nil:
		fmt.Fprintln(p.out, "The run ended, without a summary. The ledger is free.")
	default:
		fmt.Fprintf(p.out, "The run of campaign %s ended with exit code %d. The ledger is free.\n\n", sum.Campaign, sum.ExitCode)
		counts := map[campaign.Outcome]int{}
		for name, n := range maps.All(sum.Counts) {
			counts[campaign.Outcome(name)] = n
		}
		printCounts(p.out, counts, meaning)
		if sum.Halt != "" {
			fmt.Fprintf(p.out, "\nStopped early: %s\n", oneLine(sum.Halt))
		}
		if sum.Cause != "" {
			fmt.Fprintf(p.out, "  %s\n", oneLine(sum.Cause))
		}
	}
}
