package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// auditOptions are the flags of audit.
type auditOptions struct {
	pace     pace
	outage   outageOptions
	campaign string
	all      bool
	settle   time.Duration
}

const auditLong = `Look again at the API at every account that was sent and not looked at since, and name what went wrong.

Each create ends with this by itself; audit does it where a run was cut short, or with --all for everything that was
ever sent. It creates nothing. A session of ours that was revoked unasked is an incident: exit 8 once, then kept
in status.

`

func newAudit(p *program) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Look again at what was sent; create nothing",
		Long:    auditLong + exitHelp,
		Example: "  kycbatch audit --campaign customers\n  kycbatch audit --campaign customers --all",
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.audit(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	o.pace.addFlags(f)
	o.outage.addFlags(f)
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	f.BoolVar(&o.all, "all", false, "look again at everything that was sent")
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
	return cmd
}

// check refuses values out of range, and settles the settle time. Nothing was read yet.
func (o *auditOptions) check(p *program) error {
	protocol := protocolOptions{guard: string(campaign.GuardEach), settle: o.settle, maxAttempts: 1, onUnknown: unknownHold}
	err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p), o.outage.check())
	o.settle = protocol.settle
	return err
}

// audit is the command.
func (p *program) audit(ctx context.Context, o auditOptions, flags *pflag.FlagSet) (code int, err error) {
	h, err := p.hold("audit", o.campaign, o.pace, flags)
	if err != nil {
		return 0, err
	}
	defer closing(h.close, &err)
	c, err := h.store.choose(o.campaign)
	if err != nil {
		return 0, err
	}
	cfg := h.cfg
	cfg.Settle, cfg.MaxOutage, cfg.AuditOnly, cfg.AuditAll, cfg.Dir = o.settle, o.outage.maxOutage, true, o.all, campaign.ResultsDir(h.store.dir, c.Name)
	return p.pass(ctx, h.store, cfg, passOf{campaign: c.Name, limited: true, again: p.again(flags)})
}
