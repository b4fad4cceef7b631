package checkpoint

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// sampleContents fills every kind of page: tables within the root's leaf, of
// one leaf, of branches; values over several pages; counts that are powers of
// two, which one flipped bit makes zero.
func sampleContents() map[Table]map[string]string {
	all := map[Table]map[string]string{
		Campaigns: {"spring": "one value"},
		Settings:  {"a": "1", "b": "", "c": "3", "d": "4"},
		Accounts:  {},
		Records:   {"MA_LONG": strings.Repeat("long ", 2500)},
		Rows:      {},
	}
	for i := range 16 {
		all[Accounts][fmt.Sprintf("MA_%04d", i)] = strings.Repeat("x", 200)
	}
	for i := range 150 {
		all[Records][fmt.Sprintf("MA_%04d", i)] = strings.Repeat(fmt.Sprint(i), 40)
		all[Rows][fmt.Sprintf("spring/%04d", i)] = fmt.Sprint(i)
	}
	return all
}

// A sample is a closed ledger with sampleContents, free pages among them. Its
// last commit before the closing changed only the table Campaigns.
type sample struct {
	file, fence []byte
	used        int // bytes of the pages in use
}

func aSample(t testing.TB) sample {
	t.Helper()
	path := aPath(t)
	l, err := Create(path, quick())
	require.NoError(t, err)
	fillRecords(t, l, 200)
	for _, table := range []Table{Records, Settings, Accounts, Rows, Campaigns} {
		var w []Write
		for k, v := range sampleContents()[table] {
			w = append(w, Write{table, []byte(k), []byte(v)})
		}
		if table == Rows {
			for i := range 200 {
				w = append(w, Write{Records, binary.BigEndian.AppendUint64(nil, uint64(i)), nil})
			}
		}
		require.NoError(t, l.Put(t.Context(), w...))
	}
	require.Equal(t, sampleContents(), contents(t, l))
	require.NoError(t, l.Verify(t.Context()))
	require.NoError(t, l.Close())
	s := sample{file: read(t, path), fence: read(t, beside(path, "fence"))}
	img, err := inspect(bytes.NewReader(s.file), int64(len(s.file)))
	require.NoError(t, err)
	s.used = int(img.highWater * pageSize)
	return s
}

// place writes the sample's file, perhaps changed, and its fence to a new path.
func (s sample) place(t testing.TB, file []byte) string {
	t.Helper()
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, file, 0o600))
	require.NoError(t, os.WriteFile(beside(path, "fence"), s.fence, 0o600))
	return path
}

// flipped returns a copy with one other bit.
func flipped(file []byte, bit int) []byte {
	b := bytes.Clone(file)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// valuesOf reads all values of a file in memory, as Open does before bbolt
// sees it.
func valuesOf(t testing.TB, file []byte) (map[Table]map[string]string, *image, error) {
	t.Helper()
	r := bytes.NewReader(file)
	img, _, err := examine(context.Background(), r, r.Size(), true, anySchema)
	if err != nil {
		return nil, nil, err
	}
	all := map[Table]map[string]string{}
	var mu sync.Mutex
	require.NoError(t, img.walk(context.Background(), func(table Table, key, value []byte) error {
		mu.Lock()
		defer mu.Unlock()
		if table == headerTable {
			return nil
		}
		if all[table] == nil {
			all[table] = map[string]string{}
		}
		all[table][string(key)] = string(value[frameHeader:])
		return nil
	}))
	return all, img, nil
}

// randomBit chooses among all bits in use; half of the time among those at the
// beginning of a page, where the structure is.
func (s sample) randomBit(random *rand.Rand) int {
	if random.IntN(2) == 0 {
		return random.IntN(s.used * 8)
	}
	return (random.IntN(s.used/pageSize)*pageSize + random.IntN(96)) * 8
}

// One flipped bit anywhere is found, or the image is torn, or it changed nothing.
func TestOneFlippedBitIsFoundBeforeBboltSeesIt(t *testing.T) {
	s := aSample(t)
	random := rand.New(rand.NewPCG(3, 3))
	found, torn, harmless := 0, 0, 0
	file := bytes.Clone(s.file)
	check := func(bit int) {
		file[bit/8] ^= 1 << (bit % 8)
		all, img, err := valuesOf(t, file)
		file[bit/8] ^= 1 << (bit % 8)
		switch {
		case err != nil:
			require.ErrorIs(t, err, ErrUnusable, "bit %d", bit)
			found++
		case img.torn:
			torn++
		default:
			require.Equal(t, sampleContents(), all, "bit %d", bit)
			harmless++
		}
	}
	for range 1000 {
		check(s.randomBit(random))
	}
	root, err := inspect(bytes.NewReader(s.file), int64(len(s.file)))
	require.NoError(t, err)
	for bit := range 640 * 8 { // the names of the tables, and small tables whole
		check(int(root.root)*pageSize*8 + bit)
	}
	for page := range s.used / pageSize { // every bit of every page's head
		for bit := range pageHead * 8 {
			check(page*pageSize*8 + bit)
		}
	}
	t.Logf("%d refused, %d torn, %d in unused places", found, torn, harmless)
	require.Positive(t, found)
	require.Positive(t, torn)
	require.Positive(t, harmless)
}

// The same through the front door, with bbolt.
func TestOneFlippedBitAndTheWholeLedger(t *testing.T) {
	s := aSample(t)
	random := rand.New(rand.NewPCG(4, 4))
	outcomes := map[string]int{}
	for range 200 {
		bit := s.randomBit(random)
		path := s.place(t, flipped(s.file, bit))
		outcomes[s.readOnlyAnswers(t, path, bit)]++

		l, err := Open(path, quick())
		if err != nil {
			require.ErrorIs(t, err, ErrUnusable, "bit %d", bit)
			continue
		}
		if _, suspect := l.Suspect(); !suspect {
			require.Equal(t, sampleContents(), contents(t, l), "bit %d", bit)
		}
		require.NoError(t, l.Put(t.Context(), Write{Trail, []byte("k"), []byte("v")}))
		require.NoError(t, l.Verify(t.Context()), "bit %d", bit)
		require.NoError(t, l.Close())
	}
	t.Log(outcomes)
	require.Positive(t, outcomes["refused"])
	require.Positive(t, outcomes["whole"])
	require.Positive(t, outcomes["bad values"])
	require.Positive(t, outcomes["suspect"])
}

// readOnlyAnswers reads every value of the sample and says how that went.
func (s sample) readOnlyAnswers(t *testing.T, path string, bit int) string {
	t.Helper()
	l, err := OpenReadOnly(path, quick())
	if err != nil {
		require.ErrorIs(t, err, ErrUnusable, "bit %d", bit)
		return "refused"
	}
	defer func() { require.NoError(t, l.Close()) }()
	if _, suspect := l.Suspect(); suspect {
		return "suspect"
	}
	outcome := "whole"
	for table, values := range sampleContents() {
		for k, want := range values {
			have, err := l.Get(table, []byte(k))
			var corrupt *CorruptError
			switch {
			case err != nil:
				require.ErrorAs(t, err, &corrupt, "bit %d", bit)
				outcome = "bad values"
			case have == nil: // its key is what is damaged: then another key has a bad value
				require.ErrorIs(t, l.Verify(t.Context()), ErrDamaged, "bit %d", bit)
				outcome = "bad values"
			default:
				require.Equal(t, want, string(have), "bit %d", bit)
			}
		}
	}
	return outcome
}

// Every bit of either meta page counts. The ledger opens, with the newer page
// damaged one commit short, and says that it is suspect.
func TestAFlippedBitInAMetaPage(t *testing.T) {
	s := aSample(t)
	short := sampleContents()
	delete(short, Campaigns) // the last commit
	found := map[bool]int{}
	for page := range 2 {
		for bit := range (pageHead + metaSum + 8) * 8 {
			file := flipped(s.file, page*pageSize*8+bit)
			img, err := inspect(bytes.NewReader(file), int64(len(file)))
			require.NoError(t, err)
			require.True(t, img.torn, "page %d, bit %d", page, bit)
		}
		path := s.place(t, flipped(s.file, (page*pageSize+pageHead+48)*8)) // the transaction's id
		for range 2 {                                                      // a restart forgets nothing
			l, err := Open(path, quick())
			require.NoError(t, err)
			why, suspect := l.Suspect()
			require.True(t, suspect, "page %d", page)
			require.NotEmpty(t, why.Reason)
			all := contents(t, l)
			found[all[Campaigns] == nil]++
			if all[Campaigns] == nil {
				require.Equal(t, short, all)
			} else {
				require.Equal(t, sampleContents(), all)
			}
			require.NoError(t, l.Verify(t.Context()), "the invalid page is written anew")
			require.NoError(t, l.Close())
		}
	}
	require.Equal(t, map[bool]int{true: 2, false: 2}, found)
	both := flipped(flipped(s.file, (pageHead+20)*8), (pageSize+pageHead+20)*8)
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, both, 0o600))
	refused(t, path, ErrDamaged)
}

// A sound value at the wrong key or in the wrong table is found.
func TestAValueInTheWrongPlace(t *testing.T) {
	s := aSample(t)
	for name, misplace := range map[string]func(tx *bbolt.Tx) error{
		"key": func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(Accounts))
			return b.Put([]byte("MA_0003"), bytes.Clone(b.Get([]byte("MA_0004"))))
		},
		"table": func(tx *bbolt.Tx) error {
			v := frame(Settings, []byte("MA_0003"), []byte("v")) // a name as long
			return tx.Bucket([]byte(Accounts)).Put([]byte("MA_0003"), v)
		},
		"no frame": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(Accounts)).Put([]byte("MA_0003"), []byte("x"))
		},
		"other frame": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(Accounts)).Put([]byte("MA_0003"), []byte("\x02....value"))
		},
	} {
		path := s.place(t, s.file)
		db, err := bbolt.Open(path, 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Update(misplace))
		require.NoError(t, db.Close())

		_, err = Open(path, quick())
		var corrupt *CorruptError
		require.ErrorAs(t, err, &corrupt, name)
		require.ErrorIs(t, err, ErrDamaged, name)

		// For reading it opens, and the other values can be saved.
		l, err := OpenReadOnly(path, quick())
		require.NoError(t, err, name)
		_, err = l.Get(Accounts, []byte("MA_0003"))
		require.ErrorAs(t, err, &corrupt, name)
		require.Equal(t, Accounts, corrupt.Table)
		require.Equal(t, "MA_0003", string(corrupt.Key))
		good, bad := 0, 0
		for e, err := range l.Scan(Accounts, nil, nil) {
			if err != nil {
				require.ErrorAs(t, err, &corrupt)
				require.Equal(t, "MA_0003", string(e.Key))
				bad++
				continue
			}
			good++
		}
		require.Equal(t, []int{15, 1}, []int{good, bad}, name)
		require.ErrorIs(t, l.Verify(t.Context()), ErrDamaged, name)
		require.ErrorIs(t, l.Backup(path+".bak"), ErrDamaged, "a damaged ledger makes no backup")
		require.NoFileExists(t, path+".bak")
		require.NoError(t, l.Close())
	}
}

// Damage that no single bit makes, and that no value's checksum shows.
func TestStructuralDamage(t *testing.T) {
	s := aSample(t)
	r := bytes.NewReader(s.file)
	img, err := inspect(r, r.Size())
	require.NoError(t, err)
	native := binary.NativeEndian
	list := int(img.freelist) * pageSize
	free := int(native.Uint16(s.file[list+10:]))
	require.Positive(t, free)
	entry := func(key string) []byte { // as it lies in a leaf
		return append([]byte(key), frame(Accounts, []byte(key), []byte(sampleContents()[Accounts][key]))...)
	}
	for name, damage := range map[string]func(file []byte) []byte{
		"keys out of order": func(file []byte) []byte {
			a, b, between := entry("MA_0003"), entry("MA_0004"), bytes.Repeat([]byte{0xff}, len(entry("MA_0003")))
			file = bytes.ReplaceAll(file, a, between)
			file = bytes.ReplaceAll(file, b, a)
			return bytes.ReplaceAll(file, between, b)
		},
		"a page is lost": func(file []byte) []byte {
			native.PutUint16(file[list+10:], uint16(free-1))
			return file
		},
		"a used page is free": func(file []byte) []byte {
			native.PutUint16(file[list+10:], uint16(free+1))
			native.PutUint64(file[list+pageHead+8*free:], img.root)
			return file
		},
		"a page beyond the end is free": func(file []byte) []byte {
			native.PutUint16(file[list+10:], uint16(free+1))
			native.PutUint64(file[list+pageHead+8*free:], img.highWater)
			return file
		},
		"the free list is longer than itself": func(file []byte) []byte {
			native.PutUint16(file[list+10:], 0xFFFF)
			return file
		},
	} {
		file := damage(bytes.Clone(s.file))
		require.NotEqual(t, s.file, file, name)
		_, _, err := valuesOf(t, file)
		require.ErrorIs(t, err, ErrDamaged, name)
		refused(t, s.place(t, file), ErrDamaged)
	}
}

// A bbolt file with our header and without one of our tables is damaged.
func TestAMissingTable(t *testing.T) {
	s := aSample(t)
	path := s.place(t, s.file)
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(Rows)) }))
	require.NoError(t, db.Close())
	refused(t, path, ErrDamaged)
}
