package main

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
	"kycbatch/internal/vobiz"
)

// The exit codes (design, "The command line"). They are API: scripts and schedulers branch on them.
const (
	exitDone        = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitMend        = 3
	exitInput       = 4
	exitAgain       = 5
	exitCredentials = 6
	exitSafety      = 7
	exitIncident    = 8
	exitWork        = 10
	exitLocked      = 11
	exitInterrupted = 130
)

// exitHelp explains the codes in the help of the commands that have them.
const exitHelp = `Exit codes:
  0    done; also: a limit, --daily-cap or --window was reached and the rest is pending
  1    unexpected
  2    usage or configuration; nothing was sent
  3    finished; some rows or reminders were refused, rows are invalid or undecided, an order left accounts out, or the
       API does not know a session
  4    the input is unusable; nothing was sent
  5    stopped early, rows are in doubt or not audited, sessions could not be read, or reminders have no answer: run again
  6    the API refused the credentials
  7    safety stop: the ledger or the API cannot be trusted as things stand
  8    an incident: a session of ours was revoked, or doubled, or met somebody else's
  10   plan --detailed-exitcode: there is work
  11   another run holds the ledger
  130  interrupted, or stopped by kycbatch stop`

// weigh gives the code that a caller must hear of where several hold.
func weigh(codes ...int) int {
	for _, c := range []int{
		exitUnexpected, exitCredentials, exitIncident, exitSafety, exitInterrupted, exitAgain, exitMend,
	} {
		if slices.Contains(codes, c) {
			return c
		}
	}
	return exitDone
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	var (
		f      *failure
		locked *campaign.LockedError
		file   *intake.FileError
		api    *vobiz.APIError
		answer *vobiz.AnswerError
		net    *vobiz.TransportError
		drain  stop
	)
	switch {
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &drain), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &file), errors.Is(err, intake.ErrChanged):
		return exitInput
	case errors.Is(err, campaign.ErrLedgerFull), errors.Is(err, campaign.ErrLedgerBroken), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return exitAgain
	case errors.Is(err, campaign.ErrLedgerLost), errors.Is(err, campaign.ErrLedgerUnusable):
		return exitSafety
	case errors.Is(err, campaign.ErrFlow), errors.Is(err, campaign.ErrLedgerMissing), errors.Is(err, campaign.ErrLedgerIdentity),
		errors.Is(err, campaign.ErrLedgerNewer), errors.Is(err, campaign.ErrLedgerLinked), errors.Is(err, campaign.ErrLedgerOlder), errors.Is(err, campaign.ErrNoCampaign), errors.Is(err, campaign.ErrPolicy):
		return exitUsage
	case errors.As(err, &api) && (api.Status == 401 || api.Status == 403):
		return exitCredentials
	case errors.As(err, &api), errors.As(err, &answer), errors.As(err, &net), errors.Is(err, vobiz.ErrIncomplete), errors.Is(err, campaign.ErrNoTime):
		return exitAgain
	}
	return exitUnexpected
}

// codeOfRun is the exit code of a pass that came to an end. limited says that pending rows are what was asked for.
func codeOfRun(s campaign.Summary, limited bool) int {
	codes := []int{codeOfHalt(s.Halt, s.Cause)}
	if len(s.Incidents) > 0 {
		codes = append(codes, exitIncident)
	}
	if s.Counts[campaign.OutcomeInDoubt]+s.GoneInDoubt+s.Unaudited > 0 || !limited && s.Closed == nil && s.Counts[campaign.OutcomePending] > 0 {
		codes = append(codes, exitAgain)
	}
	if s.Counts[campaign.OutcomeRefused]+s.Counts[campaign.OutcomeInvalid]+s.Counts[campaign.OutcomeUndecided] > 0 {
		codes = append(codes, exitMend)
	}
	return weigh(codes...)
}

func codeOfHalt(h campaign.Halt, cause error) int {
	switch h {
	case "":
		return exitDone
	case campaign.HaltDrained:
		return exitInterrupted
	case campaign.HaltCredentials:
		return exitCredentials
	case campaign.HaltMetadata, campaign.HaltReadBack, campaign.HaltRefusals, campaign.HaltReplacement, campaign.HaltFailures:
		return exitSafety
	case campaign.HaltLedger:
		if errors.Is(cause, campaign.ErrLedgerUnusable) {
			return exitSafety
		}
	}
	return exitAgain
}
