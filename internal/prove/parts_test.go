package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// The whole proof ends within its time on two cores, with the fuzz targets that there are.
func TestTheWholeFits(t *testing.T) {
	parts, err := allParts(os.DirFS(root), 1)
	require.NoError(t, err)
	require.LessOrEqual(t, makespan(parts), float64(full), "give the parts less time, or make them cheaper")
	var names []string
	for _, p := range parts {
		require.Regexp(t, "^[a-z]+$", p.name)
		require.NotContains(t, names, p.name)
		require.NotEmpty(t, p.what)
		require.NotEmpty(t, p.commands, p.name)
		require.Contains(t, []int{1, cores}, p.cores)
		names = append(names, p.name)
	}
	for _, name := range []string{"simulation", "kills", "fuzz", "power", "points", "explorer", "race"} {
		require.Contains(t, names, name)
	}
	short, err := allParts(os.DirFS(root), 0.1)
	require.NoError(t, err)
	require.Less(t, makespan(short), makespan(parts)/2)
}

func TestMakespan(t *testing.T) {
	require.InDelta(t, 10.0, makespan([]part{{cores: 2, minutes: 4}, {cores: 1, minutes: 6}, {cores: 1, minutes: 2}, {cores: 1, minutes: 3}}), 0)
	require.InDelta(t, 7.0, makespan([]part{{cores: 1, minutes: 1}, {cores: 1, minutes: 3}, {cores: 2, minutes: 4}}), 0)
}

// As many commands run at a time as a part has cores, or more where it says so, but never more than there are.
func TestWidth(t *testing.T) {
	four := make([]command, 4)
	require.Equal(t, 2, part{cores: 2, commands: four}.width())
	require.Equal(t, 3, part{cores: 2, atOnce: 3, commands: four}.width())
	require.Equal(t, 4, part{cores: 1, atOnce: 9, commands: four}.width())
	require.Equal(t, 1, part{cores: 2, commands: four[:1]}.width())
}

// Every command names tests that are there.
func TestPartsNameTests(t *testing.T) {
	parts, err := allParts(os.DirFS(root), 1)
	require.NoError(t, err)
	for _, p := range parts {
		for _, c := range p.commands {
			at := slices.Index(c.args, "-run")
			if at < 0 || c.fuzz != "" {
				continue
			}
			names := testsIn(t, filepath.Join(root, c.args[2]))
			require.True(t, slices.ContainsFunc(names, regexp.MustCompile(c.args[at+1]).MatchString), "%s: %s", p.name, c.line())
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example|Benchmark)\w*)\(`)

// testsIn are the names of the tests of one folder.
func testsIn(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

func TestFuzzTargets(t *testing.T) {
	all, err := fuzzTargets(fstest.MapFS{
		"b/x_test.go":            {Data: []byte("package b\n\nfunc FuzzTwo(f *testing.F) {}\nfunc FuzzOne(f *testing.F) {}\n")},
		"b/x.go":                 {Data: []byte("func FuzzNone(f *testing.F) {}\n")},
		"a/a_test.go":            {Data: []byte("// func FuzzNo(\nfunc FuzzA(f *testing.F) {}\n")},
		"bin/prove/a_test.go":    {Data: []byte("func FuzzNo(f *testing.F) {}\n")},
		"a/testdata/a_test.go":   {Data: []byte("func FuzzNo(f *testing.F) {}\n")},
		".git/modules/a_test.go": {Data: []byte("func FuzzNo(f *testing.F) {}\n")},
	})
	require.NoError(t, err)
	require.Equal(t, []target{{"a", "FuzzA"}, {"b", "FuzzOne"}, {"b", "FuzzTwo"}}, all)
	ours, err := fuzzTargets(os.DirFS(root))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(ours), 8)
}

func TestFuzzed(t *testing.T) {
	said := "fuzz: elapsed: 0s, gathering baseline coverage: 0/202 completed\nfuzz: elapsed: 3s, execs: 325017 (108336/sec), new interesting: 11 (total: 202)\n" +
		"fuzz: elapsed: 6s, execs: 680218 (118402/sec), new interesting: 12 (total: 203)\n"
	require.Equal(t, "0 of 680218 inputs of FuzzX in a: failing one", fuzzed(said, "FuzzX", "a").String())
	require.Equal(t, "1 of 680218 inputs of FuzzX in a: failing one", fuzzed(said+"--- FAIL: FuzzX (6.02s)\n", "FuzzX", "a").String())
	require.Equal(t, "0 of 0 inputs of FuzzX in a: failing one", fuzzed("", "FuzzX", "a").String())
}

func TestRaced(t *testing.T) {
	require.Equal(t, "0 of 2 tests: data race", raced("--- PASS: TestA (0.1s)\n    --- PASS: TestA/b (0.1s)\n--- PASS: TestB (0.1s)\n")[0].String())
	require.Equal(t, "1 of 1 tests: data race", raced("WARNING: DATA RACE\n--- FAIL: TestA (0.1s)\n")[0].String())
}

func TestCommandLine(t *testing.T) {
	c := goTest("./a", "^TestX$", "N=3")
	require.Equal(t, "N=3 go test ./a -run '^TestX$' -count=1 -timeout=0 -v", c.line())
	require.Equal(t, `'it'\''s' ''`, joined([]string{"it's", ""}))
	require.NotContains(t, c.line(), "GOMAXPROCS")
}
