package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// bbolt's file format, version 2, in the byte order of the machine. The page size is the
// machine's unless told, so Create tells it.
const (
	pageSize   = 4096
	pageHead   = 16 // id (8) · flags (2) · count (2) · overflow (4)
	boltMagic  = 0xED0CDAED
	boltFormat = 2
	metaSum    = 56 // offset of the meta's checksum, which is over all before it

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagMeta     = 0x04
	flagFreelist = 0x10
)

// An image is a bbolt file as seen by plain reads, before bbolt maps it.
type image struct {
	r io.ReaderAt
	meta
	torn   bool    // one of the two meta pages is invalid
	tables []Table // found by walk: the names of the buckets
}

// meta is the newest valid meta page: the root of one committed transaction.
type meta struct {
	root      uint64 // page of the root bucket
	freelist  uint64 // page of the free list
	highWater uint64 // pages in use, reachable or free
	txid      uint64
}

// inspect reads both meta pages of a file of the given size and chooses as bbolt
// does. Its errors are the kinds of ErrUnusable, with the reason where there is
// one to tell, or those of reading.
func inspect(r io.ReaderAt, size int64) (*image, error) {
	if size == 0 {
		return nil, ErrEmpty
	}
	buf := make([]byte, 2*pageSize)
	n, err := r.ReadAt(buf, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	buf = buf[:n]
	if n < 2*pageSize {
		if len(buf) >= pageHead+8 && isBolt(buf[pageHead:]) {
			return nil, fmt.Errorf("%w: it has %d bytes", ErrTruncated, size)
		}
		return nil, ErrForeign
	}
	img := &image{r: r}
	found, bolt := false, false
	for i := range 2 {
		page := buf[i*pageSize:][:pageSize]
		bolt = bolt || isBolt(page[pageHead:])
		m, ok := parseMeta(page[pageHead:])
		if !ok || !isMetaPage(page, uint64(i)) {
			img.torn = true
		}
		if !ok {
			continue
		}
		if have := binary.NativeEndian.Uint32(page[pageHead+8:]); have != pageSize {
			return nil, fmt.Errorf("%w: its pages have %d bytes", ErrForeign, have)
		}
		if !found || m.txid > img.txid {
			found, img.meta = true, m
		}
	}
	switch {
	case !found && bolt:
		return nil, fmt.Errorf("%w: both meta pages are invalid", ErrDamaged)
	case !found:
		return nil, ErrForeign
	case img.highWater > uint64(size/pageSize):
		return nil, fmt.Errorf("%w: it has %d bytes and needs %d", ErrTruncated, size, img.highWater*pageSize)
	}
	return img, nil
}

func isBolt(meta []byte) bool {
	return binary.NativeEndian.Uint32(meta) == boltMagic && binary.NativeEndian.Uint32(meta[4:]) == boltFormat
}

// parseMeta reads a meta and reports whether bbolt would accept it.
func parseMeta(b []byte) (meta, bool) {
	h := fnv.New64a()
	h.Write(b[:metaSum])
	if !isBolt(b) || binary.NativeEndian.Uint64(b[metaSum:]) != h.Sum64() {
		return meta{}, false
	}
	return meta{
		root:      binary.NativeEndian.Uint64(b[16:]),
		freelist:  binary.NativeEndian.Uint64(b[32:]),
		highWater: binary.NativeEndian.Uint64(b[40:]),
		txid:      binary.NativeEndian.Uint64(b[48:]),
	}, true
}

func isMetaPage(page []byte, id uint64) bool {
	return parsePageHeader(page) == (pageHeader{id: id, flags: flagMeta})
}

// pageHeader is the beginning of each page.
type pageHeader struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64 // further pages that belong to it
}

func parsePageHeader(b []byte) pageHeader {
	return pageHeader{
		id:       binary.NativeEndian.Uint64(b),
		flags:    binary.NativeEndian.Uint16(b[8:]),
		count:    int(binary.NativeEndian.Uint16(b[10:])),
		overflow: uint64(binary.NativeEndian.Uint32(b[12:])),
	}
}
