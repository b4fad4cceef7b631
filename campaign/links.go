package campaign

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"kycbatch/internal/intake"
)

// LinksFile holds the links of a redirect campaign, in [ResultsDir], mode 0600. A link is in the answer to the create
// request and nowhere else, so this file is where it is durable, before the ledger says "created". Whoever has a
// link can do the customer's KYC: links are in no other file, no log and no message.
const LinksFile = "links.csv"

var linkColumns = [...]string{"account_auth_id", "session_id", "widget_url", "expires_at"}

// links is the open file of a run, to which links are only ever appended. Safe for concurrent use.
type links struct {
	mu      sync.Mutex
	f       *os.File
	seed    maphash.Seed
	known   map[uint64]struct{} // hashes of session ids: 8 bytes, and what a map adds
	written int                 // lines, by this process

	syncing sync.Mutex
	synced  int // lines that are known to be on the disk
}

// openLinks opens the links of a folder, or begins them. A line that a crash cut short goes: its session was
// never reported as created.
func openLinks(dir string) (l *links, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for links: %w", err)
	}
	f, err := openRegular(filepath.Join(dir, LinksFile))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", LinksFile, err)
	}
	l = &links{f: f, seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", LinksFile, err), f.Close())
	}
	return l, nil
}

// openRegular opens or makes a file of mode 0600, whatever mode an earlier one had; what is no plain file is refused.
func openRegular(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no plain file; move it away", filepath.Base(path))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o600); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// load reads which sessions have their link here, and leaves the file at its end.
func (l *links) load() error {
	whole, err := wholeLines(l.f)
	if err != nil {
		return err
	}
	if err := l.f.Truncate(whole); err != nil {
		return err
	}
	if _, err := l.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if whole == 0 {
		return l.write(linkColumns[:]...)
	}
	return eachLink(io.LimitReader(l.f, whole), func(cells []string) error {
		l.known[l.hash(intake.Restore(cells[1]))] = struct{}{}
		return nil
	})
}

// wholeLines is how many bytes of a file are lines with their ends.
func wholeLines(f *os.File) (int64, error) {
	r := bufio.NewReader(f)
	for whole := int64(0); ; {
		line, err := r.ReadSlice('\n')
		switch {
		case err == nil:
			whole += int64(len(line))
		case errors.Is(err, io.EOF):
			return whole, nil
		default: // no line of ours is longer than the buffer
			return 0, fmt.Errorf("it is not a file of links: %w", err)
		}
	}
}

// eachLink reads the lines below the header.
func eachLink(r io.Reader, use func(cells []string) error) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(linkColumns)
	head, err := in.Read()
	if err != nil || head[2] != linkColumns[2] {
		return fmt.Errorf("it is not a file of links; move it away (%w)", err)
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = use(cells)
		}
		if err != nil {
			return err
		}
	}
}

func (l *links) hash(session string) uint64 { return maphash.String(l.seed, session) }

// has says whether the link of a session is in the file. A nil file has none.
func (l *links) has(session string) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.known[l.hash(session)]
	return ok
}

// add returns when the link is on the disk. Links that are added at the same time share one fsync.
func (l *links) add(account string, s Session, link string) error {
	l.mu.Lock()
	err := l.write(account, s.ID, link, timeCell(s.Expires))
	l.known[l.hash(s.ID)] = struct{}{}
	l.written++
	mine := l.written
	l.mu.Unlock()
	if err != nil {
		return fmt.Errorf("write %s: %w", LinksFile, err)
	}
	return l.sync(mine)
}

func (l *links) write(cells ...string) error {
	w := csv.NewWriter(l.f)
	for i := range cells {
		cells[i] = intake.Neutralise(cells[i])
	}
	_ = w.Write(cells) // Flush keeps the error
	w.Flush()
	return w.Error()
}

// sync makes the first n lines durable.
func (l *links) sync(n int) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	if l.synced >= n {
		return nil
	}
	l.mu.Lock()
	upTo := l.written
	l.mu.Unlock()
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", LinksFile, err)
	}
	l.synced = upTo
	return nil
}

func (l *links) close() error {
	if l == nil {
		return nil
	}
	return l.f.Close()
}

// tidyLinks drops the lines of sessions that are no account's any more (one that is still to end may yet stay), and returns how many are left, and how many of
// those a customer of the campaign needs. The new file appears whole or not at all.
func (l *Ledger) tidyLinks(dir string, campaign uint64) (kept, needed int, err error) {
	path := filepath.Join(dir, LinksFile)
	in, err := os.Open(path)
	if err != nil {
		return 0, 0, fmt.Errorf("read %s: %w", LinksFile, err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return 0, 0, fmt.Errorf("write %s: %w", LinksFile, err)
	}
	defer func() { _ = out.Cleanup() }() // nothing, once it has replaced the old one
	w := csv.NewWriter(out)
	_ = w.Write(linkColumns[:]) // Error has it, below
	dropped := 0
	err = eachLink(in, func(cells []string) error {
		rec, _, err := l.Record(intake.Restore(cells[0]))
		if err != nil {
			return err
		}
		session := intake.Restore(cells[1])
		if toEnd := rec.Current() == Pending && rec.End.Session == session; !toEnd && (rec.State != Created || rec.Session.ID != session) {
			dropped++
			return nil
		}
		kept++
		if rec.Campaign == campaign && rec.needsLink() {
			needed++
		}
		return w.Write(cells)
	})
	w.Flush()
	if err = errors.Join(err, w.Error()); err == nil && dropped > 0 {
		err = out.CloseAtomicallyReplace()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("write %s: %w", LinksFile, err)
	}
	return kept, needed, nil
}

// timeCell is a time as our files write it; "" for the zero time.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
