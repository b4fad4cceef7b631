package report

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlugs(t *testing.T) {
	named := func(owners ...string) []string {
		all := slugs(owners)
		names := make([]string, len(owners))
		for i, o := range owners {
			names[i] = all[o]
		}
		return names
	}
	require.Equal(t, []string{"asha-rao", "vikram"}, named("Asha Rao", "vikram"))
	require.Equal(t, []string{"all"}, named(""), "alone there are no owners")
	require.Equal(t, []string{"asha", "no-owner"}, named("asha", ""))
	require.Equal(t, []string{"asha-rao-46944fd8", "asha-rao-3bf153e1", "vikram"}, named("Asha Rao", "asha-rao", "vikram"), "two owners with one slug")
	require.Equal(t, []string{"asha-rao-46944fd8f", "asha-rao-3bf153e1", "asha-rao-46944fd8"}, named("Asha Rao", "asha-rao", "asha-rao-46944fd8"), "somebody is called as another's hash")
	for _, taken := range []string{"summary", "Index", "REPORT", "all", "No Owner", "CON", "nul", "Com1", "lpt9"} {
		require.Regexp(t, "^"+slug(taken)+"-[0-9a-f]{8}$", named(taken, "x")[0])
	}
	for hostile, want := range map[string]string{
		"../../etc/passwd":               `^etc-passwd-[0-9a-f]{8}$`,
		"a\x00b":                         `^a-b-[0-9a-f]{8}$`,
		"🦊":                              `^[0-9a-f]{8}$`,
		"आशा":                            `^[0-9a-f]{8}$`,
		"Zoë Šimić":                      `^zoe-simic-[0-9a-f]{8}$`,
		".":                              `^[0-9a-f]{8}$`,
		"..":                             `^[0-9a-f]{8}$`,
		"~root":                          `^root-[0-9a-f]{8}$`,
		"C:\\Windows\\con.txt":           `^c-windows-con-txt-[0-9a-f]{8}$`,
		"-rf":                            `^rf-[0-9a-f]{8}$`,
		"asha@corp.example":              `^asha-corp-example-[0-9a-f]{8}$`,
		"report.csv":                     `^report-csv$`,
		"ﬁne ＡＢＣ":                        `^fine-abc-[0-9a-f]{8}$`,
		"\u202eevil":                     `^evil-[0-9a-f]{8}$`,
		strings.Repeat("long name ", 20): `^(long-name-){6}[0-9a-f]{8}$`,
		strings.Repeat("x", 200):         `^x{60}-[0-9a-f]{8}$`,
	} {
		require.Regexp(t, want, named(hostile, "x")[0], "%q", hostile)
	}
}

// TestSlugsAreSafeAndUnique is the law: whatever the owners are called, each has a name of its own that is safe everywhere, in
// whatever order they come, and nobody's plain name depends on who else is there.
func TestSlugsAreSafeAndUnique(t *testing.T) {
	pieces := []string{"a", "A", "asha", "Asha", " ", "-", "_", ".", "..", "/", "\\", "\x00", "🦊", "é", "e\u0301", "Com1", "nul", "summary", "all", "report",
		"no-owner", "आशा", "46944fd8", "\u202e", "'", "=", strings.Repeat("long", 30)}
	safe := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for seed := range uint64(400) {
		draw := rand.New(rand.NewPCG(seed, 1))
		var owners []string
		for range 1 + draw.IntN(40) {
			owner := ""
			for range draw.IntN(4) {
				owner += pieces[draw.IntN(len(pieces))]
			}
			if !slices.Contains(owners, owner) {
				owners = append(owners, owner)
			}
		}
		named := slugs(owners)
		used := map[string]string{}
		for _, owner := range owners {
			name := named[owner]
			require.Regexp(t, safe, name, "seed %d: %q", seed, owner)
			require.LessOrEqual(t, len(name), maxSlug+1+2*hashSize)
			require.False(t, device.MatchString(name), "seed %d: %q", seed, name)
			require.NotContains(t, []string{nameSummary, nameIndex, nameReport}, name)
			require.True(t, owner == "" || name != nameNoOwner && name != nameAll)
			require.NotContains(t, used, name, "seed %d: %q and %q", seed, owner, used[name])
			used[name] = owner
		}
		draw.Shuffle(len(owners), func(i, j int) { owners[i], owners[j] = owners[j], owners[i] })
		require.Equal(t, named, slugs(owners), "seed %d: the order of the owners is nothing", seed)
	}
}
