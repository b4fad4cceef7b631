package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"kycbatch/campaign"
	"kycbatch/internal/vobiz"
)

// A stop is a cause for which the context of a command ends, in words.
type stop string

func (s stop) Error() string { return string(s) }

// errInterrupted is the cause of a context that a signal ended.
const errInterrupted stop = "interrupted"

// failure is an error that knows its exit code, and what to do next.
type failure struct {
	code int
	err  error
	next string // "" where the error says it
}

// failed makes a failure; format and args are those of fmt.Errorf.
func failed(code int, next, format string, args ...any) error {
	return &failure{code: code, err: fmt.Errorf(format, args...), next: next}
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// advice is what to do about an error whose own text does not say it.
func advice(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.next
	}
	var net *vobiz.TransportError
	var locked *campaign.LockedError
	switch code := codeOf(err); {
	case errors.As(err, &locked) && locked.Holder.PID != 0:
		return "`kycbatch status` says how far it is, `kycbatch stop` lets it finish what is under way and end"
	case code == exitInterrupted:
		return "nothing was sent by this command; give it again"
	case code == exitCredentials:
		return "check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, and that --api-url is the partner's"
	case errors.Is(err, campaign.ErrLedgerIdentity):
		return "name another --data-dir, or give the API address and the credentials that the ledger belongs to"
	case errors.Is(err, campaign.ErrLedgerLost), errors.Is(err, campaign.ErrLedgerUnusable):
		return "put the newest backup in its place; without one, make it anew from the campaigns' files and the API: kycbatch recover FILE.csv"
	case errors.Is(err, campaign.ErrFlow):
		return "leave --flow and --redirect-url as they were, or give the file another --campaign"
	case errors.As(err, &net):
		return "check --api-url and the network, then run again"
	}
	return ""
}

// talk is stderr: one writer for everything that is said beside the result. While a progress bar is drawn, what is
// said goes through the bar's own output, or it would tear the bar.
type talk struct {
	mu sync.Mutex
	to io.Writer
}

// Write lets others talk: cobra, the log, a plan, what --notify-cmd says. Nothing of it can steer the terminal; only the bar, which
// does, writes past it.
func (t *talk) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := io.WriteString(t.to, printable(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// say writes one line. Where what came from a file, a server or a ledger breaks it, the rest is indented: it cannot pass for
// another line of ours.
func (t *talk) say(format string, args ...any) {
	fmt.Fprintln(t, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n  "))
}

// complain says what happened and what to do next.
func (t *talk) complain(err error) {
	text := "kycbatch: " + err.Error()
	if next := advice(err); next != "" {
		text += "\n" + next
	}
	t.say("%s", text)
}

// through puts another writer between this one and what is said from now on, or takes it away again.
func (t *talk) through(between func(now io.Writer) io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.to = between(t.to)
}
