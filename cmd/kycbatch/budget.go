package main

import (
	"time"
	_ "time/tzdata" // for machines and containers without time zone data

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// budgetOptions say how many mails may leave, and when.
type budgetOptions struct {
	dailyCap int
	window   string
	timezone string
	wait     bool
	zoned    bool // the zone is of more than the budget
}

// addFlags adds those of create and plan; to wait is create's alone.
func (o *budgetOptions) addFlags(f *pflag.FlagSet) {
	f.IntVar(&o.dailyCap, "daily-cap", 0, "mails in one day at most, over all campaigns of the ledger (default: no cap)")
	f.StringVar(&o.window, "window", "", `when mails may leave, as "09:00-19:00 mon-sat"; several with a comma between them (default: always)`)
	f.StringVar(&o.timezone, "timezone", "", "time zone of the cap's days and of the window, as Asia/Kolkata (default: this machine's)")
}

// budget checks the options, and makes them what a pass needs.
func (o *budgetOptions) budget(p *program, timeout time.Duration) (b campaign.Budget, err error) {
	b = campaign.Budget{DailyCap: o.dailyCap, Wait: o.wait}
	if p.given["daily-cap"] && o.dailyCap < 1 {
		return b, failed(exitUsage, "", "--daily-cap %d: it must be above zero", o.dailyCap)
	}
	if p.given["window"] {
		if b.Window, err = campaign.ParseWindow(o.window); err != nil {
			return b, failed(exitUsage, "", "--window: %w", err)
		}
	}
	if o.timezone != "" {
		if b.Zone, err = zoneOf(o.timezone); err != nil {
			return b, err
		}
	}
	switch limited := p.given["daily-cap"] || p.given["window"]; {
	case p.came["timezone"].source == fromFlag && !limited && !o.zoned: // set for all commands it is no mistake: report has it too
		return b, failed(exitUsage, "", "--timezone is of --daily-cap and --window: give one of them")
	case o.wait && !limited:
		return b, failed(exitUsage, "", "--wait waits for --daily-cap and --window: give one of them")
	}
	if err := b.Check(timeout); err != nil {
		return b, failed(exitUsage, "", "--window %q: %w", o.window, err)
	}
	return b, nil
}

// zoneOf finds the time zone of --timezone; "" is this machine's.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, failed(exitUsage, "write it as Asia/Kolkata or Europe/Berlin, or UTC", "--timezone %q: no such time zone", name)
	}
	return zone, nil
}
