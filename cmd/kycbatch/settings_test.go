package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// sampleValue is the n-th value for a flag, as the command line and as YAML has it; for a bool there are two.
func sampleValue(f *pflag.Flag, n int) (typed, yaml string) {
	choices := map[string][]string{
		"output": {formatJSON, formatText}, "log-format": {formatJSON, formatText}, "progress": {progressPlain, progressNone},
	}[f.Name]
	switch kind := f.Value.Type(); {
	case kind == "bool":
		typed = fmt.Sprint((f.DefValue == "true") == (n%2 == 1))
	case kind == "float64":
		typed = fmt.Sprintf("0.%d", n+1)
	case strings.Contains(kind, "int"):
		typed = fmt.Sprint(100 + n)
	case kind == "duration":
		typed = fmt.Sprintf("%dm0s", 70+n)
	case strings.HasSuffix(kind, "Array"): // a comma belongs to the value
		typed = fmt.Sprintf("a%d", n)
		return typed, "[" + typed + "]"
	case strings.HasSuffix(kind, "Slice"):
		typed = fmt.Sprintf("a%d,b", n)
		return typed, "[" + typed + "]"
	case choices != nil:
		typed = choices[n%len(choices)]
	default:
		typed = fmt.Sprintf("text%d", n)
	}
	return typed, typed
}

// everySetting visits each flag of each command that can be set, on a tree of its own.
func everySetting(visit func(cmd *cobra.Command, f *pflag.Flag)) {
	eachCommand(newRoot(trial()), func(cmd *cobra.Command) {
		eachSetting(cmd, func(f *pflag.Flag) { visit(cmd, f) })
	})
}

// For every flag of every command, and whichever of the sources give it a value: the command line comes first, then the
// environment, then the configuration file, each for the command alone before all commands; the default is what is left.
func TestPrecedence(t *testing.T) {
	checked := 0
	everySetting(func(cmd *cobra.Command, f *pflag.Flag) {
		if f.Name == "config" || !cmd.HasParent() {
			return
		}
		_, own := f.Annotations[ownMeaning]
		section := sectionOf(cmd)
		layers := []struct { // the last one that gives a value wins
			origin
			section string
			general bool
		}{
			{origin{fromConfig, "k.yaml:1"}, "", true},
			{origin{fromConfig, "k.yaml:2"}, section, false},
			{origin{fromEnvironment, variable(cmd.Root(), f.Name)}, "", true},
			{origin{fromEnvironment, variable(cmd, f.Name)}, "", false},
			{origin{source: fromFlag}, "", false},
		}
		shown := make([]string, len(layers)) // how the flag shows each layer's value
		for n := range layers {
			typed, _ := sampleValue(f, n)
			shown[n] = asSet(t, cmd, f.Name, typed)
		}
		for given := range 1 << len(layers) {
			env, file, args := map[string]string{}, &configFile{path: "k.yaml"}, []string{}
			value, from := f.Value.String(), origin{source: fromDefault}
			for n, layer := range layers {
				typed, _ := sampleValue(f, n)
				switch {
				case given&(1<<n) == 0:
					env[layer.at] = "" // which is none
					continue
				case layer.source == fromConfig:
					file.settings = append(file.settings, setting{section: layer.section, flag: f.Name, line: n + 1, value: asConfig(f, typed)})
				case layer.source == fromEnvironment:
					env[layer.at] = typed
				default:
					args = append(args, "--"+f.Name+"="+typed)
				}
				if !own || !layer.general {
					value, from = shown[n], layer.origin
				}
			}
			p := trial()
			p.lookup = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
			called, err := commandNamed(newRoot(p), strings.Fields(section))
			require.NoError(t, err)
			require.NoError(t, called.ParseFlags(args))
			came, err := p.settle(called, file)
			require.NoError(t, err)
			require.Equal(t, from, came[f.Name], "%s --%s, layers %05b", section, f.Name, given)
			require.Equal(t, value, called.Flags().Lookup(f.Name).Value.String(), "%s --%s, layers %05b", section, f.Name, given)
			checked++
		}
	})
	require.Greater(t, checked, 100*32)
}

func asConfig(f *pflag.Flag, typed string) configValue {
	if _, list := f.Value.(pflag.SliceValue); list {
		return configValue{texts: strings.Split(typed, ","), list: true}
	}
	return configValue{texts: []string{typed}}
}

// asSet is how a flag shows a value.
func asSet(t *testing.T, of *cobra.Command, flag, value string) string {
	t.Helper()
	cmd, err := commandNamed(newRoot(trial()), strings.Fields(sectionOf(of)))
	require.NoError(t, err)
	cmd.InheritedFlags() // which also makes cmd.Flags complete
	f := cmd.Flags().Lookup(flag)
	require.NoError(t, f.Value.Set(value))
	return f.Value.String()
}

// Flags of one name mean the same in every command, or say that they don't: a value that is set for all must fit all.
func TestOneNameOneMeaning(t *testing.T) {
	type meaning struct{ kind, standard string }
	first := map[string]meaning{}
	everySetting(func(cmd *cobra.Command, f *pflag.Flag) {
		if _, own := f.Annotations[ownMeaning]; own {
			return
		}
		m := meaning{f.Value.Type(), f.DefValue}
		if _, seen := first[f.Name]; !seen {
			first[f.Name] = m
		}
		require.Equal(t, first[f.Name], m, "%s --%s differs from other commands': meansItsOwn", cmd.CommandPath(), f.Name)
	})
}

// No environment variable can be read in two ways.
func TestOneVariableOneSetting(t *testing.T) {
	meant := map[string]string{}
	everySetting(func(cmd *cobra.Command, f *pflag.Flag) {
		for _, scope := range scopes(cmd, f) {
			name, key := variable(scope, f.Name), keyOf(sectionOf(scope), f.Name)
			require.Regexp(t, `^KYCBATCH_[A-Z_]+$`, name)
			if other, ok := meant[name]; ok {
				require.Equal(t, other, key, name)
			}
			meant[name] = key
		}
	})
	require.Equal(t, "create.rate", meant["KYCBATCH_CREATE_RATE"])
	require.Equal(t, "limit", meant["KYCBATCH_LIMIT"])
	require.Equal(t, "sandbox.limit", meant["KYCBATCH_SANDBOX_LIMIT"])
}

// A number of rows that is set for all commands is not the sandbox's rate.
func TestOwnMeaning(t *testing.T) {
	cmd := newRoot(trial())
	require.Len(t, settable(cmd, "limit"), 4, "create, nightly, plan and resend")
	sandbox := subcommand(cmd, "sandbox")
	require.Len(t, settable(sandbox, "limit"), 1)
	require.Equal(t, "string", settable(sandbox, "limit")[0].Value.Type())

	// Nor is whom to remind every night whose sessions are to end.
	remind, end := subcommand(cmd, "resend"), subcommand(cmd, "revoke")
	require.Contains(t, settable(cmd, "status"), remind.Flags().Lookup("status"))
	require.NotContains(t, settable(cmd, "status"), end.Flags().Lookup("status"))
	require.Len(t, settable(end, "status"), 1)
	require.NotContains(t, settable(cmd, "wait"), remind.Flags().Lookup("wait"), "create waits for its budget, resend for a half hour")
}

// What the environment gives and no flag takes names the variable.
func TestVariableThatNoFlagTakes(t *testing.T) {
	s := newStage(t)
	for name, value := range map[string]string{"KYCBATCH_QUIET": "perhaps", "KYCBATCH_STATUS_QUIET": "perhaps", "KYCBATCH_OUTPUT": "xml"} {
		s.env[name] = value
		got := s.run("status")
		require.Equal(t, exitUsage, got.code, name)
		require.Contains(t, got.talked, map[bool]string{true: "says where each value comes from", false: name}[value == "xml"])
		delete(s.env, name)
	}
}
