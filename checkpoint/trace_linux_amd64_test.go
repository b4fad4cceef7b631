package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// trace runs the test binary as a child with the extra environment env, under ptrace, and returns every system call by
// which it did something to dir, in the order in which they happened, and what it said. It is the kernel's word, not bbolt's
// or ours: a system call that this file does not know is an error.
//
// fault is asked at the beginning of each, before anything is done; nil: never. The child is killed, or the call fails
// with the errno, in place of being done.
func trace(dir string, env []string, fault func(*call) fault) (recording, error) {
	runtime.LockOSThread() // ptrace obeys the thread that began it
	defer runtime.UnlockOSThread()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return recording{}, err
	}
	defer null.Close()
	pid, err := syscall.ForkExec(os.Args[0], os.Args[:1], &syscall.ProcAttr{
		Env:   append(os.Environ(), env...),
		Files: []uintptr{null.Fd(), null.Fd(), os.Stderr.Fd()}, // what it says is read off its memory
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return recording{}, fmt.Errorf("%w: %w", errNoTrace, err)
	}
	tr := &tracer{pid: pid, dir: dir, fault: fault, opened: map[int]*descriptor{}, threads: map[int]*thread{pid: {}}}
	if err := tr.follow(); err != nil {
		return recording{}, errors.Join(err, tr.end())
	}
	return tr.recording, nil
}

type tracer struct {
	recording
	pid     int
	dir     string
	fault   func(*call) fault
	opened  map[int]*descriptor
	threads map[int]*thread
	mem     *os.File // the child's memory
}

type thread struct {
	inside bool
	call   *call // nil: one that does not matter
	errno  syscall.Errno
}

const (
	optionExitKill = 0x100000 // PTRACE_O_EXITKILL: no child outlives a test that failed
	syscallStop    = syscall.SIGTRAP | 0x80
)

// follow lets the child run from stop to stop until it has ended.
func (tr *tracer) follow() error {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(tr.pid, &ws, syscall.WALL, nil); err != nil {
		return err
	}
	options := optionExitKill | syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		return fmt.Errorf("%w: %w", errNoTrace, err)
	}
	var err error
	if tr.mem, err = os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid)); err != nil {
		return fmt.Errorf("%w: %w", errNoTrace, err)
	}
	defer tr.mem.Close()
	if err := syscall.PtraceSyscall(tr.pid, 0); err != nil {
		return err
	}
	for {
		tid, err := syscall.Wait4(-1, &ws, syscall.WALL|syscall.WNOTHREAD, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return err
		case ws.Stopped():
		case tid == tr.pid:
			tr.killed = ws.Signaled() && ws.Signal() == syscall.SIGKILL
			tr.exit = ws.ExitStatus()
			return nil
		default:
			continue // a thread ended
		}
		deliver := 0
		switch sig := ws.StopSignal(); {
		case sig == syscallStop:
			if err := tr.stop(tid); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		case sig == syscall.SIGTRAP && ws.TrapCause() > 0: // a thread was begun
		case sig == syscall.SIGSTOP && tr.threads[tid] == nil:
			tr.threads[tid] = &thread{}
		default:
			deliver = int(sig)
		}
		if err := syscall.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err // ESRCH: killed meanwhile
		}
	}
}

// end kills the child of a trace that failed, and waits for all of its threads.
func (tr *tracer) end() error {
	if err := syscall.Kill(tr.pid, syscall.SIGKILL); err != nil {
		return err
	}
	for {
		var ws syscall.WaitStatus
		_, err := syscall.Wait4(-1, &ws, syscall.WALL|syscall.WNOTHREAD, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return nil
		case err != nil && !errors.Is(err, syscall.EINTR):
			return err
		}
	}
}

// stop is at the beginning or the end of one system call of thread tid.
func (tr *tracer) stop(tid int) error {
	th := tr.threads[tid]
	if th == nil {
		th = &thread{}
		tr.threads[tid] = th
	}
	var regs syscall.PtraceRegs
	if th.inside && th.call == nil {
		th.inside = false
		return nil
	}
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if !th.inside {
		c, err := tr.begin(&regs)
		th.inside, th.call, th.errno = true, c, 0
		if c == nil || err != nil {
			return err
		}
		tr.events = append(tr.events, event{c, false})
		if tr.fault == nil || c.name == "say" {
			return nil
		}
		switch f := tr.fault(c); {
		case f.kill:
			return syscall.Kill(tr.pid, syscall.SIGKILL)
		case f.errno != 0:
			th.errno = f.errno
			regs.Orig_rax = ^uint64(0) // no such call
			return syscall.PtraceSetRegs(tid, &regs)
		}
		return nil
	}
	c := th.call
	th.inside, th.call = false, nil
	if th.errno != 0 {
		regs.Rax = uint64(-int64(th.errno))
		if err := syscall.PtraceSetRegs(tid, &regs); err != nil {
			return err
		}
	}
	c.ended, c.result = true, int64(regs.Rax)
	tr.keep(c)
	tr.events = append(tr.events, event{c, true})
	return nil
}

// keep keeps the table of descriptors.
func (tr *tracer) keep(c *call) {
	switch {
	case c.name == "openat" && c.result >= 0:
		c.file = &descriptor{path: c.path}
		tr.opened[int(c.result)] = c.file
	case c.name == "close": // the descriptor is free whatever the answer
		for fd, file := range tr.opened {
			if file == c.file && c.result >= 0 {
				delete(tr.opened, fd)
			}
		}
	}
}

// begin reads a call's arguments. It is nil for one that does nothing to the directory.
func (tr *tracer) begin(regs *syscall.PtraceRegs) (*call, error) {
	nr := int(regs.Orig_rax)
	if slices.Contains(elsewhere(), nr) {
		return nil, nil
	}
	f, known := forms()[nr]
	if !known {
		return nil, fmt.Errorf("system call %d is not known to the test: give it a form", nr)
	}
	args := [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}
	c := &call{name: f.name, offset: -1}
	var err error
	if f.fd > 0 {
		fd := int(int32(args[f.fd-1]))
		if nr == syscall.SYS_WRITE && fd == 1 {
			c.name = "say"
			c.data, err = tr.memory(args[1], args[2])
			return c, err
		}
		if c.file = tr.opened[fd]; c.file == nil {
			return nil, nil
		}
	}
	for i, at := range []int{f.path, f.to} {
		if at == 0 {
			continue
		}
		p, err := tr.text(args[at-1])
		if err != nil {
			return nil, err
		}
		if p != tr.dir && !strings.HasPrefix(p, tr.dir+"/") {
			return nil, nil // a relative path too: the child is given absolute ones
		}
		if p, err = filepath.Rel(tr.dir, p); i == 0 {
			c.path = p
		} else {
			c.to = p
		}
		if err != nil {
			return nil, err
		}
	}
	return c, tr.details(nr, c, args)
}

func (tr *tracer) details(nr int, c *call, args [6]uint64) (err error) {
	switch nr {
	case syscall.SYS_OPENAT:
		c.flags = int(args[2])
	case syscall.SYS_WRITE:
		c.data, err = tr.memory(args[1], args[2])
	case syscall.SYS_PWRITE64:
		c.offset = int64(args[3])
		c.data, err = tr.memory(args[1], args[2])
	case syscall.SYS_FTRUNCATE:
		c.offset = int64(args[1])
	case syscall.SYS_UNLINKAT:
		c.flags = int(args[2])
	case sysCopyFileRange:
		if args[1] != 0 || args[3] != 0 {
			return errors.New("copy_file_range with offsets of its own is not known to the test")
		}
		c.from = tr.opened[int(int32(args[0]))]
		if c.from == nil {
			return errors.New("copy_file_range from outside of the directory is not known to the test")
		}
	case syscall.SYS_MMAP:
		if args[2]&syscall.PROT_WRITE != 0 && args[3]&syscall.MAP_SHARED != 0 {
			return fmt.Errorf("%s is mapped for writing: the recording would not see its writes", c.file.path)
		}
	}
	return err
}

func (tr *tracer) memory(at, n uint64) ([]byte, error) {
	b := make([]byte, n)
	_, err := tr.mem.ReadAt(b, int64(at))
	return b, err
}

// text reads a string that ends with a zero.
func (tr *tracer) text(at uint64) (string, error) {
	var b []byte
	for len(b) < syscall.PathMax {
		part := make([]byte, 256-at%256) // never into a page that may not be there
		if _, err := tr.mem.ReadAt(part, int64(at)); err != nil {
			return "", err
		}
		if i := slices.Index(part, 0); i >= 0 {
			return string(append(b, part[:i]...)), nil
		}
		b, at = append(b, part...), at+uint64(len(part))
	}
	return "", errors.New("a path does not end")
}
