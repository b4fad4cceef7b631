package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A setting is a flag of a command. The command line, the environment and the configuration file can each give it, and
// come in this order; its name there follows from the commands' own flag sets, so there is no second list to keep:
//
//	create --rate    KYCBATCH_CREATE_RATE    create: {rate: 5/s}    for create alone
//	                 KYCBATCH_RATE           rate: 5/s              for every command with that flag
//
// A value under a command's name holds for that command and for those below it, and comes before one under no name.

// ownMeaning marks a flag that means something else than other commands' flags of the same name.
const ownMeaning = "kycbatch_own_meaning"

// meansItsOwn takes a flag out of what is set for every command with a flag of its name: only the name of its
// command reaches it.
func meansItsOwn(flags *pflag.FlagSet, name string) {
	flags.Lookup(name).Annotations = map[string][]string{ownMeaning: nil}
}

// scopes are the commands under whose names a flag of cmd can be given, the nearest first; the last one is the root,
// whose name is left out.
func scopes(cmd *cobra.Command, f *pflag.Flag) []*cobra.Command {
	all := []*cobra.Command{cmd}
	if _, own := f.Annotations[ownMeaning]; own {
		return all
	}
	for cmd.HasParent() {
		cmd = cmd.Parent()
		all = append(all, cmd)
	}
	return all
}

// variable is the environment variable that gives a flag under a command's name.
func variable(scope *cobra.Command, flag string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(scope.CommandPath() + " " + flag))
}

// sectionOf names a command as the configuration file does: "" is the top level, "config show" a section in a section.
func sectionOf(cmd *cobra.Command) string {
	_, below, _ := strings.Cut(cmd.CommandPath(), " ")
	return below
}

// keyOf names a setting in one word: rate, create.rate.
func keyOf(section, flag string) string {
	if section == "" {
		return flag
	}
	return strings.ReplaceAll(section, " ", ".") + "." + flag
}

// eachSetting visits the flags of a command that can be given beforehand, in the order of their names: its own and
// those that every command has.
func eachSetting(cmd *cobra.Command, visit func(*pflag.Flag)) {
	cmd.InheritedFlags() // which also makes cmd.Flags complete
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			visit(f)
		}
	})
}

// eachCommand visits a command and all below it. What cobra adds by itself has no settings.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	if ofCobra(cmd) {
		return
	}
	visit(cmd)
	for _, sub := range cmd.Commands() {
		eachCommand(sub, visit)
	}
}

func ofCobra(cmd *cobra.Command) bool {
	for ; cmd != nil; cmd = cmd.Parent() {
		switch cmd.Name() {
		case "completion", "help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
			return true
		}
	}
	return false
}

// The sources of a value.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromConfig      = "config"
	fromDefault     = "default"
)

// origin is where a value came from.
type origin struct {
	source string
	at     string // the variable, or the file with its line; "" for flags and defaults
}

// settle gives every flag of cmd its value, and says where each came from. file may be nil.
func (p *program) settle(cmd *cobra.Command, file *configFile) (map[string]origin, error) {
	came := map[string]origin{}
	var err error
	eachSetting(cmd, func(f *pflag.Flag) {
		if err == nil {
			came[f.Name], err = p.settleFlag(cmd, f, file)
		}
	})
	return came, err
}

// settleFlag takes the first value that there is. An empty variable is none.
func (p *program) settleFlag(cmd *cobra.Command, f *pflag.Flag, file *configFile) (origin, error) {
	if f.Changed {
		return origin{source: fromFlag}, nil
	}
	around := scopes(cmd, f)
	for _, scope := range around {
		name := variable(scope, f.Name)
		if value, ok := p.lookup(name); ok && value != "" {
			if err := f.Value.Set(value); err != nil {
				return origin{}, failed(exitUsage, "mend or unset it", "environment variable %s: %w", name, err)
			}
			return origin{fromEnvironment, name}, nil
		}
	}
	for _, scope := range around {
		if s, ok := file.find(sectionOf(scope), f.Name); ok {
			at := fmt.Sprintf("%s:%d", file.path, s.line)
			if err := s.value.give(f); err != nil {
				return origin{}, failed(exitUsage, "", "%s: %s: %w", at, s.key(), err)
			}
			return origin{fromConfig, at}, nil
		}
	}
	return origin{source: fromDefault}, nil
}
