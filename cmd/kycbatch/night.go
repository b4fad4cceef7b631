package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// The parts of a night, by their names.
const (
	partCreate = "create"
	partSync   = "sync"
	partResend = "resend"
	partReport = "report"
	partBackup = "backup"
)

// nightParts are the names of all parts, in their order.
func nightParts() []string { return []string{partCreate, partSync, partResend, partReport, partBackup} }

// A needs says what a part cannot do without.
type needs int

const (
	needsLedger needs = iota // the ledger alone
	needsAPI                 // to look at the API
	needsMails               // to send what may mail customers
)

// part is one thing that a night does.
type part struct {
	name  string
	needs needs
	run   func(context.Context) (partEnd, error) // an error: it came to no end of its own
}

// partEnd is how a part ended, or why it was not begun.
type partEnd struct {
	name    string
	end     nightEnd
	code    int
	why     string // what stopped it, or kept it from beginning; "" nothing did
	line    string // what it did, in a few words
	result  any    // what its own command prints with -o json; nil: nothing
	halt    campaign.Halt
	sum     campaign.Summary // whose incidents are to be told
	counted bool             // sum has the campaign's rows
}

// nightEnd is a word for how a part ended.
type nightEnd string

const (
	endDone    nightEnd = "done"    // it came to its end; its code says what it found
	endStopped nightEnd = "stopped" // it ended early, and says why
	endFailed  nightEnd = "failed"  // it came to nothing
	endNotRun  nightEnd = "not_run" // something before it kept it from beginning
	endSkipped nightEnd = "skipped" // nobody wanted it
)

// night is one call of nightly: parts one after the other, under one hold of the ledger.
type night struct {
	program  *program
	o        nightlyOptions
	flags    *pflag.FlagSet
	began    time.Time
	name     string // of the campaign; "" where it is not known yet
	campaign campaign.Campaign
	store    *store // nil: it could not begin
	cfg      campaign.Config
	policy   campaign.Policy
	ends     []partEnd

	failure     error // why it could not begin
	interrupted bool  // parts were left out for it
	untold      error // why --notify-cmd did not do its work
	unmeasured  error // why the metrics file could not be written

	// Why something is left out from here on; "" it is not.
	noMails, noAPI, noLedger string
}

// parts are all parts in their order.
func (n *night) parts() []part {
	return []part{
		{partCreate, needsMails, n.create},
		{partSync, needsAPI, n.sync},
		{partResend, needsMails, n.resend},
		{partReport, needsLedger, n.report},
		{partBackup, needsLedger, n.backup},
	}
}

// spend does the parts, one after the other.
func (n *night) spend(ctx context.Context) {
	for _, one := range n.parts() {
		end := partEnd{end: endSkipped}
		if !n.skips(one.name) {
			end = n.do(ctx, one)
		}
		end.name = one.name
		n.ends = append(n.ends, end)
	}
}

// skips says whether nobody wants a part.
func (n *night) skips(part string) bool { return slices.Contains(n.o.skip, part) }

// do does one part, unless one before it has shown that it must not be begun.
func (n *night) do(ctx context.Context, one part) partEnd {
	if n.o.maxDuration > 0 && time.Since(n.began) >= n.o.maxDuration {
		n.noMails, n.noAPI = string(campaign.HaltDuration), string(campaign.HaltDuration)
	}
	if ctx.Err() != nil {
		n.noLedger, n.interrupted = string(stopOf(ctx)), true
	}
	why := n.noLedger
	if why == "" && one.needs >= needsAPI {
		why = n.noAPI
	}
	if why == "" && one.needs == needsMails {
		why = n.noMails
	}
	if why != "" {
		return partEnd{end: endNotRun, why: why}
	}
	end, err := one.run(ctx)
	switch {
	case err != nil:
		end.end, end.code, end.why = endFailed, codeOf(err), err.Error()
		n.program.talk.complain(err)
	case end.halt != "":
		end.end, end.why = endStopped, string(end.halt)
	default:
		end.end = endDone
	}
	n.learn(end, err)
	return end
}

// learn notes what may still be begun after a part ended so.
func (n *night) learn(end partEnd, err error) {
	broken := errors.Is(err, campaign.ErrLedgerBroken) || errors.Is(err, campaign.ErrLedgerFull) || errors.Is(err, campaign.ErrLedgerUnusable)
	switch {
	case broken, end.halt == campaign.HaltLedger:
		n.noLedger = string(campaign.HaltLedger)
	case end.code == exitCredentials:
		n.noAPI = string(campaign.HaltCredentials)
	case end.halt == campaign.HaltOutage, end.halt == campaign.HaltDuration:
		n.noAPI = string(end.halt)
	case codeOfHalt(end.halt, nil) == exitSafety, end.end == endFailed && end.code == exitSafety:
		n.noMails = "after a safety stop nothing more is sent: " + end.why
	}
}

// code is the exit code of the whole night.
func (n *night) code() int {
	if n.failure != nil {
		return codeOf(n.failure)
	}
	var codes []int
	for _, end := range n.ends {
		codes = append(codes, end.code)
	}
	if n.interrupted {
		codes = append(codes, exitInterrupted)
	}
	if n.untold != nil || n.unmeasured != nil {
		codes = append(codes, exitAgain)
	}
	return weigh(codes...)
}

// left is the time that is left for parts that ask the API; 0: there is no limit.
func (n *night) left() time.Duration {
	if n.o.maxDuration == 0 {
		return 0
	}
	return max(time.Millisecond, n.o.maxDuration-time.Since(n.began))
}

// told notes that the incidents of the night were named, and lets those who wait for the run have the summary of its create pass.
func (n *night) told(ctx context.Context) {
	for _, end := range n.ends {
		if sum, ok := end.result.(summaryJSON); ok {
			n.store.desk.ended(sum)
		}
		n.program.told(ctx, n.store, end.sum)
	}
}
