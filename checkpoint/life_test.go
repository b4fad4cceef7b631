package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A life is what one child does with a ledger: it opens or creates it, puts, extends the fence, and says each thing
// on a line of its own, a Put before and after. Each worker has its own keys, and its n-th Put is the same in
// every life, so that what a ledger must hold follows from how many Puts of each worker it has.
type life struct {
	path    string
	seed    uint64
	number  int  // of this life, among those of the same ledger
	puts    int  // of the first worker, alone
	company int  // Puts of each of the workers a, b and c at the same time, after those
	backup  bool // make one, then
	compact bool // close, compact and open again, then
	crash   bool // end without closing
}

// lifeOf names the environment variable that makes the test binary live a life.
const lifeOf = "CHECKPOINT_TEST_LIFE"

func (f life) String() string {
	return fmt.Sprintf("%s=%d %d %d %d %t %t %t %s", lifeOf, f.seed, f.number, f.puts, f.company, f.backup, f.compact, f.crash, f.path)
}

func parseLife(s string) (f life, err error) {
	_, err = fmt.Sscanf(s, "%d %d %d %d %t %t %t %s", &f.seed, &f.number, &f.puts, &f.company, &f.backup, &f.compact, &f.crash, &f.path)
	return f, err
}

const lifeWorkers = "abc"

// putOf is the n-th Put of a worker, from 1: values of several sizes, new and overwritten and deleted, and its count.
func putOf(seed uint64, worker byte, n int) []Write {
	random := rand.New(rand.NewPCG(seed, uint64(worker)<<32|uint64(n)))
	name := string(worker)
	w := []Write{{Settings, []byte(name), []byte(strconv.Itoa(n))}}
	for i := range 1 + random.IntN(3) {
		write := Write{Table: Records, Key: fmt.Appendf(nil, "%s%03d", name, random.IntN(24))}
		size := 20 + random.IntN(400)
		switch random.IntN(16) {
		case 0:
			size = 5000 + random.IntN(9000) // more than a page
		case 1, 2, 3:
			size = -1 // deleted
		}
		if size >= 0 {
			write.Value = []byte(strings.Repeat(fmt.Sprintf("%s%d.%d;", name, n, i), size/5+1)[:size])
		}
		w = append(w, write)
	}
	return append(w, Write{Trail, fmt.Appendf(nil, "%s%06d", name, n), fmt.Appendf(nil, "%s did %d", name, n)})
}

// say is one write system call.
func say(format string, a ...any) { _, _ = os.Stdout.WriteString(fmt.Sprintf(format, a...) + "\n") }

// live lives the life, and ends the process.
func (f life) live() {
	if err := f.run(); err != nil {
		say("error %v", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (f life) run() error {
	l, err := f.open()
	if err != nil {
		return err
	}
	for i := range f.puts {
		if err := f.put(l, 'a', i%3 == 0); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	failed := make([]error, len(lifeWorkers))
	for i, worker := range []byte(lifeWorkers) {
		all.Go(func() {
			for n := 0; n < f.company && failed[i] == nil; n++ {
				failed[i] = f.put(l, worker, n%4 == int(worker)%4)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if f.backup {
		name := fmt.Sprintf("backup%d.bak", f.number)
		if err := l.Backup(filepath.Join(filepath.Dir(f.path), name)); err != nil {
			return err
		}
		say("backup %s", name)
	}
	if f.compact {
		if err := l.Close(); err != nil {
			return err
		}
		if err := Compact(f.path, f.options()); err != nil {
			return err
		}
		if l, err = f.open(); err != nil {
			return err
		}
		if err := f.put(l, 'a', true); err != nil {
			return err
		}
	}
	if f.crash {
		return nil
	}
	return l.Close()
}

func (f life) options() Options {
	return Options{Identity: us(), Holder: "a life of a test"}
}

func (f life) open() (*Ledger, error) {
	l, err := Open(f.path, f.options())
	if errors.Is(err, ErrMissing) {
		l, err = Create(f.path, f.options())
	}
	if err != nil {
		return nil, err
	}
	if s, suspect := l.Suspect(); suspect {
		return nil, fmt.Errorf("suspect: %s", s.Reason)
	}
	found := ""
	for _, worker := range lifeWorkers {
		n, err := l.Get(Settings, []byte(string(worker)))
		if err != nil {
			return nil, err
		}
		found += fmt.Sprintf(" %c%s", worker, n)
	}
	say("open%s", found)
	return l, nil
}

// put makes the worker's next Put, and with fence extends the fence so far that it must be written.
func (f life) put(l *Ledger, worker byte, fence bool) error {
	last, err := l.Get(Settings, []byte{worker})
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(last))
	n++
	say("put %c%d", worker, n)
	if err := l.Put(context.Background(), putOf(f.seed, worker, n)...); err != nil {
		return err
	}
	say("done %c%d", worker, n)
	if !fence {
		return nil
	}
	until := time.Now().Add(time.Duration(f.number*1000+n) * 2 * time.Minute)
	if err := l.Fence(until); err != nil {
		return err
	}
	say("fence %d", until.UnixNano())
	return nil
}
