package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// repeat is how to type a command again: the flags that it was given.
type repeat struct {
	flags []string // quoted for a shell
	where []string // those among them that say where the data is: all that a command needs that asks the ledger alone
}

// again notes the flags of the command line that hold for the next call too. What was about this one call alone (how far
// it goes, whom it is about), or about its display, is left out but for those in keep; what the environment says, it will say again.
func (p *program) again(flags *pflag.FlagSet, keep ...string) repeat {
	var r repeat
	flags.Visit(func(f *pflag.Flag) {
		switch name := f.Name; {
		case slices.Contains(keep, name):
		case isOneOff(name):
			return
		case slices.Contains([]string{"data-dir", "sandbox", "config"}, name):
			r.where = append(r.where, typedFlag(f))
		}
		r.flags = append(r.flags, typedFlag(f))
	})
	return r
}

// isOneOff says whether a flag is about one call alone.
func isOneOff(flag string) bool {
	switch flag {
	case "campaign", "sheet", "limit", "expect", "max-duration", "retry-refused", "yes", "all", "account", "file", "status", "email", "reason", "include-started", "resume",
		"adopt", "retry", "give-up", "session", "output", "progress", "log-format", "quiet", "verbose":
		return true
	}
	return false
}

func typedFlag(f *pflag.Flag) string {
	value := f.Value.String()
	if many, ok := f.Value.(pflag.SliceValue); ok && f.Value.Type() == "stringArray" {
		parts := many.GetSlice()
		for i, part := range parts {
			parts[i] = "--" + f.Name + " " + quoted(part)
		}
		return strings.Join(parts, " ")
	}
	switch f.Value.Type() {
	case "bool":
		if value == "true" {
			return "--" + f.Name
		}
		return "--" + f.Name + "=" + value
	case "stringSlice":
		value = strings.Trim(value, "[]")
	}
	return "--" + f.Name + " " + quoted(value)
}

// create is the command line of the next create.
func (r repeat) create(campaign string, more ...string) string {
	return r.line("create", campaign, more...)
}

// line is the command line of the next call of a command.
func (r repeat) line(command, campaign string, more ...string) string {
	parts := append([]string{"kycbatch " + command}, more...)
	parts = append(parts, "--campaign "+quoted(campaign))
	return strings.Join(append(parts, r.flags...), " ")
}

// audit is the command line of an audit.
func (r repeat) audit(campaign string) string {
	return strings.Join(append([]string{"kycbatch audit --campaign " + quoted(campaign)}, r.flags...), " ")
}

// undecided is the command line that shows a campaign's undecided accounts.
func (r repeat) undecided(campaign string) string {
	return strings.Join(append([]string{"kycbatch undecided --campaign " + quoted(campaign)}, r.where...), " ")
}

// typed is a command's line with the global flags that say where the data is, and what API was named.
func (p *program) typed(command string) string {
	g := p.options
	if p.came["api-url"].source != fromFlag {
		g.apiURL = ""
	}
	return g.typed(command)
}

// typedFor is typed for a command that asks the API to which a ledger belongs; what has read it may have been told of no
// API, or of another.
func (p *program) typedFor(s *store, command string) string {
	g := p.options
	switch api := s.file.Identity().API; {
	case g.sandbox:
		g.apiURL = ""
	case api == sandboxBase:
		g.sandbox, g.apiURL, g.dataDir = true, "", strings.TrimSuffix(p.dataDir(), sandboxSuffix)
	case api != p.baseURL(), p.came["api-url"].source == fromFlag:
		g.apiURL = api
	default:
		g.apiURL = ""
	}
	return g.typed(command)
}

func (g globals) typed(command string) string {
	line := "kycbatch " + command
	if g.sandbox {
		line += " --sandbox"
	}
	for _, f := range []struct{ name, value string }{{"config", g.config}, {"data-dir", g.dataDir}, {"api-url", g.apiURL}} {
		if f.value != "" {
			line += " --" + f.name + " " + quoted(f.value)
		}
	}
	return line
}

const lookUpIncidents = "look up each session named above; `kycbatch status` keeps naming them"

// next says what to do after a run, one step an entry.
func (f finished) next() []string {
	var steps []string
	s := f.sum
	rerun := f.of.again.create(s.Campaign)
	switch s.Halt {
	case campaign.HaltCredentials:
		steps = append(steps, "check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, then go on: "+rerun)
	case campaign.HaltMetadata, campaign.HaltReadBack:
		steps = append(steps, "ask the API's support before anything else is sent; afterwards: "+rerun)
	case campaign.HaltRefusals:
		steps = append(steps, "read kyc_error in results.csv, mend the setting, then: "+rerun+" --retry-refused")
	case campaign.HaltFailures:
		steps = append(steps, "read kyc_error in results.csv; once it is mended, or is to be put up with: "+rerun)
	case campaign.HaltOutage:
		steps = append(steps, "when the API answers again: "+rerun)
	case campaign.HaltLinks:
		steps = append(steps, "see that links.csv of every campaign can be read, then: "+rerun)
	case campaign.HaltLedger:
		steps = append(steps, "see that the disk has space and is sound, then: "+rerun)
	default:
		if s.Closed != nil {
			steps = append(steps, fmt.Sprintf("from %s on: %s", moment(s.Closed.Until), rerun))
		} else if s.Counts[campaign.OutcomePending]+s.Counts[campaign.OutcomeInDoubt]+s.GoneInDoubt+s.Unaudited > 0 {
			steps = append(steps, "go on: "+rerun)
		}
	}
	if len(s.Incidents) > 0 {
		steps = append(steps, lookUpIncidents)
	}
	if n := s.Counts[campaign.OutcomeUndecided]; n > 0 {
		steps = append(steps, fmt.Sprintf("decide about the %s, for which nothing more is sent: %s", things(n, "undecided row"), f.of.again.undecided(s.Campaign)))
	}
	if f.files.Rejected != "" {
		steps = append(steps, fmt.Sprintf("mend the %s in %s, then: %s", things(f.files.Mend, "row"), filepath.Base(f.files.Rejected),
			f.of.again.create(mended(s.Campaign), quoted(f.files.Rejected))))
	}
	return steps
}

// mended names the campaign of the rows that come back. It is another one: under the old name, the rows that are not
// in the file would be withdrawn.
func mended(campaign string) string {
	const suffix, longest = "-mended", 64
	campaign = strings.TrimSuffix(campaign, suffix)
	return campaign[:min(len(campaign), longest-len(suffix))] + suffix
}
