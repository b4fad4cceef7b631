package checkpoint

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/sourcegraph/conc/iter"
)

// A walker reads every page that an image uses and proves the structure: each
// page is the meta's, the free list's, free, or in exactly one place of one
// tree; each page is packed as bbolt packs it, without gaps; keys ascend, within
// the bounds that the pages above set. bbolt relies on all of this and checks it
// only when asked, reading its mapping while it does.
type walker struct {
	ctx  context.Context
	img  *image
	used []uint32 // a bit for each page; several walkers of an image share it
	bufs [][]byte
	// visit is called once for each key of each bucket, by several goroutines at a time. The bytes are valid
	// until it returns.
	visit func(table Table, key, value []byte) error
}

// maxDepth bounds the height of a tree. Pages have two children or more.
const maxDepth = 64

// walk checks the whole image, on as many cores as there are. Its errors are ErrDamaged, ErrTruncated, those of
// visit, those of reading, or ctx's.
func (img *image) walk(ctx context.Context, visit func(table Table, key, value []byte) error) error {
	w := &walker{ctx: ctx, img: img, used: make([]uint32, (img.highWater+31)/32), visit: visit}
	if err := w.claim(0, 1); err != nil {
		return err
	}
	if err := w.node("", img.root, nil, nil, 0, true); err != nil {
		return err
	}
	if err := w.freelist(img.freelist); err != nil {
		return err
	}
	for id := range img.highWater {
		if w.used[id/32]&(1<<(id%32)) == 0 {
			return damagedPage(id, "is neither used nor free")
		}
	}
	return nil
}

func damagedPage(id uint64, format string, a ...any) error {
	return fmt.Errorf("%w: page %d %s", ErrDamaged, id, fmt.Sprintf(format, a...))
}

// claim takes pages id to id+overflow; none may be taken twice.
func (w *walker) claim(id, overflow uint64) error {
	n := w.img.highWater
	if id >= n || overflow >= n-id {
		return damagedPage(id, "with its overflow of %d is beyond the last page", overflow)
	}
	for i := id; i <= id+overflow; i++ {
		bit := uint32(1) << (i % 32)
		if atomic.OrUint32(&w.used[i/32], bit)&bit != 0 {
			return damagedPage(i, "is used twice")
		}
	}
	return nil
}

// read returns page id with its overflow, in the buffer of the given depth.
func (w *walker) read(id uint64, depth int) (pageHeader, []byte, error) {
	if err := canceled(w.ctx, "check the ledger"); err != nil {
		return pageHeader{}, nil, err
	}
	if depth == maxDepth {
		return pageHeader{}, nil, damagedPage(id, "is %d pages deep", depth)
	}
	for depth >= len(w.bufs) {
		w.bufs = append(w.bufs, nil)
	}
	if w.bufs[depth] == nil {
		w.bufs[depth] = make([]byte, pageSize)
	}
	if id >= w.img.highWater {
		return pageHeader{}, nil, damagedPage(id, "is beyond the last page")
	}
	buf := w.bufs[depth][:pageSize]
	if err := readFull(w.img.r, buf, id*pageSize); err != nil {
		return pageHeader{}, nil, err
	}
	p := parsePageHeader(buf)
	if p.id != id {
		return pageHeader{}, nil, damagedPage(id, "has the id %d", p.id)
	}
	if err := w.claim(id, p.overflow); err != nil {
		return pageHeader{}, nil, err
	}
	if p.overflow > 0 {
		whole := make([]byte, (p.overflow+1)*pageSize)
		copy(whole, buf)
		if err := readFull(w.img.r, whole[pageSize:], (id+1)*pageSize); err != nil {
			return pageHeader{}, nil, err
		}
		w.bufs[depth], buf = whole, whole
	}
	return p, buf, nil
}

func readFull(r io.ReaderAt, buf []byte, offset uint64) error {
	n, err := r.ReadAt(buf, int64(offset))
	switch {
	case n == len(buf):
		return nil
	case err == io.EOF:
		return ErrTruncated
	}
	return err
}

// node walks page id and what is below it. Its keys lie in [low, high); nil is
// no bound. The table of the root bucket, which holds the other buckets, is "".
func (w *walker) node(table Table, id uint64, low, high []byte, depth int, root bool) error {
	p, buf, err := w.read(id, depth)
	if err != nil {
		return err
	}
	switch {
	case p.flags == flagLeaf && p.count == 0 && root:
		if !zero(buf[pageHead:]) {
			return damagedPage(id, "says it is empty and is not")
		}
		return nil
	case p.count == 0:
		return damagedPage(id, "is empty")
	case p.flags == flagLeaf:
		_, err := w.leaf(table, p, buf, low, high, depth)
		return err
	case p.flags == flagBranch:
		return w.branch(table, p, buf, low, high, depth)
	}
	return damagedPage(id, "has the type %x", p.flags)
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// elementSize is the size of the fixed part of a leaf's or branch's element.
const elementSize = 16

// pack follows the contents of a page, which lie one after the other behind the elements.
type pack struct {
	buf  []byte
	next uint64
}

// bytes returns n bytes that must begin where the element at offset at says.
func (k *pack) bytes(at, pos, n uint64) ([]byte, bool) {
	if at+pos != k.next || n > uint64(len(k.buf))-k.next {
		return nil, false
	}
	b := k.buf[k.next : k.next+n : k.next+n]
	k.next += n
	return b, true
}

func newPack(p pageHeader, buf []byte) (*pack, bool) {
	next := uint64(pageHead + p.count*elementSize)
	return &pack{buf: buf, next: next}, next <= uint64(len(buf))
}

// leaf walks the elements of a leaf and returns how many bytes it fills.
func (w *walker) leaf(table Table, p pageHeader, buf, low, high []byte, depth int) (uint64, error) {
	k, ok := newPack(p, buf)
	var last []byte
	for i := 0; ok && i < p.count; i++ {
		at := uint64(pageHead + i*elementSize)
		e := buf[at:]
		flags, pos := binary.NativeEndian.Uint32(e), uint64(binary.NativeEndian.Uint32(e[4:]))
		ksize, vsize := uint64(binary.NativeEndian.Uint32(e[8:])), uint64(binary.NativeEndian.Uint32(e[12:]))
		var key, value []byte
		if key, ok = k.bytes(at, pos, ksize); !ok {
			break
		}
		if value, ok = k.bytes(at, pos+ksize, vsize); !ok {
			break
		}
		if err := inOrder(p.id, i, key, last, low, high); err != nil {
			return 0, err
		}
		last = key
		if err := w.element(table, p.id, flags, key, value, depth); err != nil {
			return 0, err
		}
	}
	if !ok {
		return 0, damagedPage(p.id, "is not packed as it should be")
	}
	return k.next, nil
}

func inOrder(id uint64, i int, key, last, low, high []byte) error {
	switch {
	case len(key) == 0:
		return damagedPage(id, "has an empty key at %d", i)
	case i > 0 && bytes.Compare(key, last) <= 0,
		low != nil && bytes.Compare(key, low) < 0,
		high != nil && bytes.Compare(key, high) >= 0:
		return damagedPage(id, "has a key out of order at %d", i)
	}
	return nil
}

func (w *walker) branch(table Table, p pageHeader, buf, low, high []byte, depth int) error {
	k, ok := newPack(p, buf)
	keys, children := make([][]byte, p.count), make([]uint64, p.count)
	for i := 0; ok && i < p.count; i++ {
		at := uint64(pageHead + i*elementSize)
		e := buf[at:]
		pos, ksize := uint64(binary.NativeEndian.Uint32(e)), uint64(binary.NativeEndian.Uint32(e[4:]))
		children[i] = binary.NativeEndian.Uint64(e[8:])
		if keys[i], ok = k.bytes(at, pos, ksize); !ok {
			break
		}
		last := []byte(nil)
		if i > 0 {
			last = keys[i-1]
		}
		if err := inOrder(p.id, i, keys[i], last, low, high); err != nil {
			return err
		}
	}
	if !ok {
		return damagedPage(p.id, "is not packed as it should be")
	}
	below := func(w *walker, i int) error {
		upper := high
		if i+1 < len(keys) {
			upper = keys[i+1]
		}
		return w.node(table, children[i], keys[i], upper, depth+1, false)
	}
	if table == "" || depth > 1 { // not the top of a table: this goroutine's
		for i := range children {
			if err := below(w, i); err != nil {
				return err
			}
		}
		return nil
	}
	errs := make([]error, len(children))
	iter.ForEachIdx(children, func(i int, _ *uint64) {
		errs[i] = below(&walker{ctx: w.ctx, img: w.img, used: w.used, visit: w.visit}, i)
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// element handles one element of a leaf: in the root bucket a bucket, in a bucket a value.
func (w *walker) element(table Table, id uint64, flags uint32, key, value []byte, depth int) error {
	const isBucket, bucketHead = 1, 16 // root page (8) · sequence (8)
	switch {
	case table != "" && flags == 0:
		return w.visit(table, key, value)
	case table != "" || flags != isBucket || len(value) < bucketHead:
		return damagedPage(id, "has an element of the wrong kind")
	}
	name := Table(key)
	w.img.tables = append(w.img.tables, name)
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		if len(value) != bucketHead {
			return damagedPage(id, "has a bucket of the wrong size")
		}
		return w.node(name, root, nil, nil, depth+1, true)
	}
	// A small bucket is a leaf within the value, exactly as long as its contents.
	inline := value[bucketHead:]
	if len(inline) < pageHead {
		return damagedPage(id, "has a bucket that is cut off")
	}
	p := parsePageHeader(inline)
	p.id = id // its own is 0
	if p.flags != flagLeaf || p.overflow != 0 {
		return damagedPage(id, "has a bucket of the wrong type")
	}
	n, err := w.leaf(name, p, inline, nil, nil, depth)
	if err == nil && n != uint64(len(inline)) {
		err = damagedPage(id, "has a bucket of the wrong size")
	}
	return err
}

// freelist takes the free pages and the pages of the list itself.
func (w *walker) freelist(id uint64) error {
	p, buf, err := w.read(id, 0)
	if err != nil {
		return err
	}
	if p.flags != flagFreelist {
		return damagedPage(id, "is no free list")
	}
	ids, n := buf[pageHead:], uint64(p.count)
	if p.count == 0xFFFF { // then the count is the first entry
		n, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return damagedPage(id, "is a free list of %d pages, longer than itself", n)
	}
	for i := range n {
		if err := w.claim(binary.NativeEndian.Uint64(ids[i*8:]), 0); err != nil {
			return err
		}
	}
	return nil
}
