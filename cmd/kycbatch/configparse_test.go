package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// Each thing that can be wrong, with its place and its words. A value that might be a secret is in none of them.
func TestConfigProblems(t *testing.T) {
	const credentials = "credentials have no key: put them into VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, or into files that auth-id-file and auth-token-file name"
	for name, c := range map[string]struct {
		text string
		want []configProblem
	}{
		"nothing":            {"", nil},
		"comments":           {"# rate: 1\n", nil},
		"empty sections":     {"create:\n  # rate: 1\nsandbox:\n", nil},
		"byte order mark":    {"rate: 1/s\n", nil},
		"a start of YAML":    {"---\nrate: 1/s\n", nil},
		"unknown":            {"\n# x\nfrobnicate: planted\n", []configProblem{{3, 1, "frobnicate", "there is no such setting"}}},
		"misspelled":         {"create:\n  max_attemps: 3\n", []configProblem{{2, 3, "create.max_attemps", "there is no such setting; did you mean max-attempts?"}}},
		"misspelled command": {"creat:\n  rate: 5/s\n", []configProblem{{1, 1, "creat", "there is no such setting; did you mean create?"}}},
		"other spelling":     {"Data_Dir: x\n", []configProblem{{1, 1, "Data_Dir", "there is no such setting; did you mean data-dir?"}}},
		"another's":          {"plan: {settle: 10m}\n", []configProblem{{1, 8, "plan.settle", "it is no setting here, but of audit, create, nightly, recover, replace, resend, revoke, undecided resolve"}}},
		"below a command":    {"config: {show: {rate: 1/s}}\n", []configProblem{{1, 17, "config.show.rate", "it is no setting here, but of audit, create, nightly, plan, plan resend, recover, replace, report, resend, revoke, sync, undecided resolve"}}},
		"help":               {"help: true\n", []configProblem{{1, 1, "help", "there is no such setting; did you mean keep?"}}},
		"itself":             {"config: planted\n", []configProblem{{1, 9, "config", "it is a command: write its settings below it, indented"}}},
		"itself, below":      {"create: {config: planted}\n", []configProblem{{1, 10, "create.config", "it names this file, and so has no place in it"}}},
		"a credential":       {"auth-token: planted\n", []configProblem{{1, 1, "auth-token", credentials}}},
		"credentials": {"VOBIZ_AUTH_ID: planted\ncreate:\n  X-Auth-Token: planted\npassword: planted\napi_key: planted\nclientSecret: [planted]\n", []configProblem{
			{1, 1, "VOBIZ_AUTH_ID", credentials}, {3, 3, "create.X-Auth-Token", credentials}, {4, 1, "password", credentials},
			{5, 1, "api_key", credentials}, {6, 1, "clientSecret", credentials},
		}},
		"twice": {"rate: 1/s\nrate: planted\n", []configProblem{{2, 1, "rate", "it is there twice"}}},
		"flag and command": {"sandbox: true\nsandbox: {listen: x}\n", []configProblem{
			{2, 1, "sandbox", "it is there twice, as a flag and as a command: set the flag under the commands that it is for"},
		}},
		"twice below":      {"create:\n  rate: 1/s\n  rate: 2/s\n", []configProblem{{3, 3, "create.rate", "it is there twice"}}},
		"not a bool":       {"yes: 1\n", []configProblem{{1, 6, "yes", "write true or false"}}},
		"quoted bool":      {"yes: 'true'\n", []configProblem{{1, 6, "yes", "write true or false"}}},
		"old bool":         {"yes: on\n", []configProblem{{1, 6, "yes", "write true or false"}}},
		"not a number":     {"workers: many\n", []configProblem{{1, 10, "workers", "write a whole number, as 5"}}},
		"quoted number":    {"workers: '5'\n", []configProblem{{1, 10, "workers", "write a whole number, as 5"}}},
		"octal":            {"workers: 010\n", []configProblem{{1, 10, "workers", "write a whole number, as 5"}}},
		"hexadecimal":      {"workers: 0x10\n", []configProblem{{1, 10, "workers", "write a whole number, as 5"}}},
		"fraction":         {"workers: 1.5\n", []configProblem{{1, 10, "workers", "write a whole number, as 5"}}},
		"not a float":      {"sandbox: {faults: half}\n", []configProblem{{1, 19, "sandbox.faults", "write a number, as 0.5"}}},
		"no unit":          {"settle: 10\n", []configProblem{{1, 9, "settle", "write a time with its unit, as 90s, 10m or 2h"}}},
		"no duration":      {"settle: soon\n", []configProblem{{1, 9, "settle", `time: invalid duration "soon"`}}},
		"not quoted":       {"create: {campaign: 2024}\n", []configProblem{{1, 20, "create.campaign", "write it in quotation marks"}}},
		"true for text":    {"data-dir: true\n", []configProblem{{1, 11, "data-dir", "write it in quotation marks"}}},
		"not a list":       {"create:\n  metadata: plan\n", []configProblem{{2, 13, "create.metadata", "write a list, as [a, b]"}}},
		"list in a list":   {"create:\n  metadata: [a, [b]]\n", []configProblem{{2, 13, "create.metadata", "write a list of texts or numbers, as [a, b]"}}},
		"bool in a list":   {"create:\n  metadata: [true]\n", []configProblem{{2, 13, "create.metadata", "write a list of texts or numbers, as [a, b]"}}},
		"a list":           {"rate: [1/s]\n", []configProblem{{1, 7, "rate", "write one value"}}},
		"a section":        {"rate:\n  create: 1/s\n", []configProblem{{2, 9, "rate", "write one value"}}},
		"no value":         {"rate:\n", []configProblem{{1, 1, "rate", "it has no value: give one, or take the line out"}}},
		"null":             {"rate: ~\n", []configProblem{{1, 1, "rate", "it has no value: give one, or take the line out"}}},
		"several lines":    {"rate: |\n  1/s\n", []configProblem{{1, 7, "rate", "write it on one line"}}},
		"anchor":           {"rate: &r 1/s\n", []configProblem{{1, 7, "rate", "anchors, aliases and tags are not used here: write the value"}}},
		"tag":              {"rate: !!str 1/s\n", []configProblem{{1, 7, "rate", "anchors, aliases and tags are not used here: write the value"}}},
		"merge":            {"<<: {rate: 1/s}\n", []configProblem{{1, 1, "", "a key is the name of a flag or of a command"}}},
		"number as key":    {"5: planted\n", []configProblem{{1, 1, "", "a key is the name of a flag or of a command"}}},
		"control":          {"data-dir: \"a\\tb\"\n", []configProblem{{1, 11, "data-dir", "it has a control character"}}},
		"control in list":  {"create: {metadata: [\"a\\eb\"]}\n", []configProblem{{1, 20, "create.metadata", "write a list of texts or numbers, as [a, b]"}}},
		"a bare word":      {"planted\n", []configProblem{{1, 1, "", "write settings, a line each, as rate: 5/s"}}},
		"a bare list":      {"- planted\n", []configProblem{{1, 1, "", "write settings, a line each, as rate: 5/s"}}},
		"two documents":    {"rate: 1/s\n---\nrate: 2/s\n", []configProblem{{3, 5, "", "the file has a second document; write one"}}},
		"no YAML":          {"rate: 1/s\nauth-token: 'planted\nyes: true\n", []configProblem{{2, 13, "", "this is no YAML: could not find end character of single-quoted text"}}},
		"indented wrongly": {"rate: 1/s\n yes: planted\n", []configProblem{{1, 7, "", "this is no YAML: mapping value is not allowed in this context"}}},
		"not UTF-8":        {"rate: \xff\n", []configProblem{{1, 1, "", "the file is not UTF-8"}}},
		"several": {"raet: planted\nyes: 5\ncreate:\n  settle: 5\n  limit: 3\n", []configProblem{
			{1, 1, "raet", "there is no such setting; did you mean rate?"}, {2, 6, "yes", "write true or false"},
			{4, 11, "create.settle", "write a time with its unit, as 90s, 10m or 2h"},
		}},
		"a paragraph as key": {strings.Repeat("long ", 20) + ": planted\n", []configProblem{
			{1, 1, strings.Repeat("long ", 8) + "…", "there is no such setting"},
		}},
	} {
		_, problems := parseConfig([]byte(strings.TrimPrefix(c.text, "\ufeff")))
		require.Equal(t, c.want, problems, name)
		for _, w := range problems {
			require.NotContains(t, w.at("k.yaml"), "planted", name)
		}
	}
}

// Values in YAML's own form become what the flag would have taken on the command line.
func TestConfigValues(t *testing.T) {
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	slice := f.StringSlice("slice", nil, "")
	array := f.StringArray("array", nil, "")
	pairs := f.StringToString("pairs", nil, "")
	give := func(flag, yaml string) error {
		t.Helper()
		value, reason := valueOf(t, f.Lookup(flag), yaml)
		require.Empty(t, reason)
		return value.give(f.Lookup(flag))
	}
	require.NoError(t, give("slice", "[3, 'a,b', 1.5]"))
	require.Equal(t, []string{"3", "a,b", "1.5"}, *slice, "a comma in an item cuts nothing")
	require.NoError(t, give("slice", "[]"))
	require.Empty(t, *slice)
	require.NoError(t, give("array", "\n  - x y\n  - z"))
	require.Equal(t, []string{"x y", "z"}, *array)
	for yaml, want := range map[string]map[string]string{
		"{email: Customer E-mail}":            {"email": "Customer E-mail"},
		"{email: 'a=b'}":                      {"email": "a=b"},
		"{email: 'a,b', account: '\"x\"=y'}":  {"email": "a,b", "account": `"x"=y`},
		"\n  email: Mail\n  account: Account": {"email": "Mail", "account": "Account"},
	} {
		f.Lookup("pairs").Changed = false
		clear(*pairs)
		require.NoError(t, give("pairs", yaml), yaml)
		require.Equal(t, want, *pairs, yaml)
	}
	for _, yaml := range []string{"[a]", "{a: [b]}", "{1: a}", "text", "~"} {
		_, reason := valueOf(t, f.Lookup("pairs"), yaml)
		require.NotEmpty(t, reason, yaml)
	}
}

// valueOf reads a YAML value for a flag.
func valueOf(t *testing.T, f *pflag.Flag, text string) (configValue, string) {
	t.Helper()
	file, err := parser.ParseBytes([]byte("key: "+text), 0)
	require.NoError(t, err)
	return readValue(f, file.Docs[0].Body.(*ast.MappingNode).Values[0].Value)
}

// Whatever the bytes are: no panic, and either settings that their flags take, or problems with places in the file.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{
		"", "rate: 5/s\ncreate:\n  remind-before: [3, 1]\n", "a: &x [*x]\n", "{a: {b: {c: d}}}", "? [a]\n: b\n", "rate: \"\\x00\"\n",
		"sandbox: true\n...\n", "\trate: 1", "create: {rate: 1/s, rate: 2/s}\n", "<<: *x\n", "- - - -\n", "%YAML 1.2\n---\nyes: true\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<10 { // the parser is slow on what nobody writes
			return
		}
		settings, problems := parseConfig(text)
		lines := strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n") + 1
		for _, w := range problems {
			require.NotEmpty(t, w.Reason)
			require.Positive(t, w.Column)
			require.LessOrEqual(t, 1, w.Line)
			require.LessOrEqual(t, w.Line, lines)
			require.True(t, utf8.ValidString(w.at("k.yaml")))
		}
		root := newRoot(trial())
		for _, s := range settings {
			cmd, err := commandNamed(root, strings.Fields(s.section))
			require.NoError(t, err)
			flags := settable(cmd, s.flag)
			require.NotEmpty(t, flags)
			require.NoError(t, s.value.give(flags[0]))
		}
	})
}
