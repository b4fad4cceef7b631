package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const installed = "/usr/local/bin/kycbatch"

// scheduledArgs are the arguments that the samples give to the program, by sample.
func scheduledArgs(t *testing.T) map[string][][]string {
	t.Helper()
	all := map[string][][]string{}
	for _, line := range cronLines(t) { // the shell itself says where its words end
		text := strings.NewReplacer("cd /srv/kyc", "cd "+t.TempDir(), installed, `printf '%s\n'`).Replace(line.command)
		words, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", text).Output()
		require.NoError(t, err)
		all["crontab"] = append(all["crontab"], strings.Split(strings.TrimSpace(string(words)), "\n"))
	}
	for _, value := range unit(t, serviceSample)["Service.ExecStart"] {
		require.NotContains(t, value, `"`)
		words := strings.Fields(value)
		require.Equal(t, installed, words[0])
		all[serviceSample] = append(all[serviceSample], words[1:])
	}
	_, job := cronJobFile(t)
	for _, c := range job.Spec.JobTemplate.Spec.Template.Spec.Containers {
		all[cronJobSample] = append(all[cronJobSample], c.Args)
	}
	return all
}

// Each sample's command is a night of a campaign that was begun, to the program: against a rehearsal, with the data elsewhere, it
// does all its parts.
func TestScheduledCommandsRun(t *testing.T) {
	s := newStage(t)
	for _, file := range []string{"customers.csv --campaign customers", "customers-semicolon.csv --campaign spring-2027"} {
		got := s.run(append([]string{"create", "--sandbox"}, strings.Fields(filepath.Join(samplesDir, file))...)...)
		require.Contains(t, []int{exitDone, exitMend}, got.code, got.talked)
	}
	ran := 0
	for sample, commands := range scheduledArgs(t) {
		for _, args := range commands {
			args = slices.DeleteFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--data-dir=") })
			got := s.run(append(args, "--sandbox", "-o", "json")...)
			require.Contains(t, []int{exitDone, exitMend}, got.code, "%s: %s", sample, got.talked)
			summary := got.decoded(t)
			require.Equal(t, "kycbatch/nightly/1", summary["schema"], sample)
			require.NotEmpty(t, summary["parts"])
			for _, part := range summary["parts"].([]any) {
				require.Equal(t, "done", part.(map[string]any)["end"], "%s: %v", sample, part)
			}
			ran++
		}
	}
	require.Equal(t, 4, ran)
}
