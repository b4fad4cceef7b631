package main

import (
	"context"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

const revokeLong = `End the sessions of some accounts; nothing follows. Their links stop working, and the API is given the reason.

Accounts are named by id, chosen by the status that the API says of their session now, or all of a campaign. Each is
looked at first; the plan names the sessions that would be ended. A session that a customer has opened or started is
only taken with --include-started. Then the number of accounts has to be typed, or given with --expect: also against
the sandbox.

The accounts are withdrawn: create does not send them again until their row is edited, and replace takes them by id.
Stop it or kill it: --resume goes on, and so does the campaign's next create.

`

func newRevoke(p *program) *cobra.Command {
	o := orderOptions{only: true, maxAttempts: campaign.DefaultMaxAttempts}
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "End sessions; nothing follows",
		Long:  revokeLong + exitHelp,
		Example: `  kycbatch revoke --campaign customers --account MA_7Q2XK4LD --reason "the account was closed"
  kycbatch revoke --campaign customers --status email_sent --reason "campaign called off"
  kycbatch revoke --campaign customers --all --include-started --reason "campaign called off" --yes --expect 1200`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.checkValues(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.carryOut(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	o.addFlags(f)
	f.StringSliceVar(&o.status, "status", nil, "accounts whose session has one of these statuses now: email_sent, link_ready, opened, in_progress, failed")
	meansItsOwn(f, "status") // of a policy it is for every night
	f.BoolVar(&o.all, "all", false, "every account of the campaign whose session lives")
	return cmd
}
