package checkpoint

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A disk is a model of a file system that keeps its word about fsync and gives no other. It has two states: what
// programs see, and what would be there after a power cut. Between them lies what is pending:
//
//   - a file's bytes since that file's last fsync or fdatasync, in sectors of 512 bytes. After a power cut each sector has
//     any one of the contents that it had since then, whatever became of the others: so a write may be kept,
//     dropped, torn, and overtaken by later ones. A sector itself is whole (disks promise that, and a meta page of bbolt needs it).
//   - a file's size: any one that it had since then. Bytes that it did not have before and that were dropped are zeros or junk.
//   - a directory's names since that directory's last fsync: any subset of the changes, applied in order. File systems with a
//     journal keep a beginning of them; that is one of the subsets. A rename is one change. The fsync of
//     a file promises nothing about its name.
type disk struct {
	root  *node
	nodes []*node // all, in the order of their making
}

// A node is a file or a directory.
type node struct {
	label string // the last name it was given, for people

	seen    []byte // a file's content, as programs see it
	durable []byte
	pending map[int][]version // by sector, in order
	sizes   []resize

	names map[string]*node // a directory's, as programs see it; nil: a file
	kept  map[string]*node // durable
	moves []move
}

// A version is a pending content of a sector. at is when it came to be: an index of the recording.
type version struct {
	at   int
	data []byte
}

type resize struct{ at, size int }

// A move is one change of a directory: names set, or taken away (nil).
type move struct {
	at    int
	names map[string]*node
}

const sector = 512

func newDisk() *disk {
	d := &disk{}
	d.root = d.newDir("")
	return d
}

func (d *disk) newFile(label string) *node {
	n := &node{label: label, pending: map[int][]version{}}
	d.nodes = append(d.nodes, n)
	return n
}

func (d *disk) newDir(label string) *node {
	n := &node{label: label, names: map[string]*node{}, kept: map[string]*node{}}
	d.nodes = append(d.nodes, n)
	return n
}

// lookup returns the node that programs see under path, and the directory that it is in; nil where there is none.
func (d *disk) lookup(path string) (n, dir *node) {
	n = d.root
	for name := range strings.SplitSeq(filepath.Clean(path), "/") {
		if name == "." {
			return n, nil
		}
		if dir = n; dir == nil || dir.names == nil {
			return nil, nil
		}
		n = dir.names[name]
	}
	return n, dir
}

func (n *node) change(at int, names map[string]*node) {
	n.moves = append(n.moves, move{at, names})
	for name, to := range names {
		if to == nil {
			delete(n.names, name)
			continue
		}
		n.names[name], to.label = to, name
	}
}

// grown returns b with size bytes, new ones zero.
func grown(b []byte, size int) []byte {
	if size <= cap(b) && size > len(b) {
		old := len(b)
		b = b[:size]
		clear(b[old:])
		return b
	}
	if size > len(b) {
		return append(b, make([]byte, size-len(b))...)
	}
	return b[:size]
}

func (n *node) truncate(at, size int) {
	for s := size / sector; s*sector < len(n.seen) && size < len(n.seen); s++ {
		n.note(at, s, size)
	}
	n.seen = grown(n.seen, size)
	n.sizes = append(n.sizes, resize{at, size})
}

func (n *node) write(at int, data []byte, offset int) {
	if end := offset + len(data); end > len(n.seen) {
		n.truncate(at, end)
	}
	copy(n.seen[offset:], data)
	if len(data) == 0 {
		return
	}
	for s := offset / sector; s <= (offset+len(data)-1)/sector; s++ {
		n.note(at, s, len(n.seen))
	}
}

// note makes what sector s has now a pending version of it; what it has beyond size is zero.
func (n *node) note(at, s, size int) {
	data := make([]byte, sector)
	if s*sector < size {
		copy(data, n.seen[s*sector:min(size, len(n.seen))])
	}
	n.pending[s] = append(n.pending[s], version{at, data})
}

// sync makes durable what was pending before the moment before.
func (n *node) sync(before int) {
	if n.names != nil {
		i := 0
		for ; i < len(n.moves) && n.moves[i].at < before; i++ {
			n.moves[i].apply(n.kept)
		}
		n.moves = slices.Clone(n.moves[i:])
		return
	}
	i := 0
	for ; i < len(n.sizes) && n.sizes[i].at < before; i++ {
		n.durable = grown(n.durable, n.sizes[i].size)
	}
	n.sizes = slices.Clone(n.sizes[i:])
	for s, versions := range n.pending {
		i := 0
		for ; i < len(versions) && versions[i].at < before; i++ {
			if s*sector < len(n.durable) {
				copy(n.durable[s*sector:], versions[i].data)
			}
		}
		if versions = versions[i:]; len(versions) > 0 {
			n.pending[s] = versions
			continue
		}
		delete(n.pending, s)
	}
}

func (m move) apply(names map[string]*node) {
	for name, to := range m.names {
		if to == nil {
			delete(names, name)
			continue
		}
		names[name] = to
	}
}

// apply carries out event at of a recording. begun is when the call of an end began.
func (d *disk) apply(at int, e event, begun map[*call]int) error {
	c := e.call
	if !c.done() {
		return nil // it failed, or the process was killed before it
	}
	if e.end {
		switch c.name {
		case "fsync", "fdatasync":
			c.file.node.sync(begun[c])
		case "read":
			c.file.position += c.result
		case "lseek":
			c.file.position = c.result
		}
		return nil
	}
	begun[c] = at
	switch c.name {
	case "openat":
		return d.open(at, c)
	case "write":
		c.file.node.write(at, c.data[:c.result], int(c.file.position))
		c.file.position += c.result
	case "pwrite64":
		c.file.node.write(at, c.data[:c.result], int(c.offset))
	case "ftruncate":
		c.file.node.truncate(at, int(c.offset))
	case "copy_file_range":
		from := c.from.node.seen[c.from.position:][:c.result]
		c.file.node.write(at, slices.Clone(from), int(c.file.position))
		c.from.position += c.result
		c.file.position += c.result
	case "mkdirat", "unlinkat", "renameat", "renameat2":
		return d.rename(at, c)
	case "close", "fstat", "pread64", "flock", "fcntl", "fchmod", "getdents64", "mmap", "epoll_ctl",
		"fsync", "fdatasync", "read", "lseek", "newfstatat", "readlinkat", "faccessat2", "access", "say":
	default:
		return fmt.Errorf("the model of the disk does not know %s", c.name)
	}
	return nil
}

func (d *disk) open(at int, c *call) error {
	n, dir := d.lookup(c.path)
	if c.flags&syscall.O_APPEND != 0 {
		return fmt.Errorf("the model of the disk does not know O_APPEND")
	}
	if n == nil && c.flags&syscall.O_CREAT != 0 && dir != nil {
		n = d.newFile(filepath.Base(c.path))
		dir.change(at, map[string]*node{filepath.Base(c.path): n})
	}
	if n == nil {
		return fmt.Errorf("the model of the disk has no %s", c.path)
	}
	if c.flags&syscall.O_TRUNC != 0 {
		n.truncate(at, 0)
	}
	c.file.node, c.file.position = n, 0
	return nil
}

func (d *disk) rename(at int, c *call) error {
	n, dir := d.lookup(c.path)
	name := filepath.Base(c.path)
	switch c.name {
	case "mkdirat":
		n = d.newDir(name)
		dir.change(at, map[string]*node{name: n})
		return nil
	case "unlinkat":
		dir.change(at, map[string]*node{name: nil})
		return nil
	}
	if filepath.Dir(c.path) != filepath.Dir(c.to) {
		return fmt.Errorf("the model of the disk does not know a rename to another directory")
	}
	dir.change(at, map[string]*node{name: nil, filepath.Base(c.to): n})
	return nil
}

// files returns what programs see, by path; directories end with a slash.
func (d *disk) files() map[string][]byte {
	all := map[string][]byte{}
	d.root.collect("", all, func(n *node) map[string]*node { return n.names }, func(n *node) []byte { return n.seen })
	return all
}

func (n *node) collect(prefix string, all map[string][]byte, names func(*node) map[string]*node, content func(*node) []byte) {
	for _, name := range slices.Sorted(maps.Keys(names(n))) {
		switch child := names(n)[name]; {
		case child.names != nil:
			all[prefix+name+"/"] = nil
			child.collect(prefix+name+"/", all, names, content)
		default:
			all[prefix+name] = content(child)
		}
	}
}
