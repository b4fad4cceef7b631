package campaign

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kycbatch/internal/intake"
)

// LinksFile holds the links of a redirect campaign, in [ResultsDir], mode 0600. A link is in the answer to the create
// request and nowhere else, so this file is where it is durable, before the ledger says "created". Whoever has a
// link can do the customer's KYC: links are in no other file, no log and no message.
const LinksFile = "links.csv"

var linkColumns = [...]string{"account_auth_id", "session_id", "widget_url", "expires_at"}

const (
	accountColumn = 0
	sessionColumn = 1
	linkColumn    = 2
)

// links is the open file of a run, to which links are only ever appended. Safe for concurrent use.
type links struct {
	mu      sync.Mutex
	f       *os.File
	seed    maphash.Seed
	known   map[uint64]struct{} // hashes of session ids: 8 bytes, and what a map adds
	written int                 // lines, by this process
	broken  error               // the first that went wrong

	syncing sync.Mutex
	synced  int // lines that are known to be on the disk
}

// openLinks opens the links of a folder, or begins them. A line that a crash cut short goes: its session was
// never reported as created. One that lacks its end alone stays.
func openLinks(dir string) (l *links, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for links: %w", err)
	}
	f, err := openOwn(filepath.Join(dir, LinksFile))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", LinksFile, err)
	}
	l = &links{f: f, seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", LinksFile, err), f.Close())
	}
	return l, nil
}

// load reads which sessions have their link here, and leaves the file at the end of its whole lines.
func (l *links) load() error {
	whole, err := readLinks(l.f, func(cells []string) error {
		l.known[l.hash(cells[sessionColumn])] = struct{}{}
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.f.Truncate(whole); err != nil {
		return err
	}
	if _, err := l.f.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	if whole > 0 {
		return l.endLine(whole)
	}
	if err := l.write(linkColumns[:]); err != nil {
		return err
	}
	return syncNames(filepath.Dir(l.f.Name())) // or the file itself could be gone after a power failure
}

// endLine gives the last line of a file of n bytes its end, where it has none.
func (l *links) endLine(n int64) error {
	last := make([]byte, 1)
	if _, err := l.f.ReadAt(last, n-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err := l.f.WriteString("\n")
	return err
}

// syncNames makes the names in a campaign's folder durable, and those of the folder and of the one around it.
func syncNames(dir string) error {
	for _, path := range []string{dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		d, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
	}
	return nil
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

// add returns when the link is on the disk. Links that are added at the same time share one fsync. After the first
// error nothing more is added: what is behind half a line, or behind a sync that failed, could not be relied on.
func (l *links) add(account string, s Session, link string) error {
	line, err := l.append(account, s.ID, link, timeCell(s.Expires))
	if err == nil {
		err = l.sync(line)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", LinksFile, err)
	}
	return nil
}

// append writes one line and returns its number among those that this process wrote.
func (l *links) append(cells ...string) (line int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = l.write(cells)
	}
	if l.broken != nil {
		return 0, l.broken
	}
	l.known[l.hash(cells[sessionColumn])] = struct{}{}
	l.written++
	return l.written, nil
}

func (l *links) write(cells []string) error {
	w := csv.NewWriter(l.f)
	_ = w.Write(neutralised(cells)) // Flush keeps the error
	w.Flush()
	return w.Error()
}

// neutralised are cells as a spreadsheet may open them.
func neutralised(cells []string) []string {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = intake.Neutralise(cell)
	}
	return safe
}

// sync makes the first n lines durable.
func (l *links) sync(n int) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	if l.synced >= n {
		return nil
	}
	l.mu.Lock()
	upTo, err := l.written, l.broken
	l.mu.Unlock()
	if err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken = err
		return err
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

// timeCell is a time as our files write it; "" for the zero time.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
