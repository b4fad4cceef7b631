package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

// planResendOptions are the flags of plan resend.
type planResendOptions struct {
	campaign string
	policy   policyOptions
	pace     pace
	budget   budgetOptions
	outage   outageOptions
	exclude  string
	offline  bool
	csv      string
}

const planResendLong = `Say whom resend would remind, and when: our next resend and the API's own next reminder of each customer, and why the
others get none. Nothing is sent or changed.

It asks the API for its time, by one request, and the ledger for all else. The ledger knows of each session what was seen of
it last: resend looks again before it mails. --offline asks the ledger alone, and goes by this machine's clock. Settings
that cannot be kept are refused, with what to change.

Each customer is taken by itself. --daily-cap and --window say how many of those who are due can be mailed today.

A campaign file of the name resend is planned as: kycbatch plan ./resend

`

func newPlanResend(p *program) *cobra.Command {
	var o planResendOptions
	cmd := &cobra.Command{
		Use:   "resend",
		Short: "Say whom resend would remind, and when; send nothing",
		Long:  planResendLong + exitHelp,
		Example: `  kycbatch plan resend --campaign customers
  kycbatch plan resend --campaign customers --min-age 5d --csv calendar.csv
  kycbatch plan resend --campaign customers --offline -o json`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.check(p) }),
		RunE:    p.does(func(ctx context.Context, _ []string) (int, error) { return p.planReminders(ctx, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	o.policy.addFlags(f)
	o.pace.addFlags(f)
	o.budget.addFlags(f)
	o.outage.addFlags(f)
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
	f.BoolVar(&o.offline, "offline", false, "do not ask the API")
	f.StringVar(&o.csv, "csv", "", "write every session with its times into a new file; never over one that is there")
	return cmd
}

// check refuses values out of range. Nothing was read yet.
func (o *planResendOptions) check(p *program) error {
	if err := errors.Join(o.pace.check(p.options.sandbox), o.outage.check()); err != nil {
		return err
	}
	_, err := o.policy.policy()
	return err
}

const (
	shownReminders = 20     // accounts that a person is shown at once
	mostReminders  = 10_000 // accounts in JSON, as of problems
)

// planReminders is the command.
func (p *program) planReminders(ctx context.Context, o planResendOptions) (code int, err error) {
	budget, err := o.budget.budget(p, o.pace.timeout)
	if err != nil {
		return 0, err
	}
	policy, err := o.policy.policy()
	if err != nil {
		return 0, err
	}
	cfg := campaign.Config{Timeout: o.pace.timeout, MaxOutage: o.outage.maxOutage, Workers: o.pace.workers}
	if cfg.Exclude, err = excluded(o.exclude); err != nil {
		return 0, err
	}
	var t target
	if !o.offline {
		if t, err = p.target(o.pace.timeout); err != nil {
			return 0, err
		}
	}
	s, err := p.read(ctx, t.identity)
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	if s.copied && t.sandbox {
		return 0, sandboxInUse()
	}
	c, err := s.choose(o.campaign)
	if err != nil {
		return 0, err
	}
	if err := keeps(policy, c, s.ledger.CheckPolicy(policy, c.Name)); err != nil {
		return 0, err
	}
	cfg.Ledger = s.ledger
	if !o.offline {
		a, err := p.connect(t, o.pace, p.dataDir(), false)
		if err != nil {
			return 0, err
		}
		defer closing(a.close, &err)
		cfg.Client, cfg.Brake = a.client, a.brake
	}
	view := calendar{zone: zoneOfBudget(budget), offline: o.offline, next: &soonest{keep: shownReminders}}
	if p.options.output == formatJSON {
		view.next.keep = mostReminders
	}
	if view.plan, err = p.fillCalendar(ctx, cfg, policy, c, view, o.csv); err != nil {
		return 0, err
	}
	view.mails = view.plan.Due
	if view.forecast, err = budget.Forecast(s.ledger, view.mails, perMail(o.pace.parsed, string(campaign.GuardEach)), o.pace.timeout, time.Now()); err != nil {
		return 0, err
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(view.object(o.csv))
	}
	view.print(p.out)
	return exitDone, nil
}

// fillCalendar makes the plan, and writes it down where a file is named.
func (p *program) fillCalendar(ctx context.Context, cfg campaign.Config, policy campaign.Policy, c campaign.Campaign, view calendar, path string) (plan campaign.ResendPlan, err error) {
	fill := func(add func(campaign.Reminder, time.Time)) (err error) {
		plan, err = campaign.PlanResend(ctx, cfg, policy, c.Name, func(one campaign.Reminder, at time.Time) error {
			view.next.add(one)
			add(one, at)
			return nil
		})
		return err
	}
	if cfg.Client != nil { // an outage is waited out aloud
		cfg.Progress = &campaign.Progress{}
		defer p.watch(cfg, 0, time.Time{}).stop()
	}
	if path == "" {
		err = fill(func(campaign.Reminder, time.Time) {})
	} else {
		err = writeNewFile("--csv", path, func(w io.Writer) error {
			file := newCalendarFile(w, view.zone)
			return errors.Join(fill(file.add), file.done())
		})
	}
	if err != nil {
		return plan, fmt.Errorf("plan to remind campaign %q: %w", c.Name, err)
	}
	view.next.cut()
	if path != "" {
		p.talk.say("Calendar: %s, every session with its times", path)
	}
	return plan, nil
}

// zoneOfBudget is the time zone in which a budget's days are.
func zoneOfBudget(b campaign.Budget) *time.Location { return cmp.Or(b.Zone, time.Local) }
