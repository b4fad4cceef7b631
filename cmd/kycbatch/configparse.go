package main

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configReader reads the YAML of a configuration file against the commands, and gathers all that is wrong with it.
type configReader struct {
	root     *cobra.Command // a tree of its own, whose flags are there to be tried out
	settings []setting
	problems []configProblem
}

// parseConfig reads a configuration file: the settings in their order, and every problem with its place. Where there is
// a problem, the settings are not to be used.
func parseConfig(text []byte) ([]setting, []configProblem) {
	if !utf8.Valid(text) {
		return nil, []configProblem{{Line: 1, Column: 1, Reason: "the file is not UTF-8"}}
	}
	r := &configReader{root: newRoot(trial())}
	// Duplicate keys are found here, all of them and not only the first.
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, []configProblem{syntaxProblem(err)}
	}
	read := false
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			if read {
				r.refuse(body, "", "the file has a second document; write one")
				continue
			}
			read = true
			r.section(r.root, body)
		default:
			r.refuse(body, "", "write settings, a line each, as rate: 5/s")
		}
	}
	return r.settings, r.problems
}

// trial is a program whose commands exist for their flags: nothing is set, heard or said.
func trial() *program {
	nothing := func(string) (string, bool) { return "", false }
	return &program{outside: outside{lookup: nothing}, talk: &talk{to: io.Discard}, given: map[string]bool{}}
}

// syntaxProblem is what the parser says, without the lines of the file that it would quote.
func syntaxProblem(err error) configProblem {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		return configProblem{Line: 1, Column: 1, Reason: "this is no YAML"}
	}
	at := known.GetToken().Position
	return configProblem{Line: at.Line, Column: at.Column, Reason: "this is no YAML: " + known.GetMessage()}
}

func (r *configReader) refuse(node ast.Node, key, reason string) {
	at := node.GetToken().Position
	r.problems = append(r.problems, configProblem{Line: at.Line, Column: at.Column, Key: key, Reason: reason})
}

// section reads the settings of a command, and the sections of those below it.
func (r *configReader) section(cmd *cobra.Command, m *ast.MappingNode) {
	seen := map[string]bool{}
	for _, pair := range m.Values {
		name, ok := pair.Key.(*ast.StringNode)
		if !ok {
			r.refuse(pair.Key, "", "a key is the name of a flag or of a command")
			continue
		}
		key := keyOf(sectionOf(cmd), shortened(name.Value))
		if seen[name.Value] {
			reason := "it is there twice"
			if subcommand(cmd, name.Value) != nil && len(settable(cmd, name.Value)) > 0 {
				reason += ", as a flag and as a command: set the flag under the commands that it is for"
			}
			r.refuse(name, key, reason)
			continue
		}
		seen[name.Value] = true
		r.pair(cmd, key, name, pair.Value)
	}
}

// pair reads one key with its value: a setting or a section. A name that is both is a section where it holds settings,
// or nothing.
func (r *configReader) pair(cmd *cobra.Command, key string, name *ast.StringNode, value ast.Node) {
	flags := settable(cmd, name.Value)
	if sub := subcommand(cmd, name.Value); sub != nil {
		switch below := value.(type) {
		case *ast.NullNode:
			return
		case *ast.MappingNode:
			r.section(sub, below)
			return
		}
		if len(flags) == 0 {
			r.refuse(value, key, "it is a command: write its settings below it, indented")
			return
		}
	}
	if len(flags) == 0 {
		r.refuse(name, key, unknownKey(cmd, name.Value))
		return
	}
	given, reason := readValue(flags[0], value)
	for _, f := range flags {
		if reason == "" {
			if err := given.give(f); err != nil {
				reason = err.Error()
			}
		}
	}
	if reason != "" {
		if _, none := value.(*ast.NullNode); none { // which has no place of its own
			value = name
		}
		r.refuse(value, key, reason)
		return
	}
	at := name.GetToken().Position
	r.settings = append(r.settings, setting{sectionOf(cmd), name.Value, given, at.Line, at.Column})
}

// settable are the flags that a key in the section of cmd sets: of that command, and of those below it. --config is
// none of them: it names this very file.
func settable(cmd *cobra.Command, name string) []*pflag.Flag {
	var found []*pflag.Flag
	eachCommand(cmd, func(c *cobra.Command) {
		eachSetting(c, func(f *pflag.Flag) {
			if _, own := f.Annotations[ownMeaning]; f.Name == name && name != "config" && (!own || c == cmd) {
				found = append(found, f)
			}
		})
	})
	return found
}

func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, sub := range cmd.Commands() {
		if sub.Name() == name && !ofCobra(sub) {
			return sub
		}
	}
	return nil
}
