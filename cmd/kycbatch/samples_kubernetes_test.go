package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

const cronJobSample = "kubernetes/cronjob.yaml"

// cronJob is what the sample uses of a batch/v1 CronJob, in its words.
type cronJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		Schedule                   string
		TimeZone                   string `yaml:"timeZone"`
		ConcurrencyPolicy          string `yaml:"concurrencyPolicy"`
		StartingDeadlineSeconds    int    `yaml:"startingDeadlineSeconds"`
		SuccessfulJobsHistoryLimit int    `yaml:"successfulJobsHistoryLimit"`
		FailedJobsHistoryLimit     int    `yaml:"failedJobsHistoryLimit"`
		JobTemplate                struct {
			Spec struct {
				PodFailurePolicy      struct{ Rules []podFailureRule } `yaml:"podFailurePolicy"`
				BackoffLimit          int                              `yaml:"backoffLimit"`
				ActiveDeadlineSeconds int                              `yaml:"activeDeadlineSeconds"`
				Template              struct{ Spec pod }
			}
		} `yaml:"jobTemplate"`
	}
}

// podFailureRule says what comes of a pod that failed. The first rule that fits holds.
type podFailureRule struct {
	Action      string
	OnExitCodes *struct {
		ContainerName string `yaml:"containerName"`
		Operator      string
		Values        []int
	} `yaml:"onExitCodes"`
	OnPodConditions []struct{ Type, Status string } `yaml:"onPodConditions"`
}

type pod struct {
	RestartPolicy                 string         `yaml:"restartPolicy"`
	TerminationGracePeriodSeconds int            `yaml:"terminationGracePeriodSeconds"`
	AutomountServiceAccountToken  *bool          `yaml:"automountServiceAccountToken"`
	EnableServiceLinks            *bool          `yaml:"enableServiceLinks"`
	SecurityContext               map[string]any `yaml:"securityContext"`
	Containers                    []struct {
		Name, Image     string
		Args            []string
		Env             []struct{ Name, Value string }
		Resources       map[string]map[string]string
		SecurityContext map[string]any `yaml:"securityContext"`
		VolumeMounts    []volumeMount  `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name                  string
		PersistentVolumeClaim struct {
			ClaimName string `yaml:"claimName"`
		} `yaml:"persistentVolumeClaim"`
		Secret struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode uint32 `yaml:"defaultMode"`
		}
		EmptyDir map[string]any `yaml:"emptyDir"`
	}
}

type volumeMount struct {
	Name      string
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
}

// volumeClaim is what the sample uses of a v1 PersistentVolumeClaim.
type volumeClaim struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		AccessModes []string `yaml:"accessModes"`
		Resources   map[string]map[string]string
	}
}

// cronJobFile reads the sample strictly: a key that is not known is an error.
func cronJobFile(t *testing.T) (claim volumeClaim, job cronJob) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(sampleText(t, cronJobSample)), yaml.Strict())
	require.NoError(t, d.Decode(&claim))
	require.NoError(t, d.Decode(&job))
	var more any
	require.ErrorIs(t, d.Decode(&more), io.EOF)
	require.Equal(t, []string{"v1", "PersistentVolumeClaim"}, []string{claim.APIVersion, claim.Kind})
	require.Equal(t, []string{"batch/v1", "CronJob"}, []string{job.APIVersion, job.Kind})
	return claim, job
}

// comes is what Kubernetes makes of a container's exit code (docs, "Pod failure policy"): without a rule it counts.
func comes(rules []podFailureRule, container string, code int) string {
	for _, r := range rules {
		if r.OnExitCodes != nil && r.OnExitCodes.ContainerName == container && slices.Contains(r.OnExitCodes.Values, code) {
			return r.Action
		}
	}
	return "Count"
}

// One run at a time, and by itself Kubernetes tries again only what trying again can mend.
func TestCronJobRuns(t *testing.T) {
	_, job := cronJobFile(t)
	require.Equal(t, "Forbid", job.Spec.ConcurrencyPolicy)
	require.Equal(t, "Asia/Kolkata", job.Spec.TimeZone)
	require.Positive(t, job.Spec.StartingDeadlineSeconds, "a missed run is left out")
	spec := job.Spec.JobTemplate.Spec
	require.Equal(t, "Never", spec.Template.Spec.RestartPolicy, "a policy by exit codes needs it")
	require.Len(t, spec.Template.Spec.Containers, 1)
	name := spec.Template.Spec.Containers[0].Name
	var again []int
	for _, code := range nightlyCodes(t) {
		switch action := comes(spec.PodFailurePolicy.Rules, name, code); action {
		case "Count":
			again = append(again, code)
		default:
			require.Equal(t, "FailJob", action, code)
		}
	}
	require.Equal(t, triedAgain(), again)
	require.Positive(t, spec.BackoffLimit)
	for i, r := range spec.PodFailurePolicy.Rules {
		if r.OnExitCodes == nil {
			require.Zero(t, i, "a drained node is no failure, whatever the code")
			require.Equal(t, "Ignore", r.Action)
			continue
		}
		require.Equal(t, "In", r.OnExitCodes.Operator)
		require.True(t, slices.IsSorted(r.OnExitCodes.Values))
		require.NotContains(t, r.OnExitCodes.Values, 0)
	}
}

// The credentials are files that the program finds and takes, and nowhere else in the manifest.
func TestCronJobCredentials(t *testing.T) {
	_, job := cronJobFile(t)
	spec := job.Spec.JobTemplate.Spec.Template.Spec
	c := spec.Containers[0]
	require.Len(t, c.Env, 1)
	require.Equal(t, "CREDENTIALS_DIRECTORY", c.Env[0].Name)
	mount := slices.IndexFunc(c.VolumeMounts, func(m volumeMount) bool { return m.MountPath == c.Env[0].Value })
	require.GreaterOrEqual(t, mount, 0)
	require.True(t, c.VolumeMounts[mount].ReadOnly)
	for _, v := range spec.Volumes {
		if v.Name == c.VolumeMounts[mount].Name {
			require.NotEmpty(t, v.Secret.SecretName)
			// The folder is the same kind as systemd's, and so is what the program forbids in it.
			require.Equal(t, uint32(0o440), v.Secret.DefaultMode)
		}
	}
	for _, w := range bare(outside{}).wanted() {
		require.Contains(t, sampleText(t, cronJobSample), "--from-file="+w.systemd)
		require.NotContains(t, sampleText(t, cronJobSample), w.variable)
	}
}

// The ledger is on the claimed volume, in a folder that the program makes for itself.
func TestCronJobVolume(t *testing.T) {
	claim, job := cronJobFile(t)
	require.Equal(t, []string{"ReadWriteOncePod"}, claim.Spec.AccessModes)
	spec := job.Spec.JobTemplate.Spec.Template.Spec
	var mounted string
	for _, v := range spec.Volumes {
		for _, m := range spec.Containers[0].VolumeMounts {
			if v.PersistentVolumeClaim.ClaimName == claim.Metadata.Name && v.Name == m.Name {
				mounted = m.MountPath
			}
		}
	}
	require.NotEmpty(t, mounted)
	for _, arg := range spec.Containers[0].Args {
		if dir, ok := strings.CutPrefix(arg, "--data-dir="); ok {
			require.Equal(t, mounted, path.Dir(dir))
			return
		}
	}
	require.Fail(t, "no --data-dir")
}

// Kubernetes' own types keep all that the manifest says: what they don't know they drop.
func TestKubernetesTakesTheCronJob(t *testing.T) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		fmt.Println("NOT CHECKED: there is no kubectl on this machine, which would say whether Kubernetes knows every key of the sample")
		t.Skip("there is no kubectl on this machine")
	}
	cmd := exec.CommandContext(t.Context(), kubectl, "set", "image", "--local", "-o", "yaml",
		"-f", filepath.Join(samplesDir, cronJobSample), "nightly=changed:1")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output() // the claim has no image to set, and so it is exit code 1
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), err)
	var kept map[string]any
	require.NoError(t, yaml.Unmarshal(out, &kept), said.String())
	require.Equal(t, "CronJob", kept["kind"], said.String())

	d := yaml.NewDecoder(strings.NewReader(strings.ReplaceAll(sampleText(t, cronJobSample), "registry.example.com/kycbatch:1", "changed:1")))
	var claim, job map[string]any
	require.NoError(t, d.Decode(&claim))
	require.NoError(t, d.Decode(&job))
	require.Empty(t, missing("", job, kept))
}

// missing names the values of one YAML tree that another does not have.
func missing(at string, want, got any) []string {
	var gone []string
	switch want := want.(type) {
	case map[string]any:
		have, _ := got.(map[string]any)
		for key, value := range want {
			gone = append(gone, missing(at+"."+key, value, have[key])...)
		}
		if got == nil {
			gone = append(gone, at)
		}
	case []any:
		have, _ := got.([]any)
		for i, value := range want {
			if i >= len(have) {
				return append(gone, fmt.Sprintf("%s[%d]", at, i))
			}
			gone = append(gone, missing(fmt.Sprintf("%s[%d]", at, i), value, have[i])...)
		}
	default:
		if fmt.Sprint(want) != fmt.Sprint(got) {
			gone = append(gone, fmt.Sprintf("%s: %v became %v", at, want, got))
		}
	}
	return gone
}
