package main

import (
	"os/exec"
	"strconv"
	"time"
)

const commitDelay = 5 * time.Millisecond

// slowDisk is the row about a disk on which each commit takes five milliseconds longer.
func (b *bench) slowDisk() error {
	what := "create, `--guard sweep`, 5 ms added to each commit"
	if _, err := exec.LookPath("strace"); err != nil {
		b.table.add(line{what: what, figure: "not measured: it needs strace, which is not installed", goal: 0.85, least: true, unmeasured: true})
		return nil
	}
	return b.race(race{what: what, guard: "sweep", rows: b.size.few, pairs: b.size.fewer, slow: commitDelay, goal: 0.85})
}

// slowed lets a command run under strace, which holds every fdatasync up when it is done. A commit has two, for its pages and for
// the one that names them. A filter in the kernel stops the process at no other call.
func slowed(cmd *exec.Cmd, commit time.Duration) {
	each := strconv.FormatInt((commit / 2).Microseconds(), 10)
	strace, _ := exec.LookPath("strace") // slowDisk has found it
	cmd.Args = append([]string{strace, "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=" + each,
		cmd.Path}, cmd.Args[1:]...)
	cmd.Path = strace
}
