// Kycbatch turns a CSV of accounts into KYC sessions, one each, and never mails a customer twice.
//
//	kycbatch create --sandbox customers.csv      rehearse against the built-in API: no mail leaves this machine
//	kycbatch plan customers.csv                  what a run would do, and how long it takes
//	kycbatch create customers.csv                do it
//	kycbatch create                              go on after a stop, a crash or a limit
//	kycbatch status                              what the ledger knows, and how far a run is
//
// This package is the border of the program: flags, streams, signals, exit codes. What a run does is in package
// campaign. From the outside in:
//
//	main.go      the process           program.go   one call of the program, as a test makes it too
//	root.go      global flags          exit.go      what each exit code means, and which error has which
//	settings.go  where flags get their values: command line, environment, configuration file (configfile.go)
//	doctor….go   what doctor looks at, a file each
//	create.go …  a command each: its options, its flags, its run function
//	store.go     the ledger                target.go   the API: address, credentials, brake
//	pass.go      what create and audit share once both are open
//	resolve.go   a person's word: read (decisions.go), agreed to, carried out, and told (resolved.go)
//	progress.go  the display while a pass runs (bar.go on a terminal, plain.go elsewhere, eta.go)
//	desk.go      what a run tells those who ask it (ask.go): status, stop, and readers that need a copy of the ledger
//	summary.go   the result; next.go what to type after it
//
// stdout is the result, stderr is progress and talk. The first SIGINT or SIGTERM lets a pass finish what is
// under way, the second ends the process at once: a crash is safe.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"kycbatch/internal/control"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(context.Background(), os.Args[1:], outside{
		stdin:       os.Stdin,
		stdout:      os.Stdout,
		stderr:      os.Stderr,
		stdinIsTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		stderrIsTTY: term.IsTerminal(int(os.Stderr.Fd())),
		lookup:      os.LookupEnv,
		environ:     os.Environ,
		signals:     signals,
		exit:        os.Exit,
		listen:      control.Listen,
	}))
}
