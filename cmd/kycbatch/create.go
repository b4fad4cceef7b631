package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// createOptions are the flags of create.
type createOptions struct {
	input        inputOptions
	pace         pace
	protocol     protocolOptions
	limit        int
	expect       int
	retryRefused bool
	maxDuration  time.Duration
	expiresIn    int
	webhookURL   string
	remindBefore []string
}

const createLong = `Create one KYC session for each row of FILE, once each, and mail each customer once.

Without FILE it goes on with what is pending or in doubt: after a stop, a crash, a limit. Giving a file again adds its
new rows, takes over changes of pending ones, and withdraws pending rows that are gone from it.

Against the real API it shows its plan and asks for the number of rows before it sends anything. Without a terminal it
needs --yes, and --limit or --expect. At the end it writes results.csv (every row) and rejected.csv (those to mend and
give back) into <data-dir>/campaigns/<campaign>.

`

func newCreate(p *program) *cobra.Command {
	var o createOptions
	cmd := &cobra.Command{
		Use:   "create [FILE]",
		Short: "Create the sessions of a campaign, or go on with it",
		Long:  createLong + exitHelp,
		Example: `  kycbatch create --sandbox customers.csv
  kycbatch create customers.csv --rate 10/s --exclude do-not-contact.txt
  kycbatch create customers.csv --yes --expect 1200
  kycbatch create --campaign customers`,
		Args: cobra.MaximumNArgs(1),
	}
	cmd.RunE = p.does(func(ctx context.Context, args []string) (int, error) {
		return p.create(ctx, o, cmd.Flags(), args)
	})
	f := cmd.Flags()
	o.input.addFlags(f)
	o.pace.addFlags(f)
	o.protocol.addFlags(f)
	f.IntVar(&o.limit, "limit", 0, "send at most this many rows, and leave the rest pending (default: all)")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many customers would be mailed")
	f.BoolVar(&o.retryRefused, "retry-refused", false, "ask again for rows that the API refused")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "stop after this long; the next run goes on (default: never)")
	f.IntVar(&o.expiresIn, "expires-in-days", 0, "days until a link expires, 1 to 365, where the row does not say (default: the API's, 7)")
	f.StringVar(&o.webhookURL, "webhook-url", "", "https address that gets the sessions' events, where the row does not say")
	f.StringSliceVar(&o.remindBefore, "remind-before", nil, "days before expiry on which the API reminds by itself, as 3,1")
	return cmd
}

// check refuses values out of range, and settles what rows get that do not say otherwise. Nothing was read or sent yet.
func (o *createOptions) check(p *program) (d campaign.Defaults, err error) {
	if err := errors.Join(o.pace.check(p.options.sandbox), o.protocol.check(p)); err != nil {
		return d, err
	}
	switch {
	case o.limit < 0:
		return d, failed(exitUsage, "", "--limit %d: it must be above zero", o.limit)
	case o.expect < 0:
		return d, failed(exitUsage, "", "--expect %d: it is a number of customers", o.expect)
	case o.maxDuration < 0:
		return d, failed(exitUsage, "", "--max-duration %s: it must be above zero", o.maxDuration)
	case o.expiresIn < 0 || o.expiresIn > 365:
		return d, failed(exitUsage, "", "--expires-in-days %d: choose 1 to 365", o.expiresIn)
	}
	d = campaign.Defaults{WebhookURL: o.webhookURL, ExpiresInDays: o.expiresIn}
	for _, text := range o.remindBefore {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 365 {
			return d, failed(exitUsage, "", "--remind-before %q: choose days from 1 to 365, as 3,1", text)
		}
		d.RemindBefore = append(d.RemindBefore, days)
	}
	return d, checkWebhook(o.webhookURL)
}

// create is the command: everything that can be wrong before the ledger is opened.
func (p *program) create(ctx context.Context, o createOptions, flags *pflag.FlagSet, args []string) (code int, err error) {
	defaults, err := o.check(p)
	if err != nil {
		return 0, err
	}
	t, err := p.target(o.pace.timeout)
	if err != nil {
		return 0, err
	}
	in, err := o.input.open(ctx, p, args)
	if err != nil {
		return 0, err
	}
	defer closing(in.close, &err)
	if err := in.usable(); err != nil {
		return 0, err
	}
	s, err := p.open(t, in.file != nil, strings.TrimSpace("create "+in.campaign))
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	if in.file == nil {
		c, err := s.choose(in.campaign)
		if err != nil {
			return 0, err
		}
		in.campaign = c.Name
	}
	plan, err := p.prepareRun(ctx, o, t, s, in)
	if err != nil {
		return 0, err
	}
	a, err := p.connect(t, o.pace, s.dir, true)
	if err != nil {
		return 0, err
	}
	defer closing(a.close, &err)
	cfg := campaign.Config{
		Ledger: s.ledger, Client: a.client, Brake: a.brake, Workers: o.pace.workers, Timeout: o.pace.timeout,
		Settle: o.protocol.settle, MaxAttempts: o.protocol.maxAttempts, Hold: o.protocol.onUnknown == unknownHold,
		Guard: campaign.GuardMode(o.protocol.guard), Limit: o.limit, MaxDuration: o.maxDuration,
		RetryRefused: o.retryRefused, Exclude: in.exclude, Defaults: defaults,
	}
	return p.pass(ctx, s, cfg, passOf{
		campaign: in.campaign, work: plan.Mails + plan.Counts[campaign.OutcomeInDoubt], limited: o.limit > 0,
		again: p.again(flags),
	})
}

// prepareRun makes the plan, has it agreed to, and only then takes the file into the ledger. Nothing is sent.
func (p *program) prepareRun(ctx context.Context, o createOptions, t target, s *store, in input) (campaign.Plan, error) {
	plan, err := campaign.MakePlan(ctx, campaign.PlanConfig{
		Ledger: s.ledger, Name: in.campaign, File: in.file, RetryRefused: o.retryRefused, Exclude: in.exclude, Limit: o.limit,
	})
	if err == nil {
		err = p.agree(ctx, o, t, in, plan)
	}
	if err == nil {
		err = p.takeIn(ctx, s, in)
	}
	return plan, err
}

// takeIn makes the file's rows the campaign's. Where no file was given there is nothing to do.
func (p *program) takeIn(ctx context.Context, s *store, in input) error {
	if in.file == nil {
		return nil
	}
	done, err := s.ledger.Import(ctx, in.campaign, in.file, in.options)
	if err != nil {
		return fmt.Errorf("nothing was sent: %w", err)
	}
	if n := done.WithdrawnTotal; n > 0 {
		p.talk.say("%s of the earlier file that nothing was sent for are not in this one, and were withdrawn: lines %s",
			things(n, "row"), lines(done.Withdrawn, n))
	}
	return nil
}

// lines lists the first line numbers of n.
func lines(of []int, n int) string {
	const shown = 20
	text := ""
	for i, line := range of[:min(len(of), shown)] {
		if i > 0 {
			text += ", "
		}
		text += strconv.Itoa(line)
	}
	if n > shown {
		text += fmt.Sprintf(" and %s more", count(n-shown))
	}
	return text
}

// checkWebhook refuses an address that the API would refuse for every row.
func checkWebhook(address string) error {
	u, err := url.Parse(address)
	if address == "" || err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil {
		return nil
	}
	return failed(exitUsage, "", "--webhook-url: it must be an https address without a user or password")
}

// closing closes something at the end of a function, whose error must not hide another.
func closing(end func() error, err *error) {
	if closed := end(); closed != nil && *err == nil {
		*err = closed
	}
}
