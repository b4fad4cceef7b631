package checkpoint

import (
	"bytes"
	"encoding/json"
	"io"
)

// headerStart is how the value of a header begins, as JSON has its first field.
const headerStart = `{"format":"` + headerFormat + `"`

const (
	salvageChunk = 1 << 20
	maxHeader    = 4 << 10 // bytes; a header has some 300
)

// salvageHeader finds the header of a damaged ledger by its words alone, wherever in the file it lies, also in a free page: the
// id never changes. Of several the one of the newest generation counts. Only one whose checksum is right is believed.
func salvageHeader(r io.ReaderAt, size int64) (newest header, found bool, err error) {
	buf := make([]byte, frameHeader+salvageChunk+maxHeader)
	for at := int64(0); at < size; at += salvageChunk {
		n, err := r.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return header{}, false, err
		}
		for rest := buf[:n]; ; {
			i := bytes.Index(rest, []byte(headerStart))
			if i < 0 {
				break
			}
			if h, ok := headerAt(rest, i); ok && (!found || h.Generation > newest.Generation) {
				newest, found = h, true
			}
			rest = rest[i+1:]
		}
	}
	return newest, found, nil
}

// headerAt reads the framed header whose value begins at i.
func headerAt(b []byte, i int) (header, bool) {
	if i < frameHeader {
		return header{}, false
	}
	d := json.NewDecoder(bytes.NewReader(b[i:]))
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return header{}, false
	}
	h, err := decodeHeader(b[i-frameHeader : i+int(d.InputOffset())])
	return h, err == nil
}
