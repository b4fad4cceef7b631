package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What init writes is good, with every # before a setting taken off too, and names only what the program has. The
// sample is the same file.
func TestStarter(t *testing.T) {
	text, err := starter.ReadFile("starter/kycbatch.yaml")
	require.NoError(t, err)
	settings, problems := parseConfig(text)
	require.Empty(t, problems)
	require.Empty(t, settings, "it sets nothing by itself")

	all := regexp.MustCompile(`(?m)^( *)#([a-z])`).ReplaceAll(text, []byte("$1$2"))
	settings, problems = parseConfig(all)
	require.Empty(t, problems)
	require.Greater(t, len(settings), 12)
	require.Empty(t, (&configFile{"k.yaml", settings}).tryOut())

	sample, err := os.ReadFile(filepath.Join(samplesDir, "kycbatch.yaml"))
	require.NoError(t, err)
	require.Equal(t, string(text), string(sample), "samples/kycbatch.yaml is what init writes")

	s := newStage(t)
	customers, err := starter.ReadFile("starter/customers.csv")
	require.NoError(t, err)
	got := s.run("create", "--sandbox", s.file("customers.csv", string(customers)), "-o", "json")
	require.Equal(t, exitDone, got.code, got.talked)
}

// What the comments of the starter call the default is the default.
func TestStarterShowsDefaults(t *testing.T) {
	text, err := starter.ReadFile("starter/kycbatch.yaml")
	require.NoError(t, err)
	checked := 0
	for _, block := range strings.Split(string(text), "\n\n") {
		if strings.Contains(block, "(Default: ") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^ *#([a-z-]+): (.*)$`).FindAllStringSubmatch(block, -1) {
			f := settable(newRoot(trial()), m[1])[0]
			standard := f.DefValue
			if standard == "" { // said in the flag's help
				standard = strings.TrimRight(strings.Fields(f.Usage[strings.Index(f.Usage, "(default "):])[1], ",")
			}
			require.Equal(t, strings.TrimSuffix(standard, "0s"), strings.TrimSuffix(m[2], "0s"), m[1])
			checked++
		}
	}
	require.Greater(t, checked, 5)
}
