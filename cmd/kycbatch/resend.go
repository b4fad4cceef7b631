package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// resendOptions are the flags of resend.
type resendOptions struct {
	campaign    string
	policy      policyOptions
	pace        pace
	budget      budgetOptions
	outage      outageOptions
	exclude     string
	limit       int
	expect      int
	maxDuration time.Duration
	settle      time.Duration
}

const resendLong = `Remind customers who have not finished: the API mails the link of their session again.

A customer is reminded where the session has one of the statuses of --status, no mail of any kind has left for
--min-age, and no reminder of the API's own comes within that time. Each session is looked at right before its mail. No
due reminder is ever sent twice: where an answer is lost, the API's own half hour between two mails shows whether the
mail left, and where nothing can show it any more, it counts as sent.

Against the real API it shows its plan and asks for the number of customers before it sends anything. Without a
terminal it needs --yes, and --limit or --expect. It mails no more customers than its plan has. The caps and windows
are those of create: one budget for both.

`

func newResend(p *program) *cobra.Command {
	var o resendOptions
	cmd := &cobra.Command{
		Use:   "resend",
		Short: "Remind the customers who are due; none twice",
		Long:  resendLong + exitHelp,
		Example: `  kycbatch plan resend --campaign customers
  kycbatch resend --campaign customers
  kycbatch resend --campaign customers --min-age 5d --max-mails 4/14d --daily-cap 500
  kycbatch resend --campaign customers --owner account_manager="Asha Rao" --yes --expect 40`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.resend(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	o.policy.addFlags(f)
	f.BoolVar(&o.policy.wait, "wait", false, "where another mail has just left and a reminder may follow, sit out the API's half hour")
	meansItsOwn(f, "wait") // create waits for its budget
	o.pace.addFlags(f)
	o.budget.addFlags(f)
	o.outage.addFlags(f)
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
	f.IntVar(&o.limit, "limit", 0, "remind at most this many customers (default: all who are due)")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many customers would be mailed")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "stop after this long; the next run goes on (default: never)")
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
	return cmd
}

// check refuses values out of range, and settles the settle time. Nothing was read or sent yet.
func (o *resendOptions) check(p *program) error {
	protocol := protocolOptions{guard: string(campaign.GuardEach), settle: o.settle, maxAttempts: 1, onUnknown: unknownHold}
	if err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p), o.outage.check()); err != nil {
		return err
	}
	o.settle = protocol.settle
	switch {
	case o.limit < 0:
		return failed(exitUsage, "", "--limit %d: it must be above zero", o.limit)
	case o.expect < 0:
		return failed(exitUsage, "", "--expect %d: it is a number of customers", o.expect)
	case o.maxDuration < 0:
		return failed(exitUsage, "", "--max-duration %s: it must be above zero", o.maxDuration)
	}
	_, err := o.policy.policy()
	return err
}

// excluded reads who gets nothing; nil is nobody.
func excluded(path string) (*intake.Exclusions, error) {
	if path == "" {
		return nil, nil
	}
	x, err := intake.LoadExclusions(path)
	if err != nil {
		return nil, refusedInput(context.Background(), err)
	}
	return x, nil
}

// resend is the command: plan, agreement, pass.
func (p *program) resend(ctx context.Context, o resendOptions, flags *pflag.FlagSet) (code int, err error) {
	budget, err := o.budget.budget(p, o.pace.timeout)
	if err != nil {
		return 0, err
	}
	policy, err := o.policy.policy()
	if err != nil {
		return 0, err
	}
	exclude, err := excluded(o.exclude)
	if err != nil {
		return 0, err
	}
	h, err := p.hold("resend", o.campaign, o.pace, flags)
	if err != nil {
		return 0, err
	}
	defer closing(h.close, &err)
	s, cfg := h.store, h.cfg
	c, err := s.choose(o.campaign)
	if err != nil {
		return 0, err
	}
	if err := keeps(policy, c, s.ledger.CheckPolicy(policy, c.Name)); err != nil {
		return 0, err
	}
	cfg.Settle, cfg.MaxDuration, cfg.MaxOutage, cfg.Exclude, cfg.Budget = o.settle, o.maxDuration, o.outage.maxOutage, exclude, budget
	plan, err := p.planResend(ctx, s, cfg, policy, c)
	if err != nil {
		return 0, err
	}
	mails := plan.Due
	if o.limit > 0 {
		mails = min(mails, o.limit)
	}
	view := calendar{plan: plan, mails: mails, zone: zoneOfBudget(budget)}
	if view.forecast, err = budget.Forecast(s.ledger, mails, perMail(o.pace.parsed, string(campaign.GuardEach)), o.pace.timeout, time.Now()); err != nil {
		return 0, err
	}
	s.desk.does("waiting for the answer to its question")
	if err := p.agreeToResend(ctx, o, h.target, view); err != nil {
		return 0, err
	}
	if cfg.Limit = mails; mails == 0 {
		cfg.Limit = -1 // what became due meanwhile was not agreed to
	}
	end := resendEnd{again: p.again(flags, "status")}
	err = p.watched(ctx, s, cfg, passOf{campaign: c.Name, work: mails + plan.Open}, func(cfg campaign.Config) (err error) {
		end.done, err = campaign.Resend(ctx, cfg, policy, c.Name)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("remind campaign %q: %w", c.Name, err)
	}
	return p.endResend(ctx, s, end)
}

// planResend finds out who is due, aloud where the API is down.
func (p *program) planResend(ctx context.Context, s *store, cfg campaign.Config, policy campaign.Policy, c campaign.Campaign) (plan campaign.ResendPlan, err error) {
	err = p.watched(ctx, s, cfg, passOf{campaign: c.Name}, func(cfg campaign.Config) (err error) {
		plan, err = campaign.PlanResend(ctx, cfg, policy, c.Name, nil)
		return err
	})
	if err != nil {
		return plan, fmt.Errorf("plan to remind campaign %q, nothing was sent: %w", c.Name, err)
	}
	return plan, nil
}

// agreeToResend makes sure that somebody wants these mails sent.
func (p *program) agreeToResend(ctx context.Context, o resendOptions, t target, view calendar) error {
	who := things(view.mails, "customer")
	return p.agreeToMail(ctx, t, mailing{
		customers: view.mails, would: who + " would be mailed", question: fmt.Sprintf("This mails %s.", who),
		expect: o.expect, limited: o.limit > 0, nothing: "nothing was sent", look: "`plan resend` shows them",
		show: func() { view.print(p.talk) },
	})
}
