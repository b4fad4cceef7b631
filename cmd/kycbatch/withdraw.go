package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// withdrawOptions are the flags of withdraw.
type withdrawOptions struct {
	chosen
	all bool
}

const withdrawLong = `Take pending accounts out: nothing is sent for them any more until their row is edited. It asks neither the API nor for
credentials.

What was sent is not taken out by this: revoke ends a session, and an account in doubt is found out first, with
create. The number of accounts has to be typed, or given with --expect.

`

func newWithdraw(p *program) *cobra.Command {
	var o withdrawOptions
	cmd := &cobra.Command{
		Use:   "withdraw",
		Short: "Take pending accounts out; send nothing",
		Long:  withdrawLong + exitHelp,
		Example: `  kycbatch withdraw --campaign customers --account MA_7Q2XK4LD,MA_8R3YL5ME --reason "asked not to be contacted"
  kycbatch withdraw --campaign customers --file accounts.txt --reason "moved to another campaign" --expect 12
  kycbatch withdraw --campaign customers --all --reason "campaign called off"`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(o.checkValues),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.withdraw(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	o.addFlags(f)
	f.BoolVar(&o.all, "all", false, "every pending account of the campaign")
	return cmd
}

// withdrawJSON is the object that -o json prints: schema kycbatch/withdraw/1.
type withdrawJSON struct {
	Schema    string     `json:"schema"`
	Campaign  string     `json:"campaign"`
	Withdrawn []string   `json:"withdrawn"` // accounts
	Left      []leftJSON `json:"left_out"`
	ExitCode  int        `json:"exit_code"`
	Files     *filesJSON `json:"files,omitempty"`
}

// withdraw is the command.
func (p *program) withdraw(ctx context.Context, o withdrawOptions, flags *pflag.FlagSet) (code int, err error) {
	if err := o.check(map[string]bool{"--all": o.all}); err != nil {
		return 0, err
	}
	accounts, err := o.named()
	if err != nil {
		return 0, err
	}
	s, err := p.openAlone(strings.TrimSpace("withdraw " + o.campaign))
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	c, err := s.choose(o.campaign)
	if err != nil {
		return 0, err
	}
	plan, err := s.ledger.PlanWithdrawal(c.Name, accounts)
	if err != nil {
		return 0, err
	}
	takes := things(len(plan.Takes), "pending account")
	fmt.Fprintf(p.talk, "Plan for campaign %s: %s would be taken out.\n", c.Name, takes)
	showAccounts(p.talk, plan.Takes, p.options.verbose, func(campaign.Planned) string { return "nothing was sent for it" })
	showLeft(p.talk, plan.Left, p.options.verbose)
	if err := p.counted(ctx, o.expect, len(plan.Takes), "account", "would take "+takes+" out", "This takes "+takes+" out.", false); err != nil {
		return 0, err
	}
	if err := s.ledger.Withdraw(ctx, plan, o.reason, p.origin("withdraw", flags)); err != nil {
		return 0, err
	}
	return p.endWithdrawal(s, plan)
}

func (p *program) endWithdrawal(s *store, plan campaign.WithdrawPlan) (int, error) {
	end := withdrawJSON{
		Schema: "kycbatch/withdraw/1", Campaign: plan.Campaign, Withdrawn: []string{}, Left: leftOut(plan.Left), ExitCode: exitDone,
	}
	for _, one := range plan.Takes {
		end.Withdrawn = append(end.Withdrawn, one.Account)
	}
	if len(plan.Left) > 0 {
		end.ExitCode = exitMend
	}
	files, err := p.writeResults(s, campaign.Config{}, campaign.Summary{Campaign: plan.Campaign})
	if err != nil {
		p.talk.complain(err)
		end.ExitCode = weigh(end.ExitCode, codeOf(err))
	} else {
		end.Files = &filesJSON{files.Results, files.Links, files.Rejected}
	}
	if p.options.output == formatJSON {
		err = p.print(end)
	} else {
		fmt.Fprintf(p.out, "Campaign %s: %s taken out\n", end.Campaign, things(len(end.Withdrawn), "pending account"))
		showLeft(p.out, plan.Left, p.options.verbose)
		err = nil
	}
	return end.ExitCode, errors.Join(err, p.out.Flush())
}
