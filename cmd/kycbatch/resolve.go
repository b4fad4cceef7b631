package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// resolveOptions are the flags of undecided resolve.
type resolveOptions struct {
	pace    pace
	outage  outageOptions
	settle  time.Duration
	adopt   bool
	retry   bool
	giveUp  bool
	session string
	reason  string
	file    string
	expect  int
}

const resolveLong = `Carry out what you decided about undecided accounts, each after a fresh look at the API.

  --adopt     its session lives or was completed: the row counts as created, whoever made the session
  --retry     no session of it lives: the row is pending again, and the next create sends it
  --give-up   nothing more is sent for it; --reason is kept, so leave addresses out

It sends nothing but looks. Where a look does not allow what you decided, the account stays undecided, and what stands
in the way is said. A file has the columns account_auth_id, decision (adopt, retry or give-up), session_id, reason.

Against the real API it asks for the number of accounts. Without a terminal it needs --yes and --expect N.

`

func newResolve(p *program) *cobra.Command {
	var o resolveOptions
	cmd := &cobra.Command{
		Use:   "resolve [ACCOUNT...]",
		Short: "Carry out what you decided about undecided accounts",
		Long:  resolveLong + exitHelp,
		Example: `  kycbatch undecided resolve MA_7Q2XK4LD --retry
  kycbatch undecided resolve MA_7Q2XK4LD --adopt --session a5f8da3c-b47f-40c3-a3e6-d2c9a0f27065
  kycbatch undecided resolve MA_7Q2XK4LD MA_E31MAU98 --give-up --reason "left the programme"
  kycbatch undecided resolve --file decisions.csv --yes --expect 12`,
		PreRunE: p.checks(func() error { return o.checkValues(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, args []string) (int, error) { return p.resolve(ctx, o, cmd.Flags(), args) })
	f := cmd.Flags()
	o.pace.addFlags(f)
	o.outage.addFlags(f)
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
	f.BoolVar(&o.adopt, "adopt", false, "count the account's session as created by its row")
	f.StringVar(&o.session, "session", "", "which one to adopt, where several live or were completed")
	f.BoolVar(&o.retry, "retry", false, "let the next create send the row again")
	f.BoolVar(&o.giveUp, "give-up", false, "send nothing more")
	f.StringVar(&o.reason, "reason", "", "why an account is given up, for the record")
	f.StringVar(&o.file, "file", "", "CSV of decisions, in place of accounts")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many undecided accounts are decided about")
	return cmd
}

// checkValues refuses values out of range, and settles the settle time. Nothing was read or sent yet.
func (o *resolveOptions) checkValues(p *program) error {
	protocol := protocolOptions{guard: string(campaign.GuardEach), settle: o.settle, maxAttempts: 1, onUnknown: unknownHold}
	if err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p), o.outage.check()); err != nil {
		return err
	}
	o.settle = protocol.settle
	if o.expect < 0 {
		return failed(exitUsage, "", "--expect %d: it is a number of accounts", o.expect)
	}
	return nil
}

// check refuses what contradicts itself.
func (o *resolveOptions) check(p *program, args []string) error {
	verbs := 0
	for _, given := range []bool{o.adopt, o.retry, o.giveUp} {
		if given {
			verbs++
		}
	}
	switch {
	case o.file != "" && (len(args) > 0 || verbs > 0 || o.session != "" || o.reason != ""):
		return failed(exitUsage, "", "--file says all: leave accounts, --adopt, --retry, --give-up, --session and --reason out")
	case o.file != "":
	case len(args) == 0:
		return failed(exitUsage, p.typed("undecided")+" shows them", "name accounts, or a file of decisions with --file")
	case verbs != 1:
		return failed(exitUsage, "", "say what was decided: one of --adopt, --retry and --give-up")
	case o.session != "" && len(args) > 1:
		return failed(exitUsage, "", "--session is one account's: name that one alone")
	}
	return nil
}

// decisions are those of the file, or one for each account of the command line.
func (o *resolveOptions) decisions(args []string) (all []decision, err error) {
	if o.file != "" {
		return readDecisions(o.file)
	}
	what := campaign.Decision{Verb: campaign.Adopt, Session: o.session, Why: o.reason}
	switch {
	case o.retry:
		what.Verb = campaign.Retry
	case o.giveUp:
		what.Verb = campaign.GiveUp
	}
	seen := map[string]bool{}
	for _, account := range args {
		d := decision{Resolution: campaign.Resolution{Account: account, Decision: what}}
		if wrong := d.wrong(); wrong != "" {
			return nil, failed(exitUsage, "", "%s", wrong)
		}
		if seen[account] {
			return nil, failed(exitUsage, "", "account %s is named twice", account)
		}
		seen[account] = true
		all = append(all, d)
	}
	return all, nil
}

// resolve is the command.
func (p *program) resolve(ctx context.Context, o resolveOptions, flags *pflag.FlagSet, args []string) (code int, err error) {
	if err := o.check(p, args); err != nil {
		return 0, err
	}
	decisions, err := o.decisions(args)
	if err != nil {
		return 0, err
	}
	h, err := p.hold("undecided resolve", "", o.pace, flags)
	if err != nil {
		return 0, err
	}
	defer closing(h.close, &err)
	s, cfg := h.store, h.cfg
	waiting, err := s.waiting(o.file, decisions)
	if err == nil {
		err = p.agreeToResolve(ctx, o, h.target, waiting)
	}
	if err != nil {
		return 0, err
	}
	cfg.Settle, cfg.MaxOutage = o.settle, o.outage.maxOutage
	all := make([]campaign.Resolution, len(decisions))
	for i, d := range decisions {
		all[i] = d.Resolution
	}
	var sum campaign.Summary
	err = p.watched(ctx, s, cfg, passOf{work: len(waiting)}, func(cfg campaign.Config) (err error) {
		sum, err = campaign.Resolve(ctx, cfg, s.dir, all)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("resolve undecided accounts: %w", err)
	}
	return p.showResolved(ctx, s, sum, all, p.again(flags))
}

// waiting are the decisions about accounts that are undecided: the others need none. An account that no file ever
// named is misspelt, and nothing is decided then.
func (s *store) waiting(file string, all []decision) ([]decision, error) {
	var waiting []decision
	var unknown []string
	for _, d := range all {
		rec, known, err := s.ledger.Record(d.Account)
		switch {
		case err != nil:
			return nil, err
		case !known && file != "":
			unknown = append(unknown, fmt.Sprintf("line %d: no campaign ever named this account", d.line))
		case !known:
			unknown = append(unknown, d.Account)
		case rec.State == campaign.Undecided:
			waiting = append(waiting, d)
		}
	}
	switch {
	case len(unknown) == 0:
		return waiting, nil
	case file != "":
		return nil, refusedDecisions(file, unknown)
	}
	return nil, failed(exitUsage, "nothing was decided; check the spelling, upper and lower case differ",
		"no campaign ever named %s", strings.Join(unknown, ", "))
}

// agreeToResolve makes sure that somebody wants this: --expect is kept, and against an API that is not on this
// machine a person types the number of accounts, or said --yes with it beforehand.
func (p *program) agreeToResolve(ctx context.Context, o resolveOptions, t target, waiting []decision) error {
	const nothing = "nothing was decided"
	n := len(waiting)
	bounded := p.given["expect"]
	if bounded && o.expect != n {
		return failed(exitUsage, nothing+"; "+p.typed("undecided")+" shows them", "--expect %d, but %s of those named would be decided about",
			o.expect, things(n, "undecided account"))
	}
	switch {
	case t.loopback || n == 0 || p.options.yes && (p.stdinIsTTY || bounded):
		return nil
	case !p.stdinIsTTY:
		return failed(exitUsage, fmt.Sprintf("add --yes and --expect %d", n), "%s would be decided about, and there is no terminal to ask on: %s",
			things(n, "undecided account"), nothing)
	}
	for i, d := range waiting {
		if i == shownProblems {
			p.talk.say("  and %s more", count(n-i))
			break
		}
		p.talk.say("  %s  %s %s", d.Account, d.Decision.Verb, d.Decision.Session)
	}
	question := fmt.Sprintf("This decides about %s.", things(n, "account"))
	return p.askNumber(ctx, question, n, "accounts", nothing)
}
