package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"sync"
	"time"

	"kycbatch/campaign"
	"kycbatch/internal/control"
)

// desk is what a command that holds the ledger tells others that ask it, over the socket in its data directory.
type desk struct {
	server *control.Server // nil: nobody can ask

	mu       sync.Mutex
	run      control.Run // but for its pass
	gauge    *gauge      // of the pass; nil: there is none now
	draining stop        // why; "": it is not
}

// attend opens the desk of a command that took the ledger. That nobody can ask is said once, and is no reason to stop.
func (p *program) attend(s *store, what string) *desk {
	d := &desk{run: control.Run{PID: os.Getpid(), User: userName(), Command: what, Since: time.Now().UTC(), Phase: phaseNone}}
	d.run.Host, _ = os.Hostname()
	if p.listen == nil {
		return d
	}
	listener, err := p.listen(s.dir)
	if err != nil {
		p.talk.say("warning: `kycbatch status` and `kycbatch stop` cannot reach this run from another shell: %v", err)
		return d
	}
	d.server = control.Serve(listener, s.dir, control.Desk{
		Run: d.now,
		Campaigns: func(ctx context.Context) (any, error) {
			all, err := s.ledger.Campaigns()
			if err != nil {
				return nil, err
			}
			return s.standings(ctx, all)
		},
		Stop: func(a control.Asker) {
			p.drain(stop(fmt.Sprintf("`kycbatch stop` asked for it (process %d, user %s)", a.PID, a.User)))
		},
		Snapshot: func(path string) error {
			if err := roomForCopy(campaign.LedgerPath(s.dir)); err != nil {
				return err
			}
			return s.file.Backup(path)
		},
	})
	return d
}

// userName is the name of whoever runs this process, or its number where there is no name.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint(os.Getuid())
}

// does notes what the command does beside its pass, in a few words.
func (d *desk) does(phase string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run.Phase, d.gauge = phase, nil
}

// passes notes that the pass of a campaign has begun.
func (d *desk) passes(name string, g *gauge) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run.Campaign, d.gauge = name, g
}

// drains notes why nothing more is begun.
func (d *desk) drains(why stop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.draining = why
}

// now is what the run says of itself.
func (d *desk) now() control.Run {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.run
	r.Draining = string(d.draining)
	if d.gauge != nil {
		v := d.gauge.now()
		pass := v.pass()
		r.Phase, r.Pass = cmp.Or(v.phase, phaseNone), &pass
		r.Draining = cmp.Or(r.Draining, string(v.halt))
	}
	return r
}

// ended tells those who wait for it what became of the run.
func (d *desk) ended(sum summaryJSON) {
	if d.server != nil {
		d.server.Ended(sum)
	}
}

// close ends the desk, before the ledger is closed.
func (d *desk) close() error {
	if d == nil || d.server == nil {
		return nil
	}
	return d.server.Close()
}

// stopOf is why ctx ended.
func stopOf(ctx context.Context) stop {
	why := errInterrupted
	_ = errors.As(context.Cause(ctx), &why) // any other end is one too
	return why
}
