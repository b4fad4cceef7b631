package checkpoint

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A history is what happened to one ledger over several lives, as one sequence: ends of a life, kills at a system call and power
// cuts in between. The disk is remade from it as often as one likes.
type history struct {
	seed  uint64
	steps []moment
}

// A moment is an event of a recording, or the power cut after which the following ones happened.
type moment struct {
	event
	cut bool
	n   int // of the image that was left
}

// memoryDir is a directory in memory, where there is one: its fsyncs cost nothing, and the recording holds them all the same.
func memoryDir(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "kycbatch-power-") //nolint:usetesting // t.TempDir is on a disk
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// ledgerPath is where the lives have their ledger, below the recorded directory: creating it makes directories too.
const ledgerPath = "work/data/ledger.db"

// aHistory records four lives of a ledger and what came between them, by seed.
func aHistory(t testing.TB, seed uint64) history {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	h := history{seed: seed}
	dir := memoryDir(t)
	for number := range 4 {
		f := life{path: filepath.Join(dir, ledgerPath), seed: seed, number: number, puts: 6 + random.IntN(10), company: random.IntN(8)}
		f.backup, f.compact, f.crash = random.IntN(3) == 0, random.IntN(2) == 0, random.IntN(2) == 0
		var kill func(*call) fault
		if ending := random.IntN(3); ending == 0 {
			f.company = 0                                           // so that no other thread is in a system call when it is killed
			left := random.IntN([]int{8, 100, 400}[random.IntN(3)]) // also in what happens once, at the beginning
			kill = func(*call) fault {
				left--
				return fault{kill: left < 0}
			}
		}
		r, err := trace(dir, []string{f.String()}, kill)
		require.NoError(t, err)
		require.True(t, r.killed || r.exit == 0, "seed %d: life %d ended with %d: %s", seed, number, r.exit, lastWords(r))
		steps := momentsOf(r)
		if random.IntN(2) == 0 { // the power fails in this life, at any moment
			steps = steps[:1+random.IntN(len(steps))]
			steps = append(steps, moment{cut: true, n: random.IntN(40)})
		}
		h.steps = append(h.steps, steps...)
		d, _, err := h.end()
		require.NoError(t, err)
		if steps[len(steps)-1].cut {
			require.NoError(t, placeImage(dir, d.files()))
			continue
		}
		requireSame(t, dir, d)
	}
	return h
}

// oneLife is a history of one whole life that does everything once.
func oneLife(t testing.TB, seed uint64) history {
	t.Helper()
	dir := memoryDir(t)
	f := life{path: filepath.Join(dir, ledgerPath), seed: seed, puts: 8, company: 4, backup: true, compact: true}
	r, err := trace(dir, []string{f.String()}, nil)
	require.NoError(t, err)
	require.Zero(t, r.exit, lastWords(r))
	return history{seed: seed, steps: momentsOf(r)}
}

func momentsOf(r recording) []moment {
	steps := make([]moment, len(r.events))
	for i, e := range r.events {
		steps[i] = moment{event: e}
	}
	return steps
}

// end returns the disk as it is after the history, and what is owed then.
func (h history) end() (d *disk, owed duty, err error) {
	d, owed = newDisk(), duty{Seed: h.seed}
	err = h.replay(func(_ int, now *disk, due duty) error {
		d, owed = now, due
		return nil
	})
	return d, owed, err
}

func lastWords(r recording) string {
	for _, e := range slices.Backward(r.events) {
		if e.name == "say" {
			return string(e.data)
		}
	}
	return "it said nothing"
}

// requireSame: the model has all that the kernel has, to the byte.
func requireSame(t testing.TB, dir string, d *disk) {
	t.Helper()
	real := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil || name == ".":
		case e.IsDir():
			real[name+"/"] = nil
		default:
			real[name], err = os.ReadFile(path)
		}
		return err
	}))
	model := d.files()
	require.Equal(t, slices.Sorted(maps.Keys(real)), slices.Sorted(maps.Keys(model)))
	for name := range real {
		require.True(t, bytes.Equal(real[name], model[name]), "the model's %s is not the kernel's", name)
	}
}

// replay lets the history happen to a new disk, and calls visit after each step that changed the disk or what is owed.
// at is the step's index.
func (h history) replay(visit func(at int, d *disk, owed duty) error) error {
	d, owed, begun := newDisk(), duty{Seed: h.seed}, map[*call]int{}
	for at, s := range h.steps {
		if s.cut {
			units := d.units()
			d = d.become(units, draw(units, h.random(at, s.n), s.n))
			if err := visit(at, d, owed); err != nil {
				return err
			}
			continue
		}
		if s.name == "say" {
			if s.end {
				continue
			}
			line := strings.TrimSpace(string(s.data))
			if err := owed.heed(line); err != nil {
				return fmt.Errorf("seed %d, step %d: %w", h.seed, at, err)
			}
		} else if err := d.apply(at, s.event, begun); err != nil {
			return fmt.Errorf("seed %d, step %d: %w", h.seed, at, err)
		}
		if s.matters() {
			if err := visit(at, d, owed); err != nil {
				return err
			}
		}
	}
	return nil
}

// matters reports whether a power cut after the step can leave something else than one before it.
func (s moment) matters() bool {
	switch s.name {
	case "say", "openat", "write", "pwrite64", "ftruncate", "copy_file_range", "mkdirat", "unlinkat", "renameat", "renameat2":
		return !s.end
	case "fsync", "fdatasync":
		return s.end
	}
	return false
}

// random draws the n-th image after step at.
func (h history) random(at, n int) *rand.Rand {
	return rand.New(rand.NewPCG(h.seed, uint64(at)<<32|uint64(n)))
}
