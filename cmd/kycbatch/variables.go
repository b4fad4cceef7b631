package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// variablePrefix begins the names of all environment variables that give flags.
const variablePrefix = "KYCBATCH_"

// warnOfVariables names the environment variables that look like flags' and are none's: what somebody has set in a
// misspelled one would be lost without a word. Of their values nothing is said. An empty variable is none.
func (p *program) warnOfVariables(root *cobra.Command) {
	var known []string
	for _, name := range p.variables() {
		if value, ok := p.lookup(name); !ok || value == "" || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		if known == nil {
			known = flagVariables(root)
		}
		if slices.Contains(known, name) {
			continue
		}
		hint := "kycbatch config show names the settings"
		if near := nearest(name, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.talk.say("warning: environment variable %s sets nothing; %s", shortened(name), hint)
	}
}

// variables are the names of the environment's, in order.
func (p *program) variables() []string {
	if p.environ == nil {
		return nil
	}
	var names []string
	for _, pair := range p.environ() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// flagVariables are the names of all variables that give a flag of some command.
func flagVariables(root *cobra.Command) []string {
	var names []string
	eachCommand(root, func(cmd *cobra.Command) {
		eachSetting(cmd, func(f *pflag.Flag) {
			for _, scope := range scopes(cmd, f) {
				names = append(names, variable(scope, f.Name))
			}
		})
	})
	slices.Sort(names)
	return slices.Compact(names)
}
