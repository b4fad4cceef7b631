package main

import (
	"context"

	"github.com/spf13/cobra"
)

const configLong = `Say what the settings are and where they come from, or check a configuration file.

A configuration file is YAML. Its keys are the names of the flags; what stands under the name of a command is for that
command alone:

  data-dir: /srv/kyc
  rate: 2/s                  # for every command that has --rate
  create:
    settle: 15m
    remind-before: [3, 1]

It is --config FILE, else kycbatch.yaml in the working directory, else ~/.config/kycbatch/config.yaml (with
$XDG_CONFIG_HOME in place of ~/.config). Relative paths in it are relative to the working directory, as on the command
line. A key that is not known is an error, and so is a value of the wrong kind. There are no keys for credentials.

`

func newConfig(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Show the settings and their origin, or check a file",
		Long:    configLong + exitHelp,
		Example: "  kycbatch config show\n  kycbatch config check kycbatch.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	show := &cobra.Command{
		Use:   "show [COMMAND]",
		Short: "Say what each setting is, and where it comes from",
		Long: `Say what each setting is and where it comes from: a flag, an environment variable, a line of the configuration
file, or its default. With COMMAND only the settings of that one, and those that every command has.

Passwords and queries of addresses, and the names in e-mail addresses, are not shown.

` + exitHelp,
		Example: "  kycbatch config show\n  kycbatch config show create -o json",
	}
	show.RunE = p.does(func(_ context.Context, args []string) (int, error) { return p.configShow(show, args) })
	check := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Name every problem of a configuration file",
		Long: `Name every problem of a configuration file at once, each with its line and column: keys that are not known, values of
the wrong kind or out of range. Without FILE it checks the file that would be used. A file with problems is exit 2.

` + exitHelp,
		Example:     "  kycbatch config check\n  kycbatch config check kycbatch.yaml -o json",
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{configOptional: ""},
		RunE:        p.does(func(_ context.Context, args []string) (int, error) { return p.configCheck(args) }),
	}
	cmd.AddCommand(show, check)
	return cmd
}
