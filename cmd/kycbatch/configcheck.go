package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// checkedConfig is the result of config check, of schema kycbatch/config-check/1.
type checkedConfig struct {
	Schema   string          `json:"schema"`
	Path     string          `json:"path"`
	Settings int             `json:"settings"` // that it makes; 0 where there are problems
	Problems []configProblem `json:"problems"`
}

// configCheck is the command.
func (p *program) configCheck(args []string) (code int, err error) {
	file, err := p.file, p.fileErr
	if len(args) > 0 {
		file, err = readConfig(args[0], true)
	}
	checked := checkedConfig{Schema: "kycbatch/config-check/1", Problems: []configProblem{}}
	var bad *configError
	switch {
	case errors.As(err, &bad):
		checked.Path, checked.Problems = bad.path, bad.problems
	case err != nil:
		return 0, err
	case file == nil:
		return 0, failed(exitUsage, "name one, or write one with: kycbatch init", "there is no configuration file here")
	default:
		checked.Path, checked.Settings, checked.Problems = file.path, len(file.settings), append(checked.Problems, file.tryOut()...)
	}
	code = exitDone
	if len(checked.Problems) > 0 {
		code, checked.Settings = exitUsage, 0
	}
	if p.options.output == formatJSON {
		return code, p.print(checked)
	}
	for _, w := range checked.Problems {
		fmt.Fprintln(p.out, oneLine(w.at(checked.Path)))
	}
	switch {
	case code != exitDone:
		fmt.Fprintf(p.out, "%s in %s\n", things(len(checked.Problems), "problem"), oneLine(checked.Path))
	case checked.Settings == 0:
		fmt.Fprintf(p.out, "%s is good, and sets nothing yet\n", oneLine(checked.Path))
	default:
		fmt.Fprintf(p.out, "%s is good: %s\n", oneLine(checked.Path), things(checked.Settings, "setting"))
	}
	return code, nil
}

// tryOut gives each command the settings that it would have from this file alone, and asks it what it thinks of them.
func (c *configFile) tryOut() []configProblem {
	var problems []configProblem
	eachCommand(newRoot(trial()), func(cmd *cobra.Command) {
		words := strings.Fields(sectionOf(cmd))
		refuses := func(settings []setting) error { return tryOut(words, &configFile{c.path, settings}) }
		for _, w := range blame(c.settings, refuses) {
			same := func(o configProblem) bool { return o.Line == w.Line && o.Column == w.Column }
			if !slices.ContainsFunc(problems, same) { // one for several commands, each of which refuses it
				problems = append(problems, w)
			}
		}
	})
	slices.SortStableFunc(problems, func(a, b configProblem) int { return a.Line - b.Line })
	return problems
}

// blame finds the settings that are refused. A command names one problem at a time, so where it refuses them all, it is
// asked about each by itself; where each is good, they do not go together.
func blame(settings []setting, refuses func([]setting) error) []configProblem {
	whole := refuses(settings)
	if whole == nil || refuses(nil) != nil { // a command that refuses its defaults has something else in mind
		return nil
	}
	var problems []configProblem
	for _, s := range settings {
		if err := refuses([]setting{s}); err != nil {
			problems = append(problems, configProblem{s.line, s.column, s.key(), err.Error()})
		}
	}
	if len(problems) == 0 {
		problems = append(problems, configProblem{1, 1, "", "these do not go together: " + whole.Error()})
	}
	return problems
}

// tryOut settles a command with a file and nothing else, and checks its options. Nothing is run.
func tryOut(words []string, file *configFile) error {
	p := trial()
	cmd, err := commandNamed(newRoot(p), words)
	if err != nil {
		return err
	}
	if err := p.take(cmd, file); err != nil || cmd.PreRunE == nil {
		return err
	}
	return cmd.PreRunE(cmd, nil)
}
