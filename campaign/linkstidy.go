package campaign

import (
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// tidyLinks drops the lines of sessions that are no account's any more, and returns how many are left, and how many of
// those a customer of the campaign needs. The new file appears whole or not at all.
func (l *Ledger) tidyLinks(dir string, campaign uint64) (kept, needed int, err error) {
	kept, needed, _, err = l.rewriteLinks(dir, campaign)
	if err != nil {
		return 0, 0, fmt.Errorf("tidy %s: %w", LinksFile, err)
	}
	return kept, needed, nil
}

func (l *Ledger) rewriteLinks(dir string, campaign uint64) (kept, needed, dropped int, err error) {
	path := filepath.Join(dir, LinksFile)
	in, err := openToRead(path)
	if err != nil {
		return 0, 0, 0, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = out.Cleanup() }() // nothing, once it has replaced the old one
	w := csv.NewWriter(out)
	_ = w.Write(linkColumns[:]) // Error has it, below
	_, err = readLinks(in, func(cells []string) error {
		rec, _, err := l.Record(cells[accountColumn])
		if err != nil {
			return err
		}
		if rec.outlived(cells[sessionColumn]) {
			dropped++
			return nil
		}
		kept++
		if rec.Campaign == campaign && rec.needsLink() {
			needed++
		}
		return w.Write(neutralised(cells))
	})
	w.Flush()
	if err = errors.Join(err, w.Error()); err == nil && dropped > 0 {
		err = out.CloseAtomicallyReplace()
	}
	return kept, needed, dropped, err
}

// outlived says whether a session, of which links.csv has the link, is certainly not the account's any more. Where
// what became of it is open (in doubt, undecided, about to be replaced, or unknown to a ledger that was restored) it
// is kept: it may turn out to be the one, and its link is nowhere else.
func (r Record) outlived(session string) bool {
	if r.purged() {
		return true
	}
	switch r.Current() {
	case Created:
		return r.Session.ID != session
	case Refused, Withdrawn:
		return true
	default:
		return false
	}
}
