package campaign

import (
	"os"
	"slices"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
)

// harm is what can happen to a ledger's file while no process has it open.
type harm string

const (
	harmRestored  harm = "ledger restored from an old copy"
	harmTruncated harm = "ledger truncated"
	harmEmptied   harm = "ledger emptied"
	harmZeroed    harm = "ledger with a zeroed page"
	harmFlipped   harm = "ledger with a flipped bit"
	harmMeta      harm = "ledger with a flipped bit in its newest meta page"
)

const pageBytes = 4096 // of bbolt, on most machines

// harm lets something happen to the ledger's file between two processes. The file of a ledger that is refused is put
// back from the copy that somebody made, as an operator would; its fence stays, and knows better.
func (s *simulation) harm() {
	if s.harms == 0 || s.calm {
		return
	}
	path := LedgerPath(s.dir)
	b, err := os.ReadFile(path)
	require.NoError(s.t, err)
	if s.copied == nil || s.chance("a copy is made") < 0.3 {
		s.copied = b
		return
	}
	if s.chance("harm") > s.harms {
		return
	}
	which := []harm{harmRestored, harmRestored, harmRestored, harmTruncated, harmEmptied, harmZeroed, harmFlipped, harmMeta}[int(s.chance("which harm")*8)]
	s.note("HARM %s", which)
	s.harmed = true
	s.crashes[string(which)]++
	anywhere := int(s.chance("where") * float64(len(b)))
	mended := slices.Clone(b)
	switch which {
	case harmRestored:
		mended = s.copied
	case harmTruncated:
		mended = b[:anywhere]
	case harmEmptied:
		mended = nil
	case harmZeroed:
		page := anywhere / pageBytes * pageBytes
		clear(mended[page:min(page+pageBytes, len(mended))])
	case harmFlipped:
		mended[anywhere] ^= 1 << int(s.chance("bit")*8)
	case harmMeta:
		mended[newestMeta(b)+anywhere%80] ^= 1 << int(s.chance("bit")*8) // its page header and its body are 80 bytes long
	}
	require.NoError(s.t, os.WriteFile(path, mended, 0o600))
	file, err := OpenLedger(s.dir, true, s.options())
	if err == nil { // only unused pages were hurt, or it is suspect: the processes to come would find out what is not so
		require.NotEqual(s.t, harmEmptied, which)
		if _, suspect := file.Suspect(); suspect {
			s.crashes[string(which)+": suspect"]++
		}
		require.NoError(s.t, file.Close())
		return
	}
	require.ErrorIs(s.t, err, checkpoint.ErrUnusable)
	s.crashes[string(which)+": refused"]++
	require.NoError(s.t, os.WriteFile(path, s.copied, 0o600))
}

// newestMeta is where the meta page with the higher transaction begins: its id is at byte 48 of a meta, behind 16 of the page's own.
func newestMeta(b []byte) int {
	txid := func(page int) (id uint64) {
		for i := range 8 {
			id |= uint64(b[page*pageBytes+16+48+i]) << (8 * i)
		}
		return id
	}
	if txid(1) > txid(0) {
		return pageBytes
	}
	return 0
}
