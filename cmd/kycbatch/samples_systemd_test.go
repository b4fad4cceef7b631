package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const serviceSample = "systemd/kycbatch-nightly.service"

// sampleText reads a sample.
func sampleText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(samplesDir, name))
	require.NoError(t, err)
	return string(text)
}

// unit reads a unit file: the values of each key, by "Section.Key", in order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	section, values := "", map[string][]string{}
	for line := range strings.Lines(sampleText(t, name)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		require.True(t, ok, line)
		values[section+"."+key] = append(values[section+"."+key], value)
	}
	return values
}

// systemd itself finds nothing to say about the units: no misspelled key, no value out of range.
func TestSystemdTakesTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		fmt.Println("NOT CHECKED: there is no systemd-analyze on this machine, which would say whether systemd takes the sample units")
		t.Skip("there is no systemd-analyze on this machine")
	}
	program, err := os.Executable() // it wants a program to be there
	require.NoError(t, err)
	dir := t.TempDir()
	args := []string{"verify", "--man=no"}
	for _, name := range scheduled() {
		if strings.HasPrefix(name, "systemd/") {
			text := strings.ReplaceAll(sampleText(t, name), "/usr/local/bin/kycbatch", program)
			path := filepath.Join(dir, filepath.Base(name))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			args = append(args, path)
		}
	}
	said, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput()
	require.NoError(t, err, string(said))
	require.Empty(t, string(said))
}

// nightlyCodes are the codes other than 0 with which a nightly run can end: all but the one that is plan's alone.
func nightlyCodes(t *testing.T) []int {
	t.Helper()
	var codes []int
	for _, text := range numbers(`(?m)^  ([0-9]+) `, exitHelp) {
		code, err := strconv.Atoi(text)
		require.NoError(t, err)
		if code != exitDone && code != exitWork {
			codes = append(codes, code)
		}
	}
	require.Len(t, codes, 10)
	return codes
}

// triedAgain are those after which a scheduler may start the run again by itself.
func triedAgain() []int { return []int{exitAgain, exitLocked} }

// The service is started again after the codes that trying again can mend, and after no others.
func TestSystemdRestarts(t *testing.T) {
	u := unit(t, serviceSample)
	require.Equal(t, []string{"on-failure"}, u["Service.Restart"])
	listed := func(key string) (codes []int) {
		for text := range strings.FieldsSeq(strings.Join(u["Service."+key], " ")) {
			code, err := strconv.Atoi(text)
			require.NoError(t, err)
			codes = append(codes, code)
		}
		return codes
	}
	fine, held := listed("SuccessExitStatus"), listed("RestartPreventExitStatus")
	var again []int
	for _, code := range nightlyCodes(t) {
		if !slices.Contains(fine, code) && !slices.Contains(held, code) {
			again = append(again, code)
		}
	}
	require.Equal(t, triedAgain(), again)
	require.ElementsMatch(t, []int{exitMend, exitInterrupted}, fine, "a person is wanted, but the service has not failed")
}

// Credentials come as files that only this service can read, under the names that the program looks for.
func TestSystemdCredentials(t *testing.T) {
	u := unit(t, serviceSample)
	var names []string
	for _, value := range u["Service.LoadCredential"] {
		name, path, ok := strings.Cut(value, ":")
		require.True(t, ok && filepath.IsAbs(path), value)
		names = append(names, name)
	}
	wanted := bare(outside{}).wanted()
	require.Equal(t, []string{wanted[0].systemd, wanted[1].systemd}, names)
	require.NotContains(t, u, "Service.Environment")
	require.NotContains(t, u, "Service.EnvironmentFile")
	require.Equal(t, []string{"kycbatch"}, u["Service.StateDirectory"], "the ledger's place")
	require.Equal(t, []string{"0700"}, u["Service.StateDirectoryMode"])
}

// A missed run is left out, and none begins at night.
func TestSystemdTimer(t *testing.T) {
	u := unit(t, "systemd/kycbatch-nightly.timer")
	require.Equal(t, []string{"false"}, u["Timer.Persistent"])
	require.Equal(t, []string{"Mon..Sat 09:30 Asia/Kolkata"}, u["Timer.OnCalendar"])
	require.Equal(t, []string{"timers.target"}, u["Install.WantedBy"])
}
