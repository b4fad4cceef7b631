package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// syncOptions are the flags of sync.
type syncOptions struct {
	pace     pace
	campaign string
	include  []string
	fields   []string // of include, without what they begin with; once it was checked
}

const syncLong = `Ask the API where every customer stands whose session can still change, and keep what it says.

It sends nothing but looks. A session that has ended is never asked for again. By reading the API's list, or one by one:
whichever takes fewer requests; what the list does not show is asked for by itself. Each change of status is kept with
its time (kycbatch history ACCOUNT), and results.csv is written anew.

It sees what the API does not tell: sessions that have expired; those that were revoked, and not by us (an incident: exit 8
once, then kept in status); and newer ones that somebody else has made for an account. Those are shown, never fought.

Of what customers were verified by, nothing is kept but the fields that --include names, with the digits of PAN and Aadhaar
masked. Sessions that had completed before are asked for once more then.

`

// verifiedPrefix begins the names that --include takes.
const verifiedPrefix = "verified_data."

func newSync(p *program) *cobra.Command {
	var o syncOptions
	cmd := &cobra.Command{
		Use:     "sync",
		Short:   "Ask the API where every customer stands",
		Long:    syncLong + exitHelp,
		Example: "  kycbatch sync\n  kycbatch sync --campaign customers --include verified_data.pan_name_match",
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.sync(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	o.pace.addFlags(f)
	f.StringVar(&o.campaign, "campaign", "", "one campaign only (default: all)")
	f.StringSliceVar(&o.include, "include", nil, "fields to keep of completed sessions, as verified_data.pan_name_match")
	return cmd
}

// check refuses values out of range. Nothing was read yet.
func (o *syncOptions) check(p *program) error {
	o.fields = nil
	for _, name := range o.include {
		field, ok := strings.CutPrefix(strings.TrimSpace(name), verifiedPrefix)
		if !ok || campaign.CheckInclude(field) != nil {
			return failed(exitUsage, "", "--include %q: name fields of verified_data, as verified_data.pan_name_match", name)
		}
		o.fields = append(o.fields, field)
	}
	return o.pace.check(p.options.sandbox)
}

// sync is the command.
func (p *program) sync(ctx context.Context, o syncOptions, flags *pflag.FlagSet) (code int, err error) {
	h, err := p.hold("sync", o.campaign, o.pace, flags)
	if err != nil {
		return 0, err
	}
	defer closing(h.close, &err)
	s, cfg := h.store, h.cfg
	names, err := s.names(o.campaign)
	if err != nil {
		return 0, err
	}
	cfg.Include = o.fields
	var done campaign.Synced
	err = p.watched(ctx, s, cfg, passOf{campaign: strings.Join(names, ", ")}, func(cfg campaign.Config) (err error) {
		done, err = campaign.Sync(ctx, cfg, names...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	if why := stopOf(ctx); done.Halt == campaign.HaltDrained && why != errInterrupted {
		done.Cause = why
	}
	return p.endSync(ctx, s, cfg, synced{sum: done, campaign: o.campaign, again: p.again(flags)})
}

// names are those of the campaign that is meant, or of all.
func (s *store) names(name string) ([]string, error) {
	if name != "" {
		c, err := s.choose(name)
		return []string{c.Name}, err
	}
	all, err := s.ledger.Campaigns()
	if err == nil && len(all) == 0 {
		_, err = pick(nil, "")
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names, err
}
