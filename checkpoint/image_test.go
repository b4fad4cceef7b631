package checkpoint

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A unit is one thing that a power cut decides: what becomes of a sector, of a file's size, of one change of a directory.
// Option 0 is what is durable; the others came to be at the moments of at, ascending.
type unit struct {
	node  *node
	kind  unitKind
	index int // of the sector, or of the change
	at    []int
	minor bool // of the file that says who holds the lock, see below
}

type unitKind int

const (
	ofSector unitKind = iota
	ofSize
	ofMove
	ofJunk // of all bytes that were dropped and had not been there: zeros or junk
)

// isMinor: the holder file is never made durable, and nobody believes it. It would make any two images different.
func isMinor(n *node) bool { return n != nil && strings.Contains(n.label, "holder") }

// units returns what a power cut would decide now, in an order that depends on the recording alone.
func (d *disk) units() []unit {
	reachable := map[*node]bool{}
	var reach func(*node)
	reach = func(n *node) {
		if n == nil || reachable[n] {
			return
		}
		reachable[n] = true
		for _, child := range n.kept {
			reach(child)
		}
		for _, m := range n.moves {
			for _, child := range m.names {
				reach(child)
			}
		}
	}
	reach(d.root)
	var all []unit
	fresh := false
	for _, n := range d.nodes {
		if !reachable[n] {
			continue
		}
		for i, m := range n.moves {
			u := unit{node: n, kind: ofMove, index: i, at: []int{m.at}}
			for name, to := range m.names {
				u.minor = u.minor || isMinor(to) || strings.Contains(name, "holder")
			}
			all = append(all, u)
		}
		if len(n.sizes) > 0 {
			u := unit{node: n, kind: ofSize, minor: isMinor(n)}
			for _, s := range n.sizes {
				u.at = append(u.at, s.at)
			}
			all = append(all, u)
		}
		for _, s := range slices.Sorted(maps.Keys(n.pending)) {
			u := unit{node: n, kind: ofSector, index: s, minor: isMinor(n)}
			for _, v := range n.pending[s] {
				u.at = append(u.at, v.at)
			}
			all = append(all, u)
			fresh = fresh || !u.minor && s*sector >= len(n.durable)
		}
	}
	if fresh {
		all = append(all, unit{node: d.root, kind: ofJunk, at: []int{0}})
	}
	return all
}

// possible is how many images that differ there can be, at most limit.
func possible(units []unit, limit int) int {
	n := 1
	for _, u := range units {
		if !u.minor && n < limit {
			n *= 1 + len(u.at)
		}
	}
	return min(n, limit)
}

// exhaustive is up to how many images all of them are tried.
const exhaustive = 64

// draw chooses for each unit, for the n-th image: first everything kept, then nothing, then, where there are few, each
// combination, else by hash: one thing alone kept or dropped, all up to a moment, or each by the toss of a coin.
func draw(units []unit, random *rand.Rand, n int) []int {
	choice := make([]int, len(units))
	all := possible(units, exhaustive+1)
	way, rest := random.IntN(4), n-2
	coin := []float64{0.05, 0.5, 0.95}[random.IntN(3)]
	alone, moment := random.IntN(max(1, len(units))), 0
	if len(units) > 0 {
		u := units[alone]
		moment = u.at[random.IntN(len(u.at))]
	}
	for i, u := range units {
		options := len(u.at) + 1
		switch {
		case u.minor:
			choice[i] = random.IntN(options)
		case n == 0:
			choice[i] = options - 1
		case n == 1:
		case all <= exhaustive:
			choice[i] = rest % options
			rest /= options
		case u.kind == ofJunk:
			choice[i] = random.IntN(2)
		case way == 0:
			if i == alone {
				choice[i] = options - 1
			}
		case way == 1:
			if i != alone {
				choice[i] = options - 1
			}
		case way == 2:
			for _, at := range u.at {
				if at <= moment {
					choice[i]++
				}
			}
		case random.Float64() < coin:
			choice[i] = 1 + random.IntN(options-1)
		}
	}
	return choice
}

// key tells images of one moment apart.
func key(units []unit, choice []int) string {
	var b []byte
	for i, u := range units {
		if !u.minor {
			b = binary.AppendUvarint(b, uint64(choice[i]))
		}
	}
	return string(b)
}

// image returns the files that the choice leaves, as disk.files does, and for each that is as durable the node's own bytes.
func (d *disk) image(units []unit, choice []int) map[string][]byte {
	names, content := map[*node]map[string]*node{}, map[*node][]byte{}
	junk := false
	for i, u := range units { // moves come in order
		n := u.node
		switch u.kind {
		case ofMove:
			if names[n] == nil {
				names[n] = maps.Clone(n.kept)
			}
			if choice[i] == 1 {
				n.moves[u.index].apply(names[n])
			}
		case ofJunk:
			junk = choice[i] == 1
		case ofSize:
			if choice[i] == 0 {
				content[n] = slices.Clone(n.durable)
			} else {
				size := n.sizes[choice[i]-1].size
				content[n] = grown(slices.Clone(n.durable[:min(size, len(n.durable))]), size)
			}
		}
	}
	for i, u := range units {
		if u.kind != ofSector {
			continue
		}
		n := u.node
		if content[n] == nil {
			content[n] = slices.Clone(n.durable)
		}
		at, b := u.index*sector, content[n]
		switch {
		case at >= len(b):
		case choice[i] > 0:
			copy(b[at:], n.pending[u.index][choice[i]-1].data)
		case junk && at >= len(n.durable):
			h := fnv.New64a()
			h.Write([]byte{byte(u.index)})
			for j := range b[at:min(at+sector, len(b))] {
				b[at+j] = byte(h.Sum64() >> (j % 8 * 8))
			}
		}
	}
	all := map[string][]byte{}
	d.root.collect("", all,
		func(n *node) map[string]*node {
			if changed := names[n]; changed != nil {
				return changed
			}
			return n.kept
		},
		func(n *node) []byte {
			if changed := content[n]; changed != nil {
				return changed
			}
			return n.durable
		})
	return all
}

// become makes the disk what is left of it after the power cut.
func (d *disk) become(units []unit, choice []int) *disk {
	next := newDisk()
	for path, content := range d.image(units, choice) {
		dir := next.root
		parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
		for i, name := range parts {
			child := dir.kept[name]
			if child == nil {
				child = next.newDir(name)
				if i == len(parts)-1 && !strings.HasSuffix(path, "/") {
					child = &node{label: name, pending: map[int][]version{}, seen: slices.Clone(content), durable: slices.Clone(content)}
					next.nodes[len(next.nodes)-1] = child
				}
				dir.kept[name], dir.names[name] = child, child
			}
			dir = child
		}
	}
	return next
}

// placeImage makes dir hold the files of an image and nothing else. Files that are there are written over, which is faster.
func placeImage(dir string, image map[string][]byte) error {
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		if e.IsDir() {
			name += "/"
		}
		if _, stays := image[name]; stays {
			return nil
		}
		if err := os.RemoveAll(path); err != nil || !e.IsDir() {
			return err
		}
		return fs.SkipDir
	})
	for _, path := range slices.Sorted(maps.Keys(image)) {
		if err != nil {
			return err
		}
		if name := filepath.Join(dir, path); strings.HasSuffix(path, "/") {
			err = os.MkdirAll(name, 0o700)
		} else {
			err = overwrite(name, image[path])
		}
	}
	return err
}

func overwrite(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Truncate(int64(len(content))), f.Close())
}
