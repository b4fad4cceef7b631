package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// worldFile is the append-only file behind the world: one JSON line an effect, written in one
// write before the answer leaves. It is not synced: it survives the death of the process, not that
// of the machine, which is all that a rehearsal needs.
type worldFile struct {
	f      *os.File
	broken error // the first write that went wrong; nothing is written after it
}

// openWorld reads the file at path into w and leaves it open for appending. A last line without its
// newline was torn by a crash before its answer left: it is cut off.
func openWorld(path string, w *world) (*worldFile, error) {
	// A rehearsal has the addresses of a real file in its world: they go nowhere else through a link.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's world: %w", err)
	}
	var whole int64
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file") // a device may have no end
	}
	if err == nil {
		err = ownAlone(f, info)
	}
	if err == nil {
		whole, err = readWorld(f, w)
	}
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the sandbox's world %s: %w", path, err), f.Close())
	}
	return &worldFile{f: f}, nil
}

// ownAlone makes the file its owner's alone. One that has another name can be read there.
func ownAlone(f *os.File, info os.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink > 1 {
		return errors.New("it has another name too: put a copy of it in its place")
	}
	return f.Chmod(0o600)
}

// readWorld applies every whole line and gives the length of the file up to the end of the last.
func readWorld(r io.Reader, w *world) (whole int64, err error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		var e event
		if err := json.Unmarshal(bytes.TrimSuffix(line, []byte("\n")), &e); err != nil {
			return whole, fmt.Errorf("line %d is no event of a sandbox; move the file away to begin a new world: %w", n, err)
		}
		if (e.Kind == eventCreated && e.Session == nil) || !w.apply(e) {
			return whole, fmt.Errorf("line %d does not follow from the lines before it; move the file away to begin a new world", n)
		}
		whole += int64(len(line))
	}
}

// append writes one event. After a failure the file may end in half a line, so no other follows it.
func (wf *worldFile) append(e event) error {
	if wf.broken != nil {
		return wf.broken
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line) // ends the line itself
	enc.SetEscapeHTML(false)      // metadata is echoed as it was sent, also by the next process
	if err := enc.Encode(e); err != nil {
		return fmt.Errorf("encode an event of the sandbox's world: %w", err)
	}
	if _, err := wf.f.Write(line.Bytes()); err != nil {
		wf.broken = fmt.Errorf("write the sandbox's world: %w", err)
	}
	return wf.broken
}

func (wf *worldFile) close() error { return errors.Join(wf.broken, wf.f.Close()) }
