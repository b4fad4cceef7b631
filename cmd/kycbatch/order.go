package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// chosen are the flags that say which accounts of a campaign a person means.
type chosen struct {
	campaign string
	accounts []string
	file     string
	reason   string
	expect   int
}

func (o *chosen) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	f.StringSliceVar(&o.accounts, "account", nil, "account, by its id; several with commas or by repeating the flag")
	f.StringVar(&o.file, "file", "", "file of accounts, one a line or the first column of a CSV")
	f.StringVar(&o.reason, "reason", "", "why, in a few words without personal data: it is kept")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many accounts are meant")
}

// longestReason bounds what is kept with every account, and travels in a request.
const longestReason = 200

// check refuses a choice that is none, and one that says two things. ways are the command's other ways to choose.
func (o *chosen) check(ways map[string]bool) error {
	given := 0
	names := []string{"--account", "--file"}
	for _, one := range []bool{len(o.accounts) > 0, o.file != ""} {
		if one {
			given++
		}
	}
	for flag, used := range ways {
		names = append(names, flag)
		if used {
			given++
		}
	}
	slices.Sort(names)
	switch {
	case given != 1:
		return failed(exitUsage, "", "say which accounts are meant, in one way: %s", strings.Join(names, " or "))
	case o.reason == "":
		return failed(exitUsage, "", "--reason is missing: say why, in a few words without personal data")
	}
	return nil
}

// checkValues refuses a number that none can be, and a reason that is too long, or holds what must not be kept: an
// address is personal data.
func (o *chosen) checkValues() error {
	switch {
	case o.expect < 0:
		return failed(exitUsage, "", "--expect %d: it is a number of accounts", o.expect)
	case utf8.RuneCountInString(o.reason) > longestReason:
		return failed(exitUsage, "", "--reason: it is longer than %d characters", longestReason)
	case strings.Contains(o.reason, "@"):
		return failed(exitUsage, "", "--reason: it must not hold an e-mail address or other personal data, because it is kept")
	case !utf8.ValidString(o.reason) || strings.ContainsFunc(o.reason, unicode.IsControl):
		return failed(exitUsage, "", "--reason: it must be one line of text")
	}
	return nil
}

// named are the accounts that were given by id; nil where they are chosen otherwise.
func (o *chosen) named() ([]string, error) {
	if o.file == "" {
		return slices.Compact(slices.Clone(o.accounts)), nil
	}
	all, err := intake.LoadAccounts(o.file)
	if err != nil {
		return nil, refusedInput(context.Background(), err)
	}
	return all, nil
}

// counted makes sure that a person means exactly n accounts, or whatever else of names: --expect says so, or the number is typed. What it
// is about has been shown; would is that in a few words, and question has n and no other number. outside says that
// something leaves this machine; then a script needs --yes as well.
func (p *program) counted(ctx context.Context, expect, n int, of, would, question string, outside bool) error {
	const nothingHappened = "nothing was sent and nothing was changed"
	expected := p.given["expect"]
	about := fmt.Sprintf("the plan has %s (it %s)", things(n, of), would)
	switch {
	case expected && expect != n:
		return failed(exitUsage, nothingHappened, "--expect %d, but %s", expect, about)
	case n == 0, expected && (!outside || p.options.yes):
		return nil
	case p.stdinIsTTY && !p.options.yes:
		return p.askNumber(ctx, question, n, of+"s", nothingHappened)
	case outside && !p.options.yes:
		return failed(exitUsage, fmt.Sprintf("add --yes --expect %d", n), "%s, and there is no terminal to ask on: %s", about, nothingHappened)
	}
	return failed(exitUsage, fmt.Sprintf("add --expect %d", n), "%s, and --expect has to say how many are meant: %s", about, nothingHappened)
}

// orderOptions are the flags of replace and revoke.
type orderOptions struct {
	chosen
	pace        pace
	status      []string
	all         bool // revoke only
	started     bool
	resume      bool
	email       string        // replace only
	exclude     string        // replace only
	budget      budgetOptions // replace only
	outage      outageOptions
	settle      time.Duration
	maxAttempts int // replace only
	only        bool
}

func (o *orderOptions) addFlags(f *pflag.FlagSet) {
	o.chosen.addFlags(f)
	o.pace.addFlags(f)
	o.outage.addFlags(f)
	f.BoolVar(&o.started, "include-started", false, "also sessions that a customer has opened or started: a started KYC is lost")
	f.BoolVar(&o.resume, "resume", false, "go on with what an interrupted command left; nothing else is chosen")
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
}

// statuses are what --status takes: for replace, sessions that ended by themselves; for revoke, those that live.
func (o *orderOptions) statuses() []string {
	if o.only {
		return []string{"email_sent", "link_ready", "opened", "in_progress", campaign.StatusFailed}
	}
	return []string{campaign.StatusExpired, campaign.StatusFailed}
}

// checkValues refuses values out of range, and settles the settle time; which accounts are meant is not asked. Nothing
// was read or sent yet.
func (o *orderOptions) checkValues(p *program) error {
	protocol := protocolOptions{guard: string(campaign.GuardEach), settle: o.settle, maxAttempts: o.maxAttempts, onUnknown: unknownAuto}
	if err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p), o.outage.check(), o.chosen.checkValues()); err != nil {
		return err
	}
	o.settle = protocol.settle
	for _, word := range o.status {
		if !slices.Contains(o.statuses(), word) {
			return failed(exitUsage, "", "--status %q: choose from %s", word, strings.Join(o.statuses(), ", "))
		}
	}
	return nil
}

// check refuses a choice of accounts that is none, or that an address can't be for.
func (o *orderOptions) check() error {
	ways := map[string]bool{"--status": len(o.status) > 0, "--resume": o.resume}
	if o.only {
		ways["--all"] = o.all
	}
	if o.resume {
		o.reason = "resumed" // it was given with the order
	}
	if err := o.chosen.check(ways); err != nil {
		return err
	}
	if o.email == "" {
		return nil
	}
	if o.file != "" || len(o.accounts) != 1 {
		return failed(exitUsage, "", "--email is the address of one customer: name one --account")
	}
	email, err := intake.Email(o.email)
	if err != nil {
		return failed(exitUsage, "", "--email: %w", err)
	}
	o.email = email
	return nil
}

// order is what the flags say.
func (o *orderOptions) order(name string) (campaign.Order, error) {
	order := campaign.Order{
		Campaign: name, Statuses: o.status, Why: o.reason, Email: o.email, Started: o.started, Only: o.only,
	}
	var err error
	if order.Accounts, err = o.named(); err != nil {
		return order, err
	}
	order.Exclude, err = excluded(o.exclude)
	return order, err
}

// command is the name under which the options are typed.
func (o *orderOptions) command() string {
	if o.only {
		return "revoke"
	}
	return "replace"
}

// carryOut is both commands: look, show the plan, have it agreed to, do it, and sum up.
func (p *program) carryOut(ctx context.Context, o orderOptions, flags *pflag.FlagSet) (code int, err error) {
	if err := o.check(); err != nil {
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
	order, err := o.order(o.campaign)
	if err != nil {
		return 0, err
	}
	s, err := p.open(t, false, strings.TrimSpace(o.command()+" "+o.campaign))
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	c, err := s.choose(o.campaign)
	if err != nil {
		return 0, err
	}
	order.Campaign = c.Name
	if o.email != "" && c.Settings.Redirect() {
		return 0, failed(exitUsage, "", "--email: campaign %s makes links and mails nobody", c.Name)
	}
	a, err := p.connect(t, o.pace, s.dir, true)
	if err != nil {
		return 0, err
	}
	defer closing(a.close, &err)
	cfg := campaign.Config{
		Ledger: s.ledger, Client: a.client, Brake: a.brake, Workers: o.pace.workers, Timeout: o.pace.timeout,
		Settle: o.settle, MaxAttempts: o.maxAttempts, MaxOutage: o.outage.maxOutage, Dir: campaign.ResultsDir(s.dir, c.Name), Exclude: order.Exclude,
		Budget: budget, Origin: p.origin(o.command(), flags),
	}
	end := orderEnd{only: o.only, redirect: c.Settings.Redirect(), again: p.again(flags)}
	if o.resume {
		err = p.watched(ctx, s, cfg, passOf{campaign: c.Name}, func(cfg campaign.Config) (err error) {
			end.done, err = campaign.Resume(ctx, cfg, c.Name)
			return err
		})
		return p.endOrder(ctx, s, cfg, end, err)
	}
	var plan campaign.OrderPlan
	err = p.watched(ctx, s, cfg, passOf{campaign: c.Name}, func(cfg campaign.Config) (err error) {
		plan, err = campaign.PlanOrder(ctx, cfg, order)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("plan to %s: %w", o.command(), err)
	}
	s.desk.does("waiting for the answer to its question")
	end.left = plan.Left
	showOrder(p.talk, plan, c, p.options.verbose)
	if err := p.counted(ctx, o.expect, len(plan.Takes), "account", wouldOrder(plan, c), agreeToOrder(plan), !t.loopback); err != nil {
		return 0, err
	}
	if len(plan.Takes) > 0 {
		err = p.watched(ctx, s, cfg, passOf{campaign: c.Name, work: len(plan.Takes)}, func(cfg campaign.Config) (err error) {
			end.done, err = campaign.CarryOut(ctx, cfg, plan)
			return err
		})
	} else {
		end.done.Summary.Campaign = c.Name
	}
	return p.endOrder(ctx, s, cfg, end, err)
}
