package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"kycbatch/campaign"
)

// store is an open ledger: the file, and what its values mean.
type store struct {
	file   *campaign.LedgerFile
	ledger *campaign.Ledger
	dir    string // the data directory
	copied bool   // the file is a copy: a run holds the ledger itself
	desk   *desk  // where others ask; nil where the ledger is only read
}

func (s *store) close() error { return errors.Join(s.desk.close(), s.file.Close()) }

// open takes the ledger for a run. create makes one where there is none. what tells others who holds it. From now on
// they can ask.
func (p *program) open(t target, create bool, what string) (*store, error) {
	dir := p.dataDir()
	p.warnOfMode(dir)
	file, err := campaign.OpenLedger(dir, create, campaign.LedgerOptions{Identity: t.identity, Holder: what})
	if err != nil {
		return nil, p.missing(err)
	}
	if s, ok := file.Suspect(); ok {
		p.talk.say("The ledger may be older than what was sent: %s. Nothing is sent before that has settled.", s.Reason)
	}
	store := &store{file: file, ledger: campaign.NewLedger(file), dir: dir}
	store.desk = p.attend(store, what)
	return store, nil
}

// openAlone takes the ledger for a command that asks the API nothing, so that it needs no credentials: whosever the
// ledger is, unless an API was named that is another.
func (p *program) openAlone(what string) (*store, error) {
	var named campaign.LedgerIdentity
	if p.given["api-url"] || p.options.sandbox {
		named.API = p.baseURL()
	}
	file, err := campaign.ReadLedger(p.dataDir(), campaign.LedgerOptions{Identity: named})
	if err != nil {
		return nil, p.missing(err)
	}
	t := target{identity: file.Identity()}
	if err := file.Close(); err != nil {
		return nil, err
	}
	return p.open(t, false, what)
}

// missing adds what to do to the error of a ledger that never was there, is gone, or can't be used.
func (p *program) missing(err error) error {
	switch {
	case errors.Is(err, campaign.ErrLedgerLost), errors.Is(err, campaign.ErrLedgerUnusable):
		return failed(exitSafety, p.makeItAnew(), "%w", err)
	case errors.Is(err, campaign.ErrLedgerMissing):
		return failed(exitUsage, "begin with: "+p.typed("create FILE.csv")+"; if one was here, make it anew: "+p.typed("recover FILE.csv"), "%w", err)
	}
	return err
}

// makeItAnew is what to do about a ledger that is gone or damaged.
func (p *program) makeItAnew() string {
	return "put the newest backup in its place; without one, make it anew from the campaigns' files and the API: " + p.typed("recover FILE.csv")
}

// warnOfMode tells of a data directory into which others can look. The files in it are nobody else's in any case.
func (p *program) warnOfMode(dir string) {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		p.talk.say("warning: %s holds customers' data and is open to other users (mode %04o): chmod 700 %s",
			dir, info.Mode().Perm(), quoted(dir))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.talk.say("warning: %v", err)
	}
}

// choose finds the one campaign that a command without a file is about.
func (s *store) choose(name string) (campaign.Campaign, error) {
	all, err := s.ledger.Campaigns()
	if err != nil {
		return campaign.Campaign{}, err
	}
	names := make([]string, 0, len(all))
	for _, c := range all {
		names = append(names, c.Name)
	}
	i, err := pick(names, name)
	if err != nil {
		return campaign.Campaign{}, err
	}
	return all[i], nil
}

// pick finds the campaign that is meant among those of a ledger; "" is the only one.
func pick(names []string, name string) (int, error) {
	for i, n := range names {
		if n == name || name == "" && len(names) == 1 {
			return i, nil
		}
	}
	switch {
	case len(names) == 0:
		return 0, failed(exitUsage, "give the campaign's file", "the ledger holds no campaign yet")
	case name == "":
		return 0, failed(exitUsage, "add --campaign and one of them", "the ledger holds several campaigns: %s", strings.Join(names, ", "))
	}
	return 0, failed(exitUsage, fmt.Sprintf("the ledger has: %s", strings.Join(names, ", ")), "no campaign is named %q", name)
}
