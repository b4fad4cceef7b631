package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(p *program) *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Print the version of this build",
		Long:        "Print the version of this build, the Go release it was built with, and its platform.\n\n" + exitHelp,
		Example:     "  kycbatch version\n  kycbatch version -o json",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{configOptional: ""},
		RunE: p.does(func(context.Context, []string) (int, error) {
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if p.options.output == formatJSON {
				return exitDone, p.print(struct {
					Schema   string `json:"schema"`
					Version  string `json:"version"`
					Go       string `json:"go"`
					Platform string `json:"platform"`
				}{"kycbatch/version/1", version(), runtime.Version(), platform})
			}
			fmt.Fprintf(p.out, "kycbatch %s (%s, %s)\n", version(), runtime.Version(), platform)
			return exitDone, nil
		}),
	}
}

// version comes from what the build noted: the module's version, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) > 12:
			commit = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changed"
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	if commit == "" {
		return "devel"
	}
	return commit + changed
}
