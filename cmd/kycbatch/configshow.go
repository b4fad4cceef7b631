package main

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shownSetting is one line of config show: an entry of schema kycbatch/config/1.
type shownSetting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Source string `json:"source"` // flag, environment, config or default
	At     string `json:"at"`     // the variable, or the file and its line; "" for the others
}

// configShow is the command.
func (p *program) configShow(cmd *cobra.Command, args []string) (code int, err error) {
	about, err := commandNamed(cmd.Root(), args)
	if err != nil {
		return 0, err
	}
	all := []shownSetting{}
	eachCommand(cmd.Root(), func(c *cobra.Command) {
		within := c == about || strings.HasPrefix(c.CommandPath(), about.CommandPath()+" ")
		if err != nil || c.HasParent() && !within {
			return
		}
		var more []shownSetting
		more, err = p.effective(cmd, c)
		all = append(all, more...)
	})
	if err != nil {
		return 0, err
	}
	path := ""
	if p.file != nil {
		path = p.file.path
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(struct {
			Schema   string         `json:"schema"`
			File     string         `json:"file"`
			Settings []shownSetting `json:"settings"`
		}{"kycbatch/config/1", path, all})
	}
	printSettings(p.out, path, all)
	return exitDone, nil
}

func printSettings(w io.Writer, path string, all []shownSetting) {
	if path == "" {
		path = "none"
	}
	fmt.Fprintf(w, "Configuration file: %s\n\n", oneLine(path))
	t := plainTable(w)
	t.AppendHeader(table.Row{"setting", "value", "from"})
	for _, s := range all {
		from := s.Source
		if s.At != "" {
			from = s.At
		}
		t.AppendRow(table.Row{s.Key, oneLine(s.inWords()), oneLine(from)})
	}
	t.Render()
}

// inWords is the value for people, to whom nothing and zero of a default say too little.
func (s shownSetting) inWords() string {
	if s.Source == fromDefault && slices.Contains([]string{"", "0", "0s", "[]"}, s.Value) {
		return "(not set)"
	}
	return s.Value
}

// commandNamed finds the command that words name; no words are the root.
func commandNamed(root *cobra.Command, words []string) (*cobra.Command, error) {
	cmd := root
	for _, word := range words {
		if cmd = subcommand(cmd, word); cmd == nil {
			return nil, failed(exitUsage, "kycbatch --help shows them", "there is no command %q", strings.Join(words, " "))
		}
	}
	return cmd, nil
}

// effective are the settings that cmd would run with, given what the running command was given: its own, and of those
// that every command has the ones that only cmd has otherwise. For the root they are those that every command has.
func (p *program) effective(running, cmd *cobra.Command) ([]shownSetting, error) {
	flags, came, err := p.settledFor(running, cmd)
	if err != nil {
		return nil, err
	}
	var all []shownSetting
	flags.VisitAll(func(f *pflag.Flag) {
		from, ok := came[f.Name]
		if !ok || cmd.HasParent() && cmd.InheritedFlags().Lookup(f.Name) != nil && !p.ofItsOwn(cmd, f, from) {
			return
		}
		value := f.Value.String()
		switch {
		case value != "":
		case f.Name == "data-dir":
			value, from = p.defaultDir()
		case f.Name == "rate":
			value = rateOf(flags.Lookup("sandbox").Value.String() == "true")
		}
		all = append(all, shownSetting{keyOf(sectionOf(cmd), f.Name), confidential(value), from.source, from.at})
	})
	return all, nil
}

// settledFor gives the flags of cmd the values that they would have if it were run in place of the running command.
func (p *program) settledFor(running, cmd *cobra.Command) (*pflag.FlagSet, map[string]origin, error) {
	twin := trial()
	twin.lookup = p.lookup
	found, err := commandNamed(newRoot(twin), strings.Fields(sectionOf(cmd)))
	if err != nil {
		return nil, nil, err
	}
	found.InheritedFlags() // which also makes found.Flags complete
	running.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if g := found.Flags().Lookup(f.Name); err == nil && f.Changed {
			err = g.Value.Set(f.Value.String())
			g.Changed = true
		}
	})
	if err != nil {
		return nil, nil, err
	}
	came, err := twin.settle(found, p.file)
	return found.Flags(), came, err
}

// ofItsOwn says that a global setting was given under the name of a command.
func (p *program) ofItsOwn(cmd *cobra.Command, f *pflag.Flag, from origin) bool {
	switch from.source {
	case fromEnvironment:
		return from.at != variable(cmd.Root(), f.Name)
	case fromConfig:
		s, top := p.file.find("", f.Name)
		return !top || from.at != fmt.Sprintf("%s:%d", p.file.path, s.line)
	}
	return false
}

// confidential hides of a value what could be a secret, or a person's: passwords and queries of addresses, and the
// names in e-mail addresses.
func confidential(value string) string {
	if u, err := url.Parse(value); err == nil && u.Host != "" && (u.User != nil || u.RawQuery != "") {
		hidden := u.Scheme + "://"
		if u.User != nil {
			hidden += "…@"
		}
		hidden += u.Host + u.EscapedPath()
		if u.RawQuery != "" {
			hidden += "?…"
		}
		return hidden
	}
	return regexp.MustCompile(`[^\s@,;:<>\[\]"'…]+@`).ReplaceAllString(value, "…@")
}
