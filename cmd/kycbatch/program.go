package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"
)

// outside is all that the program touches of its process. A test hands it another one.
type outside struct {
	stdin       io.Reader
	stdout      io.Writer
	stderr      io.Writer
	stdinIsTTY  bool
	stderrIsTTY bool
	lookup      func(name string) (string, bool) // of the environment
	environ     func() []string                  // all of it, as NAME=VALUE; nil: nobody asks
	signals     <-chan os.Signal                 // the first one drains, the second one ends the process; nil: none come
	exit        func(code int)                   // ends the process at once

	// listen opens the control socket of a data directory; nil: nobody can ask a run of this program anything.
	listen func(dir string) (net.Listener, error)
}

// program is one call of kycbatch.
type program struct {
	outside
	out     *bufio.Writer // stdout; its errors show when it is flushed
	talk    *talk         // stderr
	log     *slog.Logger
	options globals
	file    *configFile // the configuration file; nil: none, or fileErr
	fileErr error       // why the configuration file cannot be used; only commands that can do without go on
	came    map[string]origin
	given   map[string]bool // flags that have a value of other origin than their default
	drain   func(why stop)  // ends the context of the command, as the first signal does
	started bool            // a command's own code was reached
	code    int             // of a command that ended without an error
}

// run is the program. It returns the exit code.
func run(ctx context.Context, args []string, o outside) int {
	p := &program{outside: o, out: bufio.NewWriter(&screen{to: o.stdout}), talk: &talk{to: o.stderr}, log: slog.New(slog.DiscardHandler)}
	ctx, release := p.interruptible(ctx)
	defer release()
	root := newRoot(p)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var known *failure
	if err != nil && !p.started && !errors.As(err, &known) { // cobra's errors have no types
		err = failed(exitUsage, "kycbatch --help shows commands and flags", "%w", err)
	}
	if flushed := p.out.Flush(); flushed != nil {
		err = errors.Join(err, failed(exitUnexpected, "", "write the result: %w", flushed))
	}
	if err != nil {
		p.talk.complain(err)
		return codeOf(err)
	}
	return p.code
}

// interruptible is a context that the first signal ends, or drain; a signal after that ends the process. release stops
// listening.
func (p *program) interruptible(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	p.drain = func(why stop) { cancel(why) }
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-p.signals:
				if ctx.Err() != nil {
					p.exit(exitInterrupted)
				}
				cancel(errInterrupted)
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		close(done)
		cancel(nil)
	}
}

// command is the code of a command. It answers with an exit code, or with an error that has one.
type command func(ctx context.Context, args []string) (code int, err error)

// does makes a command's code what cobra runs.
func (p *program) does(c command) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		p.started = true
		p.code, err = c(cmd.Context(), args)
		return err
	}
}
