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
	dir    string
}

func (s *store) close() error { return s.file.Close() }

// open takes the ledger for a run. create makes one where there is none. what tells others who holds it.
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
	return &store{file, campaign.NewLedger(file), dir}, nil
}

// read opens the ledger for reading only. An empty field of the identity is not compared.
func (p *program) read(identity campaign.LedgerIdentity) (*store, error) {
	dir := p.dataDir()
	file, err := campaign.ReadLedger(dir, campaign.LedgerOptions{Identity: identity})
	if err != nil {
		return nil, p.missing(err)
	}
	return &store{file, campaign.NewLedger(file), dir}, nil
}

// missing adds how to begin to the error of a ledger that never was there.
func (p *program) missing(err error) error {
	if errors.Is(err, campaign.ErrLedgerMissing) && !errors.Is(err, campaign.ErrLedgerLost) {
		return failed(exitUsage, "begin with: "+p.typed("create FILE.csv"), "%w", err)
	}
	return err
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
		if c.Name == name || name == "" && len(all) == 1 {
			return c, nil
		}
		names = append(names, c.Name)
	}
	switch {
	case len(all) == 0:
		err = failed(exitUsage, "give the campaign's file", "the ledger holds no campaign yet")
	case name == "":
		err = failed(exitUsage, "add --campaign and one of them", "the ledger holds several campaigns: %s", strings.Join(names, ", "))
	default:
		err = failed(exitUsage, fmt.Sprintf("the ledger has: %s", strings.Join(names, ", ")), "no campaign is named %q", name)
	}
	return campaign.Campaign{}, err
}
