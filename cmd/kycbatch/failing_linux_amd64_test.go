package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// What ptrace(2) and waitpid(2) have and the syscall package does not name.
const (
	traceSysGood  = 0x1      // a system call's stop is SIGTRAP | 0x80
	traceExitKill = 0x100000 // who traces takes the traced along
	waitAll       = 0x40000000
)

// failing is a program that runs another one and fails it at one point, counted over all its threads: the Nth system
// call that changes something in a folder, or that sends something. It says in a file what it saw, and ends as the other
// one did.
//
//	failing FOLDER HOW N SAW PROGRAM [ARG…]
//
// HOW is kill (before the call), EIO (the call fails, once) or ENOSPC (that call and all later ones that need room fail).
// Beside strace, which counts each thread's calls apart, it names one moment of the whole process, and it knows files
// whose names are drawn.
func failing() {
	code, err := failAt(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "failing:", err)
		code = failingCannot
	}
	os.Exit(code)
}

func failAt(args []string) (code int, err error) {
	if len(args) < 5 {
		return 0, fmt.Errorf("want a folder, how, which, a file and a program, have %q", args)
	}
	nth, err := strconv.Atoi(args[2])
	if err != nil {
		return 0, err
	}
	program, err := exec.LookPath(args[4])
	if err != nil {
		return 0, err
	}
	runtime.LockOSThread() // a thread is who traces
	f := &failer{folder: args[0], how: args[1], nth: nth, inside: map[int]bool{}, failed: map[int]syscall.Errno{}}
	f.pid, err = syscall.ForkExec(program, args[4:], &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return 0, err
	}
	if code, err = f.follow(); err != nil {
		return 0, errors.Join(err, syscall.Kill(f.pid, syscall.SIGKILL))
	}
	saw, err := json.Marshal(f.saw)
	if err != nil {
		return 0, err
	}
	return code, os.WriteFile(args[3], saw, 0o600)
}

// failingCannot is the exit code of failing where it can't do what it is for.
const failingCannot = 125

// failingSaw is what failing tells of a run.
type failingSaw struct {
	Points int    // how many there were
	At     string // what was at the one that was failed; empty: the run ended before it
	Posts  int    // that left after it, which a killed process can't send
	Sent   []int  // the points that are POSTs, where those are points
}

// failer is a process on its way to its point.
type failer struct {
	folder, how string
	nth         int
	pid         int
	inside      map[int]bool          // threads that are in a system call
	failed      map[int]syscall.Errno // threads whose call is to end so
	saw         failingSaw
}

// follow lets the process run from system call to system call until it ends.
func (f *failer) follow() (code int, err error) {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(f.pid, &ws, waitAll, nil); err != nil || !ws.Stopped() {
		return 0, fmt.Errorf("wait for the start: %w", err)
	}
	if err := syscall.PtraceSetOptions(f.pid, traceSysGood|traceExitKill|syscall.PTRACE_O_TRACECLONE); err != nil {
		return 0, fmt.Errorf("trace: %w", err)
	}
	known := map[int]bool{f.pid: true}
	for thread := f.pid; ; {
		signal := 0
		switch stop := ws.StopSignal(); {
		case !ws.Stopped():
			if thread == f.pid {
				if ws.Signaled() {
					return 128 + int(ws.Signal()), nil
				}
				return ws.ExitStatus(), nil
			}
		case stop == syscall.SIGTRAP|0x80:
			if err := f.call(thread); err != nil && !errors.Is(err, syscall.ESRCH) {
				return 0, err
			}
		case stop == syscall.SIGTRAP, stop == syscall.SIGSTOP && !known[thread]: // the tracing's own
		default:
			signal = int(stop)
		}
		known[thread] = true
		if ws.Stopped() {
			_ = syscall.PtraceSyscall(thread, signal) // it may have been killed
		}
		if thread, err = syscall.Wait4(-1, &ws, waitAll, nil); err != nil {
			return 0, fmt.Errorf("wait: %w", err)
		}
	}
}

// call is the begin or the end of a system call.
func (f *failer) call(thread int) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(thread, &regs); err != nil {
		return err
	}
	f.inside[thread] = !f.inside[thread]
	if !f.inside[thread] {
		errno, ok := f.failed[thread]
		if !ok {
			return nil
		}
		delete(f.failed, thread)
		regs.Rax = uint64(-int64(errno))
		return syscall.PtraceSetRegs(thread, &regs)
	}
	name, where := f.point(thread, regs)
	room := name != "" && where != network && !slices.Contains([]string{"unlinkat", "fchmod", "fchmodat", "flock"}, name)
	switch {
	case name == "":
		return nil
	case f.how == "EIO" && where == network, f.how == "ENOSPC" && !room:
		f.posted(thread, name, regs)
		return nil
	}
	f.saw.Points++
	if where == network && isPost(thread, regs) {
		f.saw.Sent = append(f.saw.Sent, f.saw.Points)
	}
	switch {
	case f.saw.Points < f.nth, f.nth == 0:
		return nil
	case f.saw.Points == f.nth:
		f.saw.At = name + " " + where
	case f.how != "ENOSPC":
		return nil
	}
	if f.how == "kill" {
		return syscall.Kill(f.pid, syscall.SIGKILL)
	}
	errno := map[string]syscall.Errno{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC}[f.how]
	f.failed[thread] = errno
	regs.Orig_rax = ^uint64(0) // no such call: it does nothing
	return syscall.PtraceSetRegs(thread, &regs)
}

// posted counts the POSTs that leave after the point.
func (f *failer) posted(thread int, name string, regs syscall.PtraceRegs) {
	if f.saw.At != "" && name == "write" && isPost(thread, regs) {
		f.saw.Posts++
	}
}

// isPost looks at what a write sends.
func isPost(thread int, regs syscall.PtraceRegs) bool {
	return strings.HasPrefix(peek(thread, regs.Rsi, 5), "POST ")
}

// network is where a point is that sends something.
const network = "to the network"

// point is the name of the system call and what it changes, empty for one that is no point.
func (f *failer) point(thread int, r syscall.PtraceRegs) (name, where string) {
	switch r.Orig_rax {
	case syscall.SYS_OPENAT:
		if r.Rdx&(syscall.O_WRONLY|syscall.O_RDWR|syscall.O_CREAT) != 0 {
			return f.inFolder("openat", f.path(thread, r.Rdi, r.Rsi))
		}
	case syscall.SYS_MKDIRAT:
		return f.inFolder("mkdirat", f.path(thread, r.Rdi, r.Rsi))
	case syscall.SYS_UNLINKAT:
		return f.inFolder("unlinkat", f.path(thread, r.Rdi, r.Rsi))
	case syscall.SYS_RENAMEAT:
		return f.inFolder("renameat", f.path(thread, r.Rdx, r.R10))
	case syscall.SYS_LINKAT:
		return f.inFolder("linkat", f.path(thread, r.Rdx, r.R10))
	case syscall.SYS_FCHMODAT:
		return f.inFolder("fchmodat", f.path(thread, r.Rdi, r.Rsi))
	}
	onFile := map[uint64]string{
		syscall.SYS_WRITE: "write", syscall.SYS_PWRITE64: "pwrite64", syscall.SYS_WRITEV: "writev", syscall.SYS_FSYNC: "fsync", syscall.SYS_FDATASYNC: "fdatasync",
		syscall.SYS_FTRUNCATE: "ftruncate", syscall.SYS_FALLOCATE: "fallocate", syscall.SYS_FCHMOD: "fchmod", syscall.SYS_FLOCK: "flock",
	}
	if name = onFile[r.Orig_rax]; name == "" {
		return "", ""
	}
	path := f.open(r.Rdi)
	if name == "write" && strings.HasPrefix(path, "socket:") {
		return name, network
	}
	return f.inFolder(name, path)
}

// inFolder is the point, if it is one of the folder. Of names that are drawn the drawn part is left out.
func (f *failer) inFolder(name, path string) (string, string) {
	within, err := filepath.Rel(f.folder, path)
	if err != nil || strings.HasPrefix(within, "..") {
		return "", ""
	}
	return name, within
}

// path is one that a system call names, by a directory that is open and by a text.
func (f *failer) path(thread int, dir, text uint64) string {
	path := peek(thread, text, 1024)
	if filepath.IsAbs(path) || int32(dir) < 0 {
		return path
	}
	return filepath.Join(f.open(dir), path)
}

// open is the path of an open file.
func (f *failer) open(fd uint64) string {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", f.pid, int32(fd))) // "" is nowhere
	return path
}

// peek reads text of a process that has stopped, up to a NUL.
func peek(thread int, at uint64, most int) string {
	var text []byte
	for word := make([]byte, 8); len(text) < most; at += 8 {
		n, err := syscall.PtracePeekData(thread, uintptr(at), word)
		if err != nil || n == 0 {
			break
		}
		if end := bytes.IndexByte(word[:n], 0); end >= 0 {
			text = append(text, word[:end]...)
			break
		}
		text = append(text, word[:n]...)
	}
	return string(text[:min(len(text), most)])
}
