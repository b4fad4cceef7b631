package main

import (
	"time"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// protocolOptions are those of the create protocol (design, rules 3, 4 and 6).
type protocolOptions struct {
	guard       string
	settle      time.Duration
	maxAttempts int
	onUnknown   string
}

const (
	sandboxSettle = 2 * time.Second
	unknownAuto   = "auto"
	unknownHold   = "hold"
)

func (o *protocolOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.guard, "guard", string(campaign.GuardEach), "look for live sessions: each account before its request, or one sweep of the whole list")
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "after this long, a request that had an effect shows in a list ("+sandboxSettle.String()+" with --sandbox)")
	f.IntVar(&o.maxAttempts, "max-attempts", campaign.DefaultMaxAttempts, "requests for one account, each proved to be without effect before the next")
	f.StringVar(&o.onUnknown, "on-unknown", unknownAuto, "no trace of a request after the settle time: auto sends again, hold leaves it to a person")
}

// check refuses what the protocol cannot be run with. The sandbox settles soon.
func (o *protocolOptions) check(p *program) error {
	if p.options.sandbox && !p.given["settle"] {
		o.settle = sandboxSettle
	}
	switch {
	case o.guard != string(campaign.GuardEach) && o.guard != string(campaign.GuardSweep):
		return failed(exitUsage, "", "--guard %q: choose each or sweep", o.guard)
	case o.settle <= 0:
		return failed(exitUsage, "", "--settle %s: it must be above zero", o.settle)
	case o.maxAttempts < 1 || o.maxAttempts > 100:
		return failed(exitUsage, "", "--max-attempts %d: choose 1 to 100", o.maxAttempts)
	case o.onUnknown != unknownAuto && o.onUnknown != unknownHold:
		return failed(exitUsage, "", "--on-unknown %q: choose auto or hold", o.onUnknown)
	}
	return nil
}
