package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// number is an environment variable's number, or otherwise.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err, name)
	return n
}

// requireTrace ends a test that cannot be run here, aloud; in a proof that is a failure.
func requireTrace(t testing.TB) {
	t.Helper()
	_, err := trace(t.TempDir(), []string{life{path: "/"}.String()}, nil) // ends at once: that is no ledger
	if !errors.Is(err, errNoTrace) {
		require.NoError(t, err)
		return
	}
	t.Logf("NOT RUN: %v", err)
	if os.Getenv("KYCBATCH_PROVE") != "" {
		t.Fatal("a proof needs it")
	}
	t.SkipNow()
}

// TestPower cuts the power after every system call of recorded lives of a ledger. Whatever the disk kept of
// what was not made durable: the ledger opens, is not suspect, has every acknowledged Put, fence and backup, and
// nothing else.
//
//	KYCBATCH_IMAGES  how many images (default 20000)
//	KYCBATCH_UNTIL   when to begin no further recorded ledger (RFC 3339; default: never)
//	KYCBATCH_SEED    the first recorded ledger (default 1); there is one for each 2,500 images, or 1 % of them
func TestPower(t *testing.T) {
	requireTrace(t)
	images, seed := number(t, "KYCBATCH_IMAGES", 20_000), number(t, "KYCBATCH_SEED", 1)
	p := power{dir: memoryDir(t), found: map[kind]int{}}
	var until time.Time
	if s := os.Getenv("KYCBATCH_UNTIL"); s != "" {
		var err error
		until, err = time.Parse(time.RFC3339, s)
		require.NoError(t, err)
	}
	var failed error
	for ; p.images < images && failed == nil && (until.IsZero() || time.Now().Before(until)); seed++ {
		failed = p.try(aHistory(t, uint64(seed)), min(max(2500, images/100), images-p.images))
		p.histories++
	}
	t.Logf("%d power-loss images", p.images)
	t.Logf("%d power cuts", p.cuts)
	t.Logf("%d recorded ledgers", p.histories)
	for _, k := range never() {
		t.Logf("%d of %d power-loss images: %s", p.found[k], p.images, k)
	}
	if bad := (*badImage)(nil); errors.As(failed, &bad) {
		t.Log(preserve(bad))
	}
	require.NoError(t, failed)
	require.NotZero(t, p.images, "no time was left")
}

// A badImage is an image that broke a promise.
type badImage struct {
	seed  uint64
	at, n int // drawn as the n-th after step at of the recording
	image map[string][]byte
	owed  duty
	err   error
}

func (e *badImage) Error() string {
	return fmt.Sprintf("seed %d, power cut after step %d, image %d: %v", e.seed, e.at, e.n, e.err)
}

func (e *badImage) Unwrap() error { return e.err }

// A creation is killed at each fsync of a directory, the next run goes on, and then the power fails: that run has to make durable
// what it found, too. The seeds of TestPower come to this too seldom.
func TestPowerAfterAKilledCreation(t *testing.T) {
	requireTrace(t)
	p := power{dir: memoryDir(t), found: map[kind]int{}}
	for killed := true; killed; p.histories++ {
		dir, left := memoryDir(t), p.histories
		f := life{path: filepath.Join(dir, ledgerPath), seed: 5, puts: 1}
		r, err := trace(dir, []string{f.String()}, func(c *call) fault {
			if !isSync(c) || filepath.Ext(c.file.path) != "" && c.file.path != "." { // files have an extension
				return fault{}
			}
			left--
			return fault{kill: left == -1}
		})
		require.NoError(t, err)
		killed = r.killed
		next, err := trace(dir, []string{f.String()}, nil)
		require.NoError(t, err)
		require.Zero(t, next.exit, lastWords(next))
		require.NoError(t, p.try(history{5, append(momentsOf(r), momentsOf(next)...)}, 300))
	}
	require.Greater(t, p.histories, 5)
	t.Logf("%d power-loss images after a killed creation", p.images)
}

// A process is killed before each fsync of the ledger's file, so that what it wrote is in no file but the kernel's, the next one
// goes on from there, and then the power fails: that one's first commit must leave what is on the disk alone. The seeds of TestPower
// come to this once in 200,000 images.
func TestPowerAfterAKilledCommit(t *testing.T) {
	requireTrace(t)
	p := power{dir: memoryDir(t), found: map[kind]int{}}
	for killed := true; killed; p.histories++ {
		dir, left := memoryDir(t), p.histories
		f := life{path: filepath.Join(dir, ledgerPath), seed: 7, puts: 8}
		begun, err := trace(dir, []string{f.String()}, nil)
		require.NoError(t, err)
		f.number++
		r, err := trace(dir, []string{f.String()}, func(c *call) fault {
			if !isSync(c) || filepath.Base(c.touches()) != "ledger.db" {
				return fault{}
			}
			left--
			return fault{kill: left == -1}
		})
		require.NoError(t, err)
		killed = r.killed
		f.number++
		next, err := trace(dir, []string{f.String()}, nil)
		require.NoError(t, err)
		require.Zero(t, next.exit, lastWords(next))
		before := slices.Concat(momentsOf(begun), momentsOf(r))
		p.from = len(before)
		require.NoError(t, p.try(history{7, append(before, momentsOf(next)[:100]...)}, 200))
	}
	require.Greater(t, p.histories, 10)
	t.Logf("%d power-loss images after a killed commit", p.images)
}

type power struct {
	dir                     string
	from                    int // the first step after which the power is cut
	images, cuts, histories int
	found                   map[kind]int
}

// try draws up to images images of the history, spread over its cuts, all different for one cut.
func (p *power) try(h history, images int) error {
	var can []int // by cut
	if err := h.replay(func(at int, d *disk, _ duty) error {
		if at >= p.from {
			can = append(can, possible(d.units(), images))
		}
		return nil
	}); err != nil {
		return err
	}
	most, cut := share(can, images), -1
	o := newOracle(h.seed)
	return h.replay(func(at int, d *disk, owed duty) error {
		if at < p.from {
			return nil
		}
		cut++
		p.cuts++
		units, tried, again := d.units(), map[string]bool{}, 0
		for n := 0; len(tried) < min(most, can[cut]) && again < 50; n++ {
			choice := draw(units, h.random(at, n), n)
			k := key(units, choice)
			if tried[k] {
				again++
				continue
			}
			tried[k], again = true, 0
			p.images++
			if err := p.judge(o, d.image(units, choice), owed); err != nil {
				p.count(err)
				return &badImage{h.seed, at, n, d.image(units, choice), owed, err}
			}
		}
		return nil
	})
}

// share is how many images each cut may have at most, so that together they are no more than images.
func share(can []int, images int) int {
	low, high := 2, images
	for low < high {
		middle := (low + high + 1) / 2
		sum := 0
		for _, n := range can {
			sum += min(n, middle)
		}
		if sum <= images {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

func (p *power) judge(o *oracle, image map[string][]byte, owed duty) error {
	if err := placeImage(p.dir, image); err != nil {
		return err
	}
	return o.verdict(filepath.Join(p.dir, ledgerPath), owed)
}

func (p *power) count(err error) {
	for _, k := range never() {
		if errors.Is(err, k) {
			p.found[k]++
		}
	}
}

// imageDir names a directory with an image that failed.
const imageDir = "KYCBATCH_IMAGE"

// preserve keeps an image for TestPowerImage and says how to run that.
func preserve(bad *badImage) string {
	dir, err := os.MkdirTemp("", "kycbatch-image-")
	if err == nil {
		err = placeImage(dir, bad.image)
	}
	due, encoding := json.Marshal(bad.owed)
	if err = errors.Join(err, encoding); err == nil {
		err = os.WriteFile(filepath.Join(dir, "duty.json"), due, 0o600)
	}
	if err != nil {
		return fmt.Sprintf("the image could not be kept: %v", err)
	}
	return fmt.Sprintf("again: %s=%s go test ./checkpoint -run 'TestPowerImage$'", imageDir, dir)
}

// TestPowerImage judges one image again, which TestPower kept.
func TestPowerImage(t *testing.T) {
	kept := os.Getenv(imageDir)
	if kept == "" {
		t.Skipf("for an image that failed: %s names its directory", imageDir)
	}
	var owed duty
	require.NoError(t, json.Unmarshal(read(t, filepath.Join(kept, "duty.json")), &owed))
	dir := t.TempDir() // the verdict changes it
	require.NoError(t, os.CopyFS(dir, os.DirFS(kept)))
	o := newOracle(owed.Seed)
	require.NoError(t, o.verdict(filepath.Join(dir, ledgerPath), owed))
}
