package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// unfinished is the folder, within that of the report, in which its files are written before any takes its place. Whatever a killed
// process leaves is in there, and the next report removes it.
const unfinished = ".kycbatch-unfinished"

// folder is where a report goes. All its files are written first, and renamed then: a report that ends in an error leaves the
// earlier one as it was.
type folder struct {
	dir   string
	lock  *os.File // the unfinished folder
	names []string // files that were written, in the order in which they take their places
}

// openFolder takes the folder for one report at a time: ErrBusy.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for the report: %w", err)
	}
	f := &folder{dir: dir}
	for {
		if err := os.Mkdir(f.path(""), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("write the report: %w", err)
		}
		held, err := f.hold()
		if err != nil {
			return nil, fmt.Errorf("write the report: %w", err)
		}
		if !held {
			continue
		}
		if err := f.clear(); err != nil {
			return nil, errors.Join(err, f.lock.Close())
		}
		return f, nil
	}
}

// hold locks the unfinished folder; false where its holder has removed it meanwhile.
func (f *folder) hold() (held bool, err error) {
	info, err := os.Lstat(f.path(""))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder: remove it", f.path(""))
	}
	if err != nil {
		return false, err
	}
	if f.lock, err = os.Open(f.path("")); err != nil {
		return false, err
	}
	defer func() {
		if !held {
			err = errors.Join(err, f.lock.Close())
		}
	}()
	if err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return false, fmt.Errorf("%w: %s", ErrBusy, f.dir)
	}
	now, err := os.Lstat(f.path(""))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	mine, statted := f.lock.Stat()
	if err = errors.Join(err, statted); err != nil {
		return false, err
	}
	return os.SameFile(now, mine), nil
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, unfinished, name) }

// clear empties the unfinished folder.
func (f *folder) clear() error {
	left, err := os.ReadDir(f.path(""))
	for _, e := range left {
		err = errors.Join(err, os.RemoveAll(f.path(e.Name())))
	}
	if err != nil {
		return fmt.Errorf("remove what an earlier report left behind: %w", err)
	}
	return nil
}

// write writes one file of the report.
func (f *folder) write(name string, content func(io.Writer) error) error {
	f.names = append(f.names, name)
	return f.fill(name, content)
}

// fill writes a file that names has, mode 0600, durably. Several can be filled at a time.
func (f *folder) fill(name string, content func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	file, err := os.OpenFile(f.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 64<<10)
	if err = content(out); err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// publish gives the files their places, in the order of names, and removes those of the earlier report that
// this one doesn't have.
func (f *folder) publish(earlier []string) error {
	have := map[string]bool{}
	for _, name := range f.names {
		have[name] = true
	}
	for _, name := range f.names {
		if err := os.Rename(f.path(name), filepath.Join(f.dir, name)); err != nil {
			return fmt.Errorf("put %s in its place: %w", name, err)
		}
	}
	for _, name := range earlier {
		if have[name] || !removable(name) {
			continue
		}
		path := filepath.Join(f.dir, name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() { // it is gone, or somebody put something else there
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove %s of the earlier report: %w", name, err)
		}
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// removable says whether a name that report.json lists can be one of a report: who can write that file must not choose what is removed.
func removable(name string) bool {
	base, ending, found := strings.Cut(name, ".")
	return found && base != "" && unsafe.ReplaceAllString(base, "-") == base && (ending == "csv" || ending == "xlsx" || ending == "html")
}

// close lets the folder go, with whatever is unfinished.
func (f *folder) close() error {
	return errors.Join(f.clear(), os.Remove(f.path("")), f.lock.Close())
}
