package intake

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	reasonMixed = "is neither UTF-8 nor Windows-1252: save it as CSV UTF-8"
	reasonCut   = "ends in the middle of a character, so it was cut off or is not UTF-8: get it again, or save it as CSV UTF-8"
)

// legacy decides what to make of a file that turned out not to be UTF-8: fault is the refusal that says where. nil means
// that it is to be read as Windows-1252, which is what Excel's plain "CSV" is in much of the world. So it is where
// nothing speaks against it: no character of several bytes that is good UTF-8 (then it is UTF-8 with a damaged place,
// and all of its names would be garbled), and no byte that Windows-1252 does not have or no text holds.
func (o origin) legacy(limit int64, fault error) error {
	var refusal *FileError
	if !errors.As(fault, &refusal) {
		return fault
	}
	r, err := o.open(limit)
	if err != nil {
		return err
	}
	defer r.close()
	reason, err := notWindows1252(r)
	if err != nil {
		return &FileError{Path: o.name, Reason: "cannot be read", Err: err}
	}
	if reason == "" {
		return nil
	}
	refusal.Reason = reason
	return refusal
}

// notWindows1252 says why a file that is not UTF-8 is not Windows-1252 either, "" if it is.
func notWindows1252(r *raw) (reason string, err error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, r.limit), readBytes)
	broken, last := 0, 0 // characters that are not UTF-8; how many of them at the very end
	for {
		c, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if last > 0 && last == broken && truncated(r) {
				return reasonCut, nil
			}
			return "", nil
		case err != nil:
			return "", err
		case size > 1:
			return reasonMixed, nil
		case c != utf8.RuneError:
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return reasonMixed, nil
			}
			last = 0
			continue
		}
		if err := in.UnreadRune(); err != nil {
			return "", err
		}
		b, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		switch b {
		case 0x81, 0x8d, 0x8f, 0x90, 0x9d: // not in the code page
			return reasonMixed, nil
		}
		broken++
		last++
	}
}

// truncated reports a file whose last bytes begin a character of UTF-8 that does not end.
func truncated(r *raw) bool {
	end := make([]byte, utf8.UTFMax-1)
	n, _ := r.ReadAt(end, max(r.size-int64(len(end)), 0)) // io.EOF is what is expected
	end = end[:n]
	for i := range end {
		if utf8.RuneStart(end[i]) && end[i] >= utf8.RuneSelf && !utf8.FullRune(end[i:]) {
			return true
		}
	}
	return false
}
