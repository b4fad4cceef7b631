package main

import (
	"os"
	"os/user"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// origin says who gave a command, for the trail.
func (p *program) origin(command string, flags *pflag.FlagSet) campaign.Origin {
	o := campaign.Origin{Command: command, User: strconv.Itoa(os.Getuid()), PID: os.Getpid()}
	if who, err := user.Current(); err == nil {
		o.User = who.Username
	}
	if host, err := os.Hostname(); err == nil {
		o.Host = host
	}
	flags.VisitAll(func(f *pflag.Flag) { // by name, so the order is the same each time
		if p.given[f.Name] {
			o.Flags = append(o.Flags, campaign.Fact{Name: "--" + f.Name, Value: told(f)})
		}
	})
	return o
}

// told is the value of a flag as far as the trail may keep it: numbers, times and choices. Paths, addresses and column
// names are the user's or a customer's business, so of a flag that is not listed only the name is kept.
func told(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return strings.TrimPrefix(f.Value.String(), "true") // as it is typed
	case "int", "duration":
		return f.Value.String()
	}
	switch f.Name {
	case "rate", "guard", "on-unknown", "on-duplicate", "remind-before", "campaign", "output", "include",
		"daily-cap", "window", "timezone", "max-failures", "older-than", "max-mails", "status":
		return f.Value.String()
	}
	return ""
}
