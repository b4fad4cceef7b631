package main

import (
	"time"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

const (
	defaultRate        = "5/s" // the API documents no limit for create and list: modest
	defaultSandboxRate = "50/s"
)

// pace says how fast requests leave.
type pace struct {
	rate    string // "" is the default
	workers int
	timeout time.Duration
	parsed  campaign.Rate // the rate, once it was checked
}

func (o *pace) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.rate, "rate", "", "requests a second, minute or hour, as 5/s or 300/m (default "+defaultRate+", "+defaultSandboxRate+" with --sandbox)")
	f.IntVar(&o.workers, "workers", campaign.DefaultWorkers, "requests under way at a time")
	f.DurationVar(&o.timeout, "timeout", campaign.DefaultTimeout, "time for one request")
}

// rateOf is the rate where none is given.
func rateOf(sandbox bool) string {
	if sandbox {
		return defaultSandboxRate
	}
	return defaultRate
}

// check refuses a pace that nobody can go at, and reads the rate.
func (o *pace) check(sandbox bool) (err error) {
	switch {
	case o.workers < 1 || o.workers > 1024:
		return failed(exitUsage, "", "--workers %d: choose 1 to 1024", o.workers)
	case o.timeout < time.Millisecond || o.timeout > time.Hour:
		return failed(exitUsage, "", "--timeout %s: choose 1ms to 1h", o.timeout)
	case o.rate == "":
		o.rate = rateOf(sandbox)
	}
	if o.parsed, err = campaign.ParseRate(o.rate); err != nil {
		return failed(exitUsage, "", "--rate: %w", err)
	}
	if o.parsed > 0 && o.parsed < campaign.MinRate {
		return failed(exitUsage, "choose 2/m or more; to send fewer customers a day, use --limit", "--rate %s: %w", o.rate, campaign.ErrRate)
	}
	return nil
}
