package campaign

import (
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"

	"kycbatch/internal/intake"
)

// The files that a run leaves for people, in [ResultsDir].
const (
	ResultsFile  = "results.csv"
	RejectedFile = "rejected.csv"
)

// resultColumns are what we add to the columns that came in. intake leaves columns with our prefix out, so
// both files can be mended and given back.
var resultColumns = [...]string{"kyc_state", "kyc_session_id", "kyc_status", "kyc_expires_at", "kyc_attempts", "kyc_error"}

// Files says what WriteResults wrote.
type Files struct {
	Results  string // path; every row of the file
	Links    string // path; "" in the email flow
	Rejected string // path; "" where no row is invalid or refused
	Rows     int    // in Results
	Mend     int    // rows in Rejected
}

// WriteResults writes results.csv, every row of the newest file in its order, and rejected.csv, those that
// somebody can mend and give back. Both appear whole or not at all, mode 0600 in a folder of mode 0700; a
// rejected.csv of an earlier run goes where there is nothing to mend any more; one that somebody has edited since stays, see
// keepRejected. run is as for Results. Where nothing can have changed since it was written, results.csv stays the file that it is.
func (l *Ledger) WriteResults(dir string, c Campaign, run uint64, exclude *intake.Exclusions) (Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Files{}, fmt.Errorf("make the folder for results: %w", err)
	}
	f := Files{Results: filepath.Join(dir, ResultsFile), Rejected: filepath.Join(dir, RejectedFile)}
	if c.Settings.Redirect() {
		f.Links = filepath.Join(dir, LinksFile)
	}
	known, err := l.settled(c)
	if err != nil {
		return f, err
	}
	stay, err := l.resultsStay(c, known, f.Results)
	if err != nil {
		return f, err
	}
	rejected, err := newResultFile(f.Rejected, c.Header)
	if err != nil {
		return f, err
	}
	defer rejected.discard()
	if stay {
		f.Rows = known.count(map[Outcome]int{})
		f.Rejected, err = keepRejected(dir, rejected, 0)
		return f, err
	}
	results, err := newResultFile(f.Results, c.Header)
	if err != nil {
		return f, err
	}
	defer results.discard()
	for res, err := range l.Results(c, run, exclude) {
		if err != nil {
			return f, err
		}
		f.Rows++
		results.add(c.Header, res)
		if mend := res.Outcome == OutcomeInvalid || res.Outcome == OutcomeRefused; mend && res.Row.Purged == "" {
			f.Mend++
			rejected.add(c.Header, res)
		}
	}
	if err := results.commit(); err != nil {
		return f, err
	}
	if f.Rejected, err = keepRejected(dir, rejected, f.Mend); err != nil {
		return f, err
	}
	return f, l.noteResults(c, known, f.Results)
}

// resultFile is a CSV file that appears only when it is complete.
type resultFile struct {
	f    *renameio.PendingFile
	w    *csv.Writer
	hash hash.Hash
}

func newResultFile(path string, header []string) (*resultFile, error) {
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithStaticPermissions(0o600))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	r := &resultFile{f: f, hash: sha256.New()}
	r.w = csv.NewWriter(io.MultiWriter(f, r.hash))
	r.write(append(append([]string{}, header...), resultColumns[:]...))
	return r, nil
}

// write neutralises every cell: the file will be opened in a spreadsheet.
func (r *resultFile) write(cells []string) {
	for i, cell := range cells {
		cells[i] = intake.Neutralise(cell)
	}
	_ = r.w.Write(cells) // commit asks for the error
}

// add writes one row: the cells that came in, in their columns, then ours. What a ragged row has too many goes behind
// ours, so that nothing is lost; where it has too few, a cell there keeps it from being sent unmended.
func (r *resultFile) add(header []string, res Result) {
	cells, behind := intake.Spread(res.Row.Cells, len(header))
	r.write(append(append(cells, resultCells(res)...), behind...))
}

func resultCells(res Result) []string {
	rec, reason := res.Record, res.Record.Reason
	state := string(rec.Current())
	switch {
	case res.Outcome == OutcomeInvalid:
		return []string{string(OutcomeInvalid), "", "", "", "", res.Row.Problem}
	case res.Outcome == OutcomeSkipped && rec.State != Skipped && rec.State != Withdrawn:
		return []string{string(Skipped), "", "", "", "", "on the exclusion list"}
	case res.Row.DuplicateOf > 0:
		reason = fmt.Sprintf("line %d of the file stands for this one", res.Row.DuplicateOf)
	case res.Row.Purged != "":
		reason = cmp.Or(rec.Incident, reason, "what is personal of it was purged")
	case res.Outcome == OutcomeConflict && rec.purged():
		reason = "what is personal of it was purged: nothing is sent for it again in this campaign"
	case res.Outcome == OutcomeConflict:
		reason = "the row was changed after it was sent: the change was not sent"
		if res.Row.Problem != "" {
			reason += "; it could not be: " + res.Row.Problem
		}
	case rec.Incident != "":
		reason = rec.Incident
	case reason == "" && rec.State == Created && rec.corrects(res.Row):
		reason = "sent to the address that was given to replace this one"
	case rec.State == Started:
		reason = "in doubt: no definite answer yet, the next run looks again"
	}
	attempts := ""
	if rec.Attempt > 0 {
		attempts = strconv.Itoa(rec.Attempt)
	}
	return []string{state, rec.Session.ID, rec.Session.Status, timeCell(rec.Session.Expires), attempts, reason}
}

func (r *resultFile) commit() error {
	r.w.Flush()
	err := r.w.Error()
	if err == nil {
		err = r.f.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(r.f.Name()), err)
	}
	return nil
}

// sum is the hash of what was added.
func (r *resultFile) sum() string {
	r.w.Flush()
	return hex.EncodeToString(r.hash.Sum(nil))
}

// commitAs is commit, under another name.
func (r *resultFile) commitAs(path string) error {
	r.w.Flush()
	if err := errors.Join(r.w.Error(), r.f.Sync(), r.f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.Rename(r.f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// discard removes what was not committed.
func (r *resultFile) discard() { _ = r.f.Cleanup() }
