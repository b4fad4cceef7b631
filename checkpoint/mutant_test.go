package checkpoint

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mutant is a recording of a ledger that is not written as it should be.
type mutant struct {
	name   string
	change func(steps []moment) []moment
}

// without returns the steps without the calls of which gone is true.
func without(steps []moment, gone func(i int, c *call) bool) []moment {
	lost := map[*call]bool{}
	for i, s := range steps {
		if !s.end && gone(i, s.call) {
			lost[s.call] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s moment) bool { return lost[s.call] })
}

// unsynced leaves out the fsyncs of some files, by the names that they were opened under.
func unsynced(names ...string) func([]moment) []moment {
	return func(steps []moment) []moment {
		return without(steps, func(_ int, c *call) bool { return isSync(c) && slices.Contains(names, filepath.Base(c.file.path)) })
	}
}

func isSync(c *call) bool { return c.name == "fsync" || c.name == "fdatasync" }

// isMeta: bbolt's meta pages are the first two.
func isMeta(c *call) bool {
	return c.name == "pwrite64" && c.offset < 2*pageSize && len(c.data) == pageSize
}

// syncsMeta reports whether the sync at i comes after a meta page, and not after other data.
func syncsMeta(steps []moment, i int) bool {
	for _, s := range slices.Backward(steps[:i]) {
		if !s.end && s.name == "pwrite64" && s.file == steps[i].file {
			return isMeta(s.call)
		}
	}
	return false
}

func mutants() []mutant {
	return []mutant{
		{"no fsync at all", func(steps []moment) []moment {
			return without(steps, func(_ int, c *call) bool { return isSync(c) })
		}},
		{"a commit's data and its meta page with one fsync", func(steps []moment) []moment {
			return without(steps, func(i int, c *call) bool { return c.name == "fdatasync" && !syncsMeta(steps, i) })
		}},
		{"no fsync after the meta page", func(steps []moment) []moment {
			return without(steps, func(i int, c *call) bool { return c.name == "fdatasync" && syncsMeta(steps, i) })
		}},
		{"a fence renamed without its fsync", unsynced(".ledger.fence.new")},
		{"a new file renamed without its fsync", unsynced(".ledger.db.new")},
		{"renames that are not made durable", unsynced("data")},
		{"the directory's own name not made durable", unsynced("work")},
		{"the name of the directory above not made durable", unsynced(".")},
		{"Puts acknowledged when they begin", func(steps []moment) []moment {
			var all []moment
			for _, s := range steps {
				all = append(all, s)
				if n, put := strings.CutPrefix(string(s.data), "put "); put && s.name == "say" && !s.end {
					early := call{name: "say", data: []byte("done " + n)}
					all = append(all, moment{event: event{&early, false}})
				}
			}
			return all
		}},
	}
}

// The images find each of the mistakes that a ledger's writing could have.
func TestPowerFindsMutants(t *testing.T) {
	requireTrace(t)
	h := oneLife(t, 7)
	dir := memoryDir(t)
	whole := power{dir: dir, found: map[kind]int{}}
	require.NoError(t, whole.try(h, 400))
	for _, m := range mutants() {
		p := power{dir: dir, found: map[kind]int{}}
		err := p.try(history{h.seed, m.change(h.steps)}, 5000)
		bad := (*badImage)(nil)
		require.ErrorAs(t, err, &bad, m.name)
		t.Logf("%s: found with image %d", m.name, p.images)
	}
	t.Logf("%d mutants of the ledger's writing found", len(mutants()))
}
