package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
)

// A figure is one metric of a Prometheus text file (its exposition format, version 0.0.4): a gauge, with one sample for each set of
// labels.
type figure struct {
	name, help string
	samples    []sample
}

type sample struct {
	labels []label
	value  float64
}

type label struct{ name, value string }

// gauge is a figure with one sample.
func gaugeOf(name, help string, value float64, labels ...label) figure {
	return figure{name, help, []sample{{labels, value}}}
}

// writeFigures writes those that have samples.
func writeFigures(w io.Writer, all []figure) {
	inLabel := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for _, f := range all {
		if len(f.samples) == 0 {
			continue
		}
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", f.name, f.help, f.name)
		for _, s := range f.samples {
			parts := make([]string, len(s.labels))
			for i, l := range s.labels {
				parts[i] = l.name + `="` + inLabel.Replace(strings.ToValidUTF8(l.value, "\ufffd")) + `"`
			}
			fmt.Fprintf(w, "%s{%s} %s\n", f.name, strings.Join(parts, ","), strconv.FormatFloat(s.value, 'g', -1, 64))
		}
	}
}

// replacePublic writes a file that everybody may read, as a whole or not at all.
func replacePublic(path, content string) error {
	return renameio.WriteFile(path, []byte(content), 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o644))
}
