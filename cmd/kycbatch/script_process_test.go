package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// process is a program that runs beside its script.
type process struct {
	cmd   *exec.Cmd
	out   transcript // stdout
	err   transcript // stderr
	ended chan struct{}
	exit  *exec.ExitError // once it ended; nil for code 0
}

// transcript is what a process has written by now.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed at the next write
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
	return t.text.Write(b)
}

// read gives the text, and a channel that is closed when there is more.
func (t *transcript) read() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return t.text.String(), t.more
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	s := sceneOf(ts)
	if s.processes[args[0]] != nil {
		ts.Fatalf("%s runs already", args[0])
	}
	p := &process{cmd: exec.Command(args[1], args[2:]...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = ts.MkAbs("."), &p.out, &p.err
	for _, name := range s.names {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(p.cmd.Start())
	s.processes[args[0]] = p
	ts.Setenv("PID", strconv.Itoa(p.cmd.Process.Pid))
	go func() {
		defer close(p.ended)
		errors.As(p.cmd.Wait(), &p.exit)
	}()
}

func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

func processOf(ts *testscript.TestScript, name string) *process {
	p := sceneOf(ts).processes[name]
	if p == nil {
		ts.Fatalf("nothing runs under the name %s", name)
	}
	return p
}

// until reads a process's stdout and stderr until one has what the script waits for.
func until(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	p, wanted := processOf(ts, args[0]), regexp.MustCompile(`(?m)`+args[1])
	late := time.After(patience)
	for over := false; ; {
		out, moreOut := p.out.read()
		talk, moreTalk := p.err.read()
		for _, text := range []string{out, talk} {
			if found := wanted.FindStringSubmatch(text); found != nil {
				if len(args) > 2 {
					ts.Setenv(args[2], found[1])
				}
				return
			}
		}
		if over {
			ts.Fatalf("%s ended (%v) without %q:\n%s%s", args[0], p.cmd.ProcessState, args[1], out, talk)
		}
		select {
		case <-moreOut:
		case <-moreTalk:
		case <-p.ended:
			over = true // what it wrote last is still to be read
		case <-late:
			ts.Fatalf("%s does not write %q:\n%s%s", args[0], args[1], out, talk)
		}
	}
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT}
	s, ok := signals[args[1]]
	if !ok {
		ts.Fatalf("no signal is named %s here", args[1])
	}
	ts.Check(processOf(ts, args[0]).cmd.Process.Signal(s))
}

func ended(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	p := processOf(ts, args[0])
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	delete(sceneOf(ts).processes, args[0])
	_, _ = p.out.text.WriteTo(ts.Stdout())
	_, _ = p.err.text.WriteTo(ts.Stderr())
	if got := codeText(p.exit); got != args[1] {
		ts.Fatalf("exit code %s, want %s", got, args[1])
	}
}
