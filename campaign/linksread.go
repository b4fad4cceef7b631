package campaign

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kycbatch/internal/intake"
)

// readLinks shows the whole lines below the header of an open file of links, their cells as they were before they
// were written. It returns how many bytes the whole lines have, the header's included: what is behind them was cut
// short by a crash. The last line may lack its end, as some editors save it.
func readLinks(f *os.File, show func(cells []string) error) (whole int64, err error) {
	whole, rest, err := wholeLines(f)
	if err != nil {
		return 0, err
	}
	if whole == 0 {
		return 0, begun(f)
	}
	if isLinkLine(rest) {
		whole += int64(len(rest))
	}
	in := csv.NewReader(io.NewSectionReader(f, 0, whole))
	in.FieldsPerRecord = len(linkColumns)
	head, err := in.Read()
	if err != nil || head[linkColumn] != linkColumns[linkColumn] {
		return 0, errNoLinks
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil { // with the number of the line, and nothing of what is in it
			return 0, fmt.Errorf("%w: %s", err, mendLinks)
		}
		for i := range cells {
			cells[i] = intake.Restore(cells[i])
		}
		if err := show(cells); err != nil {
			return 0, err
		}
	}
}

// mendLinks is what to do about a line of a file of links that cannot be read. Nothing of the file was changed.
const mendLinks = "correct that line or take it out, and keep the others, for the API does not give a link again"

// errNoLinks refuses a file that somebody else put there: nothing of it is cut off, replaced or believed.
var errNoLinks = errors.New("it is not a file of links; move it away")

// begun refuses a file without a whole line that is not the beginning of ours.
func begun(f *os.File) error {
	header := strings.Join(linkColumns[:], ",")
	start, err := io.ReadAll(io.NewSectionReader(f, 0, int64(len(header))+1))
	if err == nil && !strings.HasPrefix(header, string(start)) {
		err = errNoLinks
	}
	return err
}

// isLinkLine says whether a line without its end has everything that a line of ours has.
func isLinkLine(line []byte) bool {
	cells, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil || len(cells) != len(linkColumns) || cells[sessionColumn] == "" || cells[linkColumn] == "" {
		return false
	}
	expires := cells[len(cells)-1]
	_, err = time.Parse(time.RFC3339, expires)
	return expires == "" || err == nil
}

// maxLinkLine is above every line of ours, in bytes: the answer that held its link has at most 1 MiB.
const maxLinkLine = 2 << 20

// wholeLines is how many bytes of a file are lines with their ends, and what is behind them.
func wholeLines(f *os.File) (whole int64, rest []byte, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, nil, err
	}
	r := bufio.NewReader(f)
	var line []byte
	for n := 1; ; {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			whole += int64(len(line))
			line, n = line[:0], n+1
		case errors.Is(err, io.EOF):
			return whole, line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return 0, nil, err
		case len(line) < maxLinkLine: // there is more of it
		case n == 1:
			return 0, nil, errNoLinks
		default:
			return 0, nil, fmt.Errorf("line %d is longer than %d MiB: %s", n, maxLinkLine>>20, mendLinks)
		}
	}
}

// everyLink are the links of all campaigns of a data directory. A session that a later run of another campaign meets
// (its ledger was restored, or an account is in two files) is no orphan while any of them has its link. Nothing is
// read until it is asked for, for that is seldom. Safe for concurrent use; a nil one has no links.
type everyLink struct {
	dir string // the folder of the campaigns' folders

	mu    sync.Mutex
	seed  maphash.Seed
	known map[uint64]struct{} // hashes of session ids; nil: not read yet
}

func newEveryLink(dir string) *everyLink { return &everyLink{dir: dir, seed: maphash.MakeSeed()} }

// has says whether the link of a session is in one of the files. An error is a file that can't be read: then nobody
// knows, and nothing may be ended.
func (e *everyLink) has(session string) (bool, error) {
	if e == nil {
		return false, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil {
		if err := e.load(); err != nil {
			return false, err
		}
	}
	_, ok := e.known[maphash.String(e.seed, session)]
	return ok, nil
}

func (e *everyLink) load() error {
	folders, err := os.ReadDir(e.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for links: %w", err)
	}
	known := map[uint64]struct{}{}
	for _, folder := range folders {
		if !isFolder(e.dir, folder) {
			continue // a stray file, as file managers leave them
		}
		f, err := openToRead(filepath.Join(e.dir, folder.Name(), LinksFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a campaign of the email flow
		}
		if err == nil {
			_, err = readLinks(f, func(cells []string) error {
				known[maphash.String(e.seed, cells[sessionColumn])] = struct{}{}
				return nil
			})
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return fmt.Errorf("read %s of campaign %s: %w", LinksFile, folder.Name(), err)
		}
	}
	e.known = known
	return nil
}

// isFolder says whether an entry of a folder is one itself, or a link to one. What nobody can tell of counts as one: to
// read it fails then, and says why.
func isFolder(dir string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	target, err := os.Stat(filepath.Join(dir, entry.Name()))
	return err != nil || target.IsDir()
}

// linked says whether the customer's link of a session is in the links file of any campaign.
func (r *run) linked(account Account, s Seen) (bool, error) {
	switch {
	case r.links.has(s.ID):
		return true, nil
	case !account.Redirect, s.Attempt.Ledger != r.p.Ledger, s.Status == statusRevoked, s.Status == statusCompleted:
		return false, nil // it plays no part
	}
	return r.everyLink.has(s.ID)
}
