package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// nightlyOptions are the flags of nightly.
type nightlyOptions struct {
	campaign    string
	skip        []string
	pace        pace
	guard       string
	settle      time.Duration
	maxAttempts int
	budget      budgetOptions
	policy      policyOptions
	report      reportOptions
	include     syncOptions // what of verified_data is kept, and reported
	limit       int
	exclude     string
	maxDuration time.Duration
	maxOutage   time.Duration
	maxFailures string
	keepBackups int
	notify      string
	metrics     string
}

const nightlyLong = `Do what a campaign needs each night, in one line of cron: send what is pending and find out what is in doubt; ask where every
customer stands; remind those who are due; write the report; and keep a backup of the ledger. Mails leave within --daily-cap
and --window. It asks no question.

It goes on with a campaign that create has begun, for that was agreed to; it never begins one. It never waits for cap or
window: outside the window, or with the cap used up, the rest stays pending for the next night. A night that was missed is not
made up for: the next one sends what one night may send.

A part that fails does not keep the others from their work, unless the ledger cannot be written. Once the credentials were
refused, or after a safety stop, nothing more is sent.

--notify-cmd runs after everything, also where the night failed: a shell's command line, which gets the summary on its
standard input, as -o json prints it. It has a minute, and no credentials in its environment. --metrics-file is for
Prometheus's node_exporter; it holds counts alone, and everybody may read it.

`

const defaultKeepBackups = 14

func newNightly(p *program) *cobra.Command {
	var o nightlyOptions
	cmd := &cobra.Command{
		Use:   "nightly",
		Short: "Do what a campaign needs each night; for cron",
		Long:  nightlyLong + exitHelp,
		Example: `  kycbatch nightly --campaign customers
  kycbatch nightly --campaign customers --daily-cap 500 --window "09:00-19:00 mon-sat" --timezone Asia/Kolkata
  kycbatch nightly --campaign customers --skip backup --notify-cmd /usr/local/bin/tell-owners --metrics-file /var/lib/node_exporter/kyc.prom`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.nightly(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	f.StringSliceVar(&o.skip, "skip", nil, "parts to leave out, of "+strings.Join(nightParts(), ", "))
	o.pace.addFlags(f)
	f.StringVar(&o.guard, "guard", string(campaign.GuardEach), "as for create")
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
	f.IntVar(&o.maxAttempts, "max-attempts", campaign.DefaultMaxAttempts, "as for create")
	o.budget.addFlags(f)
	o.policy.addFlags(f)
	o.report.addFlags(f)
	f.StringSliceVar(&o.include.include, "include", nil, "facts of verified_data to keep and to report, as verified_data.pan_name_match")
	f.IntVar(&o.limit, "limit", 0, "send at most this many pending rows (default: all)")
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "ask the API nothing more after this long (default: no end)")
	f.DurationVar(&o.maxOutage, "max-outage", campaign.DefaultMaxOutage, "as for create")
	f.StringVar(&o.maxFailures, "max-failures", "", "as for create")
	f.IntVar(&o.keepBackups, "keep-backups", defaultKeepBackups, "how many backups of nightly to keep; the oldest go")
	f.StringVar(&o.notify, "notify-cmd", "", "shell command line that gets the summary on its standard input, after everything")
	f.StringVar(&o.metrics, "metrics-file", "", "Prometheus text file to write, as DIR/kycbatch.prom")
	return cmd
}

// check refuses values out of range. Nothing was read or sent yet.
func (o *nightlyOptions) check(p *program) error {
	_, err := o.config(p)
	if err == nil {
		_, err = o.policy.policy()
	}
	if err == nil {
		o.include.pace = o.pace
		err = o.include.check(p)
	}
	if err == nil {
		o.report.since, o.report.timezone, o.report.include = sinceLast, o.budget.timezone, o.include.include
		o.report.look.pace = o.pace
		err = o.report.check(p)
	}
	return err
}

// config is what the flags say for the parts that ask the API.
func (o *nightlyOptions) config(p *program) (cfg campaign.Config, err error) {
	protocol := protocolOptions{guard: o.guard, settle: o.settle, maxAttempts: o.maxAttempts, onUnknown: unknownAuto}
	if err := errors.Join(o.pace.check(p.options.sandbox), protocol.check(p)); err != nil {
		return cfg, err
	}
	for _, name := range o.skip {
		if !slices.Contains(nightParts(), name) {
			return cfg, failed(exitUsage, "", "--skip %q: choose from %s", name, strings.Join(nightParts(), ", "))
		}
	}
	switch {
	case o.limit < 0:
		return cfg, failed(exitUsage, "", "--limit %d: it must be above zero", o.limit)
	case o.maxDuration < 0:
		return cfg, failed(exitUsage, "", "--max-duration %s: it must be above zero", o.maxDuration)
	case o.maxOutage <= 0:
		return cfg, failed(exitUsage, "", "--max-outage %s: it must be above zero", o.maxOutage)
	case o.keepBackups < 1:
		return cfg, failed(exitUsage, "to make none, use --skip "+partBackup, "--keep-backups %d: keep one at least", o.keepBackups)
	case p.given["notify-cmd"] && strings.TrimSpace(o.notify) == "":
		return cfg, failed(exitUsage, "", "--notify-cmd: it is empty")
	case p.given["metrics-file"] && o.metrics == "":
		return cfg, failed(exitUsage, "", "--metrics-file: it is empty")
	}
	cfg = campaign.Config{
		Workers: o.pace.workers, Ahead: o.pace.ahead(), Timeout: o.pace.timeout, Settle: protocol.settle, MaxAttempts: o.maxAttempts,
		Guard: campaign.GuardMode(o.guard), Limit: o.limit, MaxOutage: o.maxOutage,
	}
	if o.maxFailures != "" {
		if cfg.MaxFailures, err = campaign.ParseTolerance(o.maxFailures); err != nil {
			return cfg, failed(exitUsage, "", "--max-failures: %w", err)
		}
	}
	o.budget.zoned = true // the report has it too
	cfg.Budget, err = o.budget.budget(p, o.pace.timeout)
	return cfg, err
}

// nightly is the command: the night, then whoever is to hear of it. Also of a night that could not begin.
func (p *program) nightly(ctx context.Context, o nightlyOptions, flags *pflag.FlagSet) (int, error) {
	n := &night{program: p, o: o, flags: flags, began: time.Now(), name: o.campaign}
	end, err := n.open(ctx)
	if err != nil {
		n.failure = err
		n.tell(ctx)
		return 0, errors.Join(err, end())
	}
	n.spend(ctx)
	n.tell(ctx)
	err = n.show()
	n.told(ctx)
	return n.code(), errors.Join(err, end())
}

// open takes the ledger and connects to the API. end lets both go, also after an error.
func (n *night) open(ctx context.Context) (end func() error, err error) {
	var closers []func() error
	end = func() (err error) {
		for _, c := range slices.Backward(closers) {
			err = errors.Join(err, c())
		}
		return err
	}
	p := n.program
	if n.cfg, err = n.o.config(p); err != nil {
		return end, err
	}
	if n.o.exclude != "" {
		if n.cfg.Exclude, err = intake.LoadExclusions(n.o.exclude); err != nil {
			return end, refusedInput(ctx, err)
		}
	}
	t, err := p.target(n.o.pace.timeout)
	if err != nil {
		return end, err
	}
	if n.store, err = p.open(t, false, strings.TrimSpace("nightly "+n.o.campaign)); err != nil {
		return end, err
	}
	closers = append(closers, n.store.close)
	if n.campaign, err = n.store.choose(n.o.campaign); err != nil {
		return end, err
	}
	n.name = n.campaign.Name
	if n.policy, err = n.o.policy.policy(); err != nil {
		return end, err
	}
	if asked := slices.ContainsFunc(policyFlags(), func(name string) bool { return p.given[name] }); asked && !n.skips(partResend) {
		if err := keeps(n.policy, n.campaign, n.store.ledger.CheckPolicy(n.policy, n.name)); err != nil {
			return end, err
		}
	}
	if !n.campaign.Begun && !slices.Contains(n.o.skip, partCreate) {
		return end, failed(exitUsage, "begin it yourself, with as few as you like: "+p.typed("create --limit 5 --campaign "+quoted(n.name)),
			"campaign %s was never begun by create, so nobody has agreed to it: nothing was sent", n.name)
	}
	a, err := p.connect(t, n.o.pace, n.store.dir, true)
	if err != nil {
		return end, err
	}
	closers = append(closers, a.close)
	n.cfg.Ledger, n.cfg.Client, n.cfg.Brake = n.store.ledger, a.client, a.brake
	n.cfg.Dir, n.cfg.Origin = campaign.ResultsDir(n.store.dir, n.name), p.origin("nightly", n.flags)
	return end, nil
}
