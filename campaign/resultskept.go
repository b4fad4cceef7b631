package campaign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"

	"kycbatch/checkpoint"
)

// The results of a campaign of which every row is settled are the same again as long as nothing was written to rows and records: neither
// the exclusion list nor the run has a say in them. So where results.csv is still the very file that was written then, it stays. What it
// is known by lies in the ledger, which goes back together with what the file was made of.

// resultsPrefix begins the key under which Settings keep it; the campaign's id follows.
const resultsPrefix = "results"

func resultsKey(c Campaign) []byte { return append([]byte(resultsPrefix), recordKey(c.ID)...) }

// resultsForm counts the ways in which results.csv was worded so far: with another one, all files are written anew.
const resultsForm = 1

// resultsMark is what results.csv is known by, as it lies there, if nothing but a write to rows or records can change what belongs
// into it; else nil.
func resultsMark(c Campaign, s settled, path string) []byte {
	info, err := os.Lstat(path)
	if err != nil || len(s.open) > 0 || info.Mode() != 0o600 {
		return nil // it is written anew, and what is wrong with it told
	}
	columns := sha256.Sum256(fmt.Appendf(nil, "%d %q %q", resultsForm, c.Header, resultColumns))
	w := writer{b: []byte{valueVersion}}
	w.bytes(columns[:])
	w.bytes(s.encode())
	w.int(int(info.Size()))
	w.num(uint64(info.ModTime().UnixNano()))
	return w.b
}

// resultsStay says whether results.csv is what would be written now.
func (l *Ledger) resultsStay(c Campaign, s settled, path string) (bool, error) {
	mark := resultsMark(c, s, path)
	if mark == nil {
		return false, nil
	}
	noted, err := l.s.Get(checkpoint.Settings, resultsKey(c))
	if err != nil {
		return false, fmt.Errorf("read what is known of %s: %w", ResultsFile, err)
	}
	return bytes.Equal(mark, noted), nil
}

// noteResults notes that results.csv was written. A run that has come so far is finished, so nothing cancels it.
func (l *Ledger) noteResults(c Campaign, s settled, path string) error {
	mark := resultsMark(c, s, path)
	if mark == nil {
		return nil
	}
	err := l.s.Put(context.Background(), checkpoint.Write{Table: checkpoint.Settings, Key: resultsKey(c), Value: mark})
	if err != nil {
		return fmt.Errorf("note that %s was written: %w", ResultsFile, err)
	}
	return nil
}
