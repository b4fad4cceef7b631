package main

import (
	"context"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

const replaceLong = `End the sessions of some accounts and create new ones: the customers get a new mail, and the old link is dead.

Accounts are named by id, or chosen by what the API says of their session now: expired or failed. Each is looked at
first; the plan names the sessions that would be ended. A session that a customer has opened or started is only taken
with --include-started, and an account that has completed KYC never is. Then the number of accounts has to be typed,
or given with --expect: also against the sandbox.

It is the one way to mend a wrong address: --account ID --email NEW. From then on the new one is the account's, also
where the campaign's file still has the wrong one. (KYCBATCH_EMAIL keeps it out of the list of processes.)

Stop it or kill it: --resume goes on, and so does the campaign's next create.

`

// reasonReplaced is what the API and the record are given where nobody says more.
const reasonReplaced = "replaced by a new session"

func newReplace(p *program) *cobra.Command {
	var o orderOptions
	cmd := &cobra.Command{
		Use:   "replace",
		Short: "End sessions and create new ones in their place",
		Long:  replaceLong + exitHelp,
		Example: `  kycbatch replace --campaign customers --status expired
  kycbatch replace --campaign customers --account MA_7Q2XK4LD --email new@example.com --reason "wrong address"
  kycbatch replace --campaign customers --file accounts.txt --include-started --yes --expect 12
  kycbatch replace --campaign customers --resume`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.checkValues(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) {
		if o.reason == "" {
			o.reason = reasonReplaced
		}
		return p.carryOut(ctx, o, cmd.Flags())
	})
	f := cmd.Flags()
	o.addFlags(f)
	f.StringSliceVar(&o.status, "status", nil, "accounts whose session is in one of these states now: expired, failed")
	meansItsOwn(f, "status") // of a policy it is for every night
	f.StringVar(&o.email, "email", "", "the right address, of a single account")
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
	o.budget.addFlags(f)
	f.IntVar(&o.maxAttempts, "max-attempts", campaign.DefaultMaxAttempts, "as for create")
	return cmd
}
