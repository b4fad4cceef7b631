package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
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
	flow         string
	redirectURL  string
	budget       budgetOptions
	limit        int
	expect       int
	retryRefused bool
	maxDuration  time.Duration
	outage       outageOptions
	maxFailures  string
	tolerance    campaign.Tolerance // maxFailures, once it was checked
	expiresIn    int
	webhookURL   string
	remindBefore []string
}

const createLong = `Create one KYC session for each row of FILE, once each, and mail each customer once; with --flow redirect, mail
nobody and write the links into links.csv.

FILE is a CSV, an Excel workbook (.xlsx), or - for what comes through a pipe.

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
		Args:    cobra.MaximumNArgs(1),
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, args []string) (int, error) {
		return p.create(ctx, o, cmd.Flags(), args)
	})
	f := cmd.Flags()
	o.input.addFlags(f)
	o.pace.addFlags(f)
	o.protocol.addFlags(f)
	f.StringVar(&o.flow, "flow", flowEmail, "email: the API mails each customer; redirect: no mail, the links go to links.csv")
	f.StringVar(&o.redirectURL, "redirect-url", "", "where the browser goes after the widget, for --flow redirect")
	o.budget.addFlags(f)
	f.BoolVar(&o.budget.wait, "wait", false, "where --daily-cap or --window lets nothing more leave, wait until it does")
	f.IntVar(&o.limit, "limit", 0, "send at most this many rows, and leave the rest pending (default: all)")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many customers would be mailed")
	f.BoolVar(&o.retryRefused, "retry-refused", false, "ask again for rows that the API refused")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "stop after this long; the next run goes on (default: never)")
	o.outage.addFlags(f)
	f.StringVar(&o.maxFailures, "max-failures", "", "stop for safety (exit 7) when more rows fail, as 5% or 10; judged from 20 rows on (default: any number)")
	f.IntVar(&o.expiresIn, "expires-in-days", 0, "days until a link expires, 1 to 365, where the row does not say (default: the API's, 7)")
	f.StringVar(&o.webhookURL, "webhook-url", "", "https address that gets the sessions' events, where the row does not say")
	f.StringSliceVar(&o.remindBefore, "remind-before", nil, "days before expiry on which the API reminds by itself, as 3,1")
	return cmd
}

// check refuses values out of range. Nothing was read or sent yet.
func (o *createOptions) check(p *program) error {
	if err := errors.Join(o.pace.check(p.options.sandbox), o.protocol.check(p), o.outage.check()); err != nil {
		return err
	}
	switch {
	case o.flow != flowEmail && o.flow != flowRedirect:
		return failed(exitUsage, "", "--flow %q: choose email or redirect", o.flow)
	case o.flow == flowRedirect && p.given["flow"] && o.redirectURL == "":
		return failed(exitUsage, "", "--flow redirect needs --redirect-url, where the browser goes after the widget")
	case o.redirectURL != "" && o.flow != flowRedirect:
		return failed(exitUsage, "", "--redirect-url is for --flow redirect")
	case o.limit < 0:
		return failed(exitUsage, "", "--limit %d: it must be above zero", o.limit)
	case o.expect < 0:
		return failed(exitUsage, "", "--expect %d: it is a number of customers", o.expect)
	case o.maxDuration < 0:
		return failed(exitUsage, "", "--max-duration %s: it must be above zero", o.maxDuration)
	case o.expiresIn < 0 || o.expiresIn > 365:
		return failed(exitUsage, "", "--expires-in-days %d: choose 1 to 365", o.expiresIn)
	}
	if o.maxFailures != "" {
		var err error
		if o.tolerance, err = campaign.ParseTolerance(o.maxFailures); err != nil {
			return failed(exitUsage, "", "--max-failures: %w", err)
		}
	}
	if _, err := o.reminders(); err != nil {
		return err
	}
	return errors.Join(checkAddress("--webhook-url", o.webhookURL, p.webhookSchemes(o.webhookURL)...), checkAddress("--redirect-url", o.redirectURL, "https", "http"))
}

// The flows of the API page, "Flow types".
const (
	flowEmail    = "email"
	flowRedirect = "redirect"
)

func (o *createOptions) reminders() ([]int, error) {
	var all []int
	for _, text := range o.remindBefore {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 365 {
			return nil, failed(exitUsage, "", "--remind-before %q: choose days from 1 to 365, as 3,1", text)
		}
		all = append(all, days)
	}
	return all, nil
}

// settings are the campaign's, as it has them, with what was given now in their place.
func (o *createOptions) settings(p *program, kept campaign.Settings) (campaign.Settings, error) {
	days, err := o.reminders()
	if err != nil {
		return kept, err
	}
	if p.given["flow"] || p.given["redirect-url"] {
		kept.RedirectURL = o.redirectURL
	}
	if p.given["webhook-url"] {
		kept.WebhookURL = o.webhookURL
	}
	if p.given["expires-in-days"] {
		kept.ExpiresInDays = o.expiresIn
	}
	if p.given["remind-before"] {
		kept.RemindBefore = days
	}
	if p.given["on-unknown"] {
		kept.Hold = o.protocol.onUnknown == unknownHold
	}
	return kept, nil
}

// create is the command: everything that can be wrong before the ledger is opened.
func (p *program) create(ctx context.Context, o createOptions, flags *pflag.FlagSet, args []string) (code int, err error) {
	if err := o.check(p); err != nil {
		return 0, err
	}
	budget, err := o.budget.budget(p, o.pace.timeout)
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
	plan, err := p.prepareRun(ctx, o, budget, t, s, in)
	if err != nil {
		return 0, err
	}
	c, err := s.ledger.Campaign(in.campaign)
	if err != nil {
		return 0, err
	}
	settings, err := o.settings(p, c.Settings)
	if err != nil {
		return 0, err
	}
	p.sayChanged(c, settings)
	a, err := p.connect(t, o.pace, s.dir, true)
	if err != nil {
		return 0, err
	}
	defer closing(a.close, &err)
	cfg := campaign.Config{
		Ledger: s.ledger, Client: a.client, Brake: a.brake, Workers: o.pace.workers, Timeout: o.pace.timeout,
		Settle: o.protocol.settle, MaxAttempts: o.protocol.maxAttempts, Settings: &settings, Dir: campaign.ResultsDir(s.dir, in.campaign),
		Guard: campaign.GuardMode(o.protocol.guard), Limit: o.limit, MaxDuration: o.maxDuration,
		MaxOutage: o.outage.maxOutage, MaxFailures: o.tolerance, Budget: budget,
		RetryRefused: o.retryRefused, Exclude: in.exclude, Origin: p.origin("create", flags),
	}
	return p.pass(ctx, s, cfg, passOf{
		campaign: in.campaign, work: plan.Mails + plan.Counts[campaign.OutcomeInDoubt], limited: o.limit > 0,
		again: p.again(flags),
	})
}

// prepareRun makes the plan, has it agreed to, and only then takes the file into the ledger. Nothing is sent.
func (p *program) prepareRun(ctx context.Context, o createOptions, b campaign.Budget, t target, s *store, in input) (campaign.Plan, error) {
	s.desk.does("planning")
	plan, err := campaign.MakePlan(ctx, campaign.PlanConfig{
		Ledger: s.ledger, Name: in.campaign, File: in.file, Options: in.options, RetryRefused: o.retryRefused, Exclude: in.exclude, Limit: o.limit,
		Redirect: o.redirectURL != "", Budget: b, Pace: perMail(o.pace.parsed, o.protocol.guard), Timeout: o.pace.timeout,
	})
	if err == nil {
		s.desk.does("waiting for the answer to its question")
		err = p.agree(ctx, o, t, in, plan)
	}
	if err == nil {
		s.desk.does("taking in the file")
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

// checkAddress refuses an address that the API would refuse for every row.
func checkAddress(flag, address string, schemes ...string) error {
	u, err := url.Parse(address)
	if address == "" || err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" && u.User == nil {
		return nil
	}
	return failed(exitUsage, "", "%s: it must be an %s address without a user or password", flag, strings.Join(schemes, " or "))
}

// webhookSchemes are those that the API takes: https (API page, "Request body"); the sandbox also http to a receiver on
// this machine.
func (p *program) webhookSchemes(address string) []string {
	if isLoopback(p.baseURL()) && isLoopback(address) {
		return []string{"https", "http"}
	}
	return []string{"https"}
}

// closing closes something at the end of a function, whose error must not hide another.
func closing(end func() error, err *error) {
	if closed := end(); closed != nil && *err == nil {
		*err = closed
	}
}
