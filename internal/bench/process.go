package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// api is a server in a process of its own.
type api struct {
	base    string
	address string
	process *exec.Cmd
	stdin   io.Closer
}

// startAPI starts one with an empty memory.
func (b *bench) startAPI(latency time.Duration, limit int) (*api, error) {
	cmd := exec.Command(b.self, "serve", latency.String(), strconv.Itoa(limit))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not say its address: %w", err), stdin.Close(), cmd.Wait())
	}
	address := strings.TrimSpace(line)
	return &api{base: "http://" + address + basePath, address: address, process: cmd, stdin: stdin}, nil
}

// tallies asks what the server has counted, which may begin anew.
func (a *api) tallies(anew bool) (t Tallies, err error) {
	address := "http://" + a.address + talliesPath
	if anew {
		address += "?anew"
	}
	response, err := http.Get(address)
	if err != nil {
		return t, err
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	return t, json.NewDecoder(response.Body).Decode(&t)
}

func (a *api) stop() error { return errors.Join(a.stdin.Close(), a.process.Wait()) }

// ran is what a process took.
type ran struct {
	began   time.Time
	wall    time.Duration
	cpu     time.Duration // user and system
	stdout  []byte
	samples []sample
}

// sample is the anonymous memory of a process at a moment.
type sample struct {
	at   time.Time
	anon int64 // bytes
}

// most is the most anonymous memory between two moments, in MiB; zero moments are no bounds.
func (r ran) most(from, to time.Time) (mebibytes float64) {
	for _, s := range r.samples {
		if (from.IsZero() || s.at.After(from)) && (to.IsZero() || s.at.Before(to)) {
			mebibytes = max(mebibytes, float64(s.anon)/(1<<20))
		}
	}
	return mebibytes
}

// run runs a program to its end. Where it does not end well, its error has what it said.
func run(cmd *exec.Cmd) (r ran, err error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	r.began = time.Now()
	if err := cmd.Start(); err != nil {
		return r, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			if anon, ok := rssAnon(cmd.Process.Pid); ok {
				r.samples = append(r.samples, sample{now, anon})
			}
			continue
		case err = <-ended:
		}
		break
	}
	r.wall, r.stdout = time.Since(r.began), stdout.Bytes()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return r, err
}

// rssAnon reads the anonymous memory of a process, in bytes: heap and stacks, without the mapped ledger.
func rssAnon(pid int) (int64, bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, found := strings.Cut(string(status), "RssAnon:")
	if !found {
		return 0, false
	}
	kibibytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kibibytes << 10, err == nil
}

// child is a contestant of this very program.
func (b *bench) child(args ...string) *exec.Cmd { return exec.Command(b.self, args...) }

// kycbatch is the program that is measured. Against the server it needs no agreement: it is on this machine.
func (b *bench) kycbatch(data string, args ...string) *exec.Cmd {
	cmd := exec.Command(b.program, append(args, "--data-dir", data, "--config", "", "--progress", "none", "-o", "json")...)
	cmd.Env = []string{"VOBIZ_AUTH_ID=" + partner, "VOBIZ_AUTH_TOKEN=" + partner}
	return cmd
}
