package main

import (
	"time"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// outageOptions say how long a command goes on without an answer from the API.
type outageOptions struct {
	maxOutage time.Duration
}

func (o *outageOptions) addFlags(f *pflag.FlagSet) {
	f.DurationVar(&o.maxOutage, "max-outage", campaign.DefaultMaxOutage, "stop after the API gave no answer for this long; until then the run pauses and goes on by itself")
}

// check refuses a time that cannot pass.
func (o *outageOptions) check() error {
	if o.maxOutage <= 0 {
		return failed(exitUsage, "", "--max-outage %s: it must be above zero", o.maxOutage)
	}
	return nil
}
