package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A plague is a way in which system calls fail.
type plague struct {
	name    string // of n system calls: `12 system calls …`
	fault   fault
	onwards bool // every later call of the kind too
	hits    func(*call) bool
}

func plagues() []plague {
	any := func(*call) bool { return true }
	return []plague{
		{"at which the process was killed", fault{kill: true}, false, any},
		{"that failed once with EIO", fault{errno: syscall.EIO}, false, any},
		{"from which on all failed with EIO", fault{errno: syscall.EIO}, true, any},
		{"that failed once with ENOSPC", fault{errno: syscall.ENOSPC}, false, needsRoom},
		{"from which on all failed with ENOSPC", fault{errno: syscall.ENOSPC}, true, needsRoom},
	}
}

// needsRoom reports whether a full disk can be the answer.
func needsRoom(c *call) bool {
	switch c.name {
	case "openat":
		return c.flags&syscall.O_CREAT != 0
	case "mkdirat", "write", "pwrite64", "ftruncate", "copy_file_range", "fsync", "fdatasync", "renameat", "renameat2":
		return true
	}
	return false
}

// A lifeAt is one life with a plague from its n-th such system call on.
type lifeAt struct {
	plague
	n   int
	met *call // that failed first; nil: the life ended before
}

// at lets the fault begin with the n-th call, from 0.
func (p *lifeAt) at(c *call) fault {
	if !p.hits(c) {
		return fault{}
	}
	p.n--
	switch {
	case p.n == -1:
		p.met = c
	case p.n >= 0 || !p.onwards:
		return fault{}
	}
	return p.fault
}

// pointLife is one life that creates, puts, backs up, closes, opens, compacts.
func pointLife(dir string) life {
	return life{path: filepath.Join(dir, ledgerPath), seed: 11, puts: 4, backup: true, compact: true}
}

// TestPoints lets each system call of a life that touches the ledger's directory be the one at which the process is
// killed, or at which the disk fails or is full, once or from there on. What was acknowledged is there when the ledger is opened without faults,
// and also when the power fails right after and the disk keeps only what a successful fsync covered.
//
//	KYCBATCH_POINTS=all  every system call; otherwise a sample by KYCBATCH_SEED (default 1)
func TestPoints(t *testing.T) {
	requireTrace(t)
	random := rand.New(rand.NewPCG(uint64(number(t, "KYCBATCH_SEED", 1)), 2))
	const sample = 20 // of each plague
	p := points{t: t, dir: memoryDir(t), cut: power{dir: memoryDir(t)}, found: map[kind]int{}}
	for _, ill := range plagues() {
		every := 1
		if os.Getenv("KYCBATCH_POINTS") != "all" {
			every = max(1, p.count(ill)/sample)
		}
		p.each(ill, random.IntN(every), every)
	}
	for _, k := range append(never(), errUntold) {
		t.Logf("%d of %d failing system calls: %s", p.found[k], p.tried, k)
	}
}

// errUntold is what must not happen either.
const errUntold kind = "a failed write that nobody was told of"

type points struct {
	t     *testing.T
	dir   string
	cut   power
	tried int
	found map[kind]int
}

// each lets every so many of the system calls be hit, from the first one on.
func (p *points) each(ill plague, first, every int) {
	n, kinds := 0, map[string]int{}
	for at := first; ; at += every {
		hit, err := p.try(ill, at)
		if hit == nil {
			require.NoError(p.t, err)
			break
		}
		n++
		kinds[hit.name]++
		if err != nil {
			p.t.Errorf("system call %d, %s %s, of those %s: %v", at, hit.name, hit.touches(), ill.name, err)
		}
		for _, k := range append(never(), errUntold) {
			if errors.Is(err, k) {
				p.found[k]++
			}
		}
	}
	p.tried += n
	require.NotZero(p.t, n)
	p.t.Logf("%d system calls %s", n, ill.name)
	p.t.Logf("of these: %v", kinds)
}

// count is how many system calls a plague can begin with.
func (p *points) count(ill plague) int {
	ill.fault = fault{}
	counting := &lifeAt{plague: ill, n: 1 << 30}
	p.run(counting)
	return 1<<30 - counting.n
}

func (p *points) run(with *lifeAt) recording {
	require.NoError(p.t, placeImage(p.dir, nil))
	r, err := trace(p.dir, []string{pointLife(p.dir).String()}, with.at)
	require.NoError(p.t, err)
	return r
}

// try lives one life, and returns the call that failed first, nil where the life ended before, and what is wrong afterwards.
func (p *points) try(ill plague, n int) (*call, error) {
	with := &lifeAt{plague: ill, n: n}
	r := p.run(with)
	words := strings.TrimSpace(lastWords(r))
	if with.met == nil && r.exit != 0 {
		return nil, fmt.Errorf("a life without a fault: %s", words)
	}
	if with.met == nil {
		return nil, nil
	}
	var errs []error
	if !ill.fault.kill {
		errs = append(errs, told(with, r, words))
	}
	h, o := history{seed: pointLife("").seed, steps: momentsOf(r)}, newOracle(pointLife("").seed)
	d, owed, err := h.end()
	require.NoError(p.t, err)
	requireSame(p.t, p.dir, d)
	units := d.units()
	for n := range 4 {
		if err := p.cut.judge(o, d.image(units, draw(units, h.random(len(h.steps), n), n)), owed); err != nil {
			errs = append(errs, fmt.Errorf("after a power cut, image %d: %w", n, err))
		}
	}
	path := filepath.Join(p.dir, ledgerPath)
	errs = append(errs, o.verdict(path, owed))
	if err := Compact(path, quick()); err != nil { // over what the life may have left unfinished
		errs = append(errs, fmt.Errorf("%w: %w", errStuck, err))
	}
	return with.met, errors.Join(errs...)
}

// told compares the error that the life ended with with the fault that it met.
func told(with *lifeAt, r recording, words string) error {
	said := strings.HasPrefix(words, "error")
	switch {
	case said != (r.exit != 0):
		return fmt.Errorf("it ended with %d: %s", r.exit, words)
	case !said && needsRoom(with.met) && !strings.Contains(with.met.touches(), "holder"):
		return errUntold
	case said && with.fault.errno == syscall.ENOSPC && !strings.Contains(words, ErrFull.Error()):
		return fmt.Errorf("%w: a full disk, but it said %q", errUntold, words)
	}
	return nil
}
