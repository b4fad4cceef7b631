package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

// planOptions are the flags of plan.
type planOptions struct {
	input        inputOptions
	pace         pace
	budget       budgetOptions
	limit        int
	retryRefused bool
	guard        string
	flow         string
	offline      bool
	detailed     bool
	annotate     string
}

const planLong = `Say what create would do, row by row counted, and how long it would take. Nothing is sent or changed.

It checks FILE (a CSV, an .xlsx, or - for what comes through a pipe), or takes the campaign as the ledger has it, compares it with the ledger and, unless --offline, with
the API's whole list. --offline needs no credentials and no ledger, and lists every problem of FILE.

--annotate writes a copy of FILE with the column kyc_problem behind the others. Mend it in a spreadsheet and give it to
create in place of the file: columns that begin with kyc_ are left out again.

plan resend is a command of its own, about reminders; a file of that name is planned as: kycbatch plan ./resend

`

func newPlan(p *program) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan [FILE]",
		Short: "Say what create would do; send nothing",
		Long:  planLong + exitHelp,
		Example: `  kycbatch plan customers.csv
  kycbatch plan --offline customers.csv
  kycbatch plan --offline customers.xlsx --sheet March --annotate to-mend.csv
  kycbatch plan --campaign customers --detailed-exitcode`,
		Args:    cobra.MaximumNArgs(1),
		PreRunE: p.checks(func() error { return o.check(p) }),
		RunE:    p.does(func(ctx context.Context, args []string) (int, error) { return p.plan(ctx, o, args) }),
	}
	f := cmd.Flags()
	o.input.addFlags(f)
	o.pace.addFlags(f)
	o.budget.addFlags(f)
	f.IntVar(&o.limit, "limit", 0, "as for create")
	f.BoolVar(&o.retryRefused, "retry-refused", false, "as for create")
	f.StringVar(&o.guard, "guard", string(campaign.GuardEach), "as for create")
	f.StringVar(&o.flow, "flow", flowEmail, "as for create; a campaign that was begun keeps its own")
	f.BoolVar(&o.offline, "offline", false, "do not ask the API")
	f.StringVar(&o.annotate, "annotate", "", "write a copy of FILE with what is wrong with each row; never over a file that is there")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 10 if there is work")
	cmd.AddCommand(newPlanResend(p))
	return cmd
}

// check refuses values out of range. Nothing was read yet.
func (o *planOptions) check(p *program) error {
	protocol := protocolOptions{guard: o.guard, settle: campaign.DefaultSettle, maxAttempts: 1, onUnknown: unknownHold}
	if err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p)); err != nil {
		return err
	}
	if o.flow != flowEmail && o.flow != flowRedirect {
		return failed(exitUsage, "", "--flow %q: choose email or redirect", o.flow)
	}
	if o.limit < 0 {
		return failed(exitUsage, "", "--limit %d: it must be above zero", o.limit)
	}
	return nil
}

// plan is the command.
func (p *program) plan(ctx context.Context, o planOptions, args []string) (code int, err error) {
	budget, err := o.budget.budget(p, o.pace.timeout)
	if err != nil {
		return 0, err
	}
	if o.annotate != "" && len(args) == 0 {
		return 0, failed(exitUsage, "", "--annotate: name the FILE that it is to be a copy of")
	}
	var t target
	if !o.offline {
		if t, err = p.target(o.pace.timeout); err != nil {
			return 0, err
		}
	}
	in, err := o.input.open(ctx, p, args)
	if err != nil {
		return 0, err
	}
	defer closing(in.close, &err)
	if o.annotate != "" {
		if err := p.annotate(ctx, in.file, o.annotate); err != nil {
			return 0, err
		}
	}
	cfg := campaign.PlanConfig{File: in.file, Options: in.options, RetryRefused: o.retryRefused, Exclude: in.exclude, Limit: o.limit, Redirect: o.flow == flowRedirect,
		Budget: budget, Pace: perMail(o.pace.parsed, o.guard), Timeout: o.pace.timeout}
	s, err := p.read(ctx, t.identity)
	switch {
	case err == nil:
		defer closing(s.close, &err)
		cfg.Ledger = s.ledger
		if s.copied && t.sandbox {
			return 0, sandboxInUse()
		}
	case in.file == nil || !errors.Is(err, campaign.ErrLedgerMissing) || errors.Is(err, campaign.ErrLedgerLost):
		return 0, err
	}
	if in.file == nil {
		c, err := s.choose(in.campaign)
		if err != nil {
			return 0, err
		}
		in.campaign = c.Name
	}
	cfg.Name = in.campaign
	if !o.offline {
		a, err := p.connect(t, o.pace, p.dataDir(), false)
		if err != nil {
			return 0, err
		}
		defer closing(a.close, &err)
		cfg.Client, cfg.Brake = a.client, a.brake
	}
	made, err := campaign.MakePlan(ctx, cfg)
	if err != nil {
		return 0, fmt.Errorf("plan campaign %q: %w", in.campaign, err)
	}
	took := estimate(made, o.pace.parsed, o.guard)
	if p.options.output == formatJSON {
		if err := p.print(planObject(in, made, took, o.annotate)); err != nil {
			return 0, err
		}
	} else {
		showPlan(p.out, in, made, took, p.options.verbose || o.offline)
	}
	if in.unusable() {
		return exitInput, nil
	}
	if o.detailed && made.Mails+made.Counts[campaign.OutcomeInDoubt] > 0 {
		return exitWork, nil
	}
	return exitDone, nil
}

// sandboxInUse refuses to ask a sandbox that a run has in hand.
func sandboxInUse() error {
	return failed(exitLocked, "add --offline, or wait for the run to end", "the sandbox's world is in use by the run that holds the ledger")
}

// estimate is how long a run of the plan takes at a rate, 0 where there is none to reckon with. Rows in doubt are
// looked at again after the settle time, which is not in it.
func estimate(plan campaign.Plan, rate campaign.Rate, guard string) time.Duration {
	if rate == 0 {
		return 0
	}
	requests := requestsFor(plan.Mails+plan.Counts[campaign.OutcomeInDoubt], guard) + requestsForAudit(plan.Mails, plan.Rows)
	return time.Duration(requests / float64(rate) * float64(time.Second))
}

// perMail is how long one mail takes at a rate, 0 where there is none to reckon with.
func perMail(rate campaign.Rate, guard string) time.Duration {
	if rate == 0 {
		return 0
	}
	return time.Duration(requestsFor(1, guard) / float64(rate) * float64(time.Second))
}
