package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "kycbatch"

// house lists the folders that may hold a package, and what of ours each may import; a pattern is path.Match's.
func house() map[string][]string {
	return map[string][]string{
		"cmd/kycbatch":     {"campaign", "internal/*"},
		"campaign":         {"checkpoint", "ratelimit", "internal/vobiz", "internal/intake"},
		"checkpoint":       nil,
		"ratelimit":        nil,
		"internal/arch":    nil,
		"internal/bench":   {"internal/vobiz"}, // its tests ask its server with our client
		"internal/control": nil,
		"internal/intake":  nil,
		"internal/prove":   nil,
		"internal/report":  {"campaign", "internal/intake"},
		"internal/sandbox": nil,
		"internal/vobiz":   nil,
		"samples/demo":     nil,
	}
}

// drawers are names under which anything could be put away.
func drawers() []string {
	return []string{"util", "utils", "common", "helper", "helpers", "misc", "shared"}
}

// violations returns a sentence for every rule that a package breaks, in the order of the packages.
func violations(packages []pkg) []string {
	var found []string
	for _, p := range packages {
		say := func(format string, args ...any) {
			found = append(found, p.dir+": "+fmt.Sprintf(format, args...))
		}
		if slices.Contains(drawers(), p.name) || slices.Contains(drawers(), path.Base(p.dir)) {
			say("name the package for what it is, not %q", p.name)
		}
		allowed, known := house()[p.dir]
		if !known {
			say("the design has no such folder")
			continue
		}
		if p.product && !documented(p) {
			say("no package comment that begins with its name")
		}
		for _, i := range p.imports {
			if !mayImport(p.dir, allowed, i) {
				say("%s must not import %s", i.file, i.dir)
			}
		}
	}
	return found
}

func documented(p pkg) bool {
	if p.name == "main" {
		return p.comment != ""
	}
	return strings.HasPrefix(p.comment, "Package "+p.name+" ")
}

func mayImport(from string, allowed []string, i imported) bool {
	if i.dir == "cmd" || strings.HasPrefix(i.dir, "cmd/") {
		return false
	}
	if i.test && (i.dir == from || i.dir == "internal/sandbox" || from == "internal/sandbox") {
		return true
	}
	return slices.ContainsFunc(allowed, func(pattern string) bool {
		matched, err := path.Match(pattern, i.dir)
		return err == nil && matched
	})
}
