package campaign

import "hash/maphash"

// sieve tells which of many texts certainly were not added before, in two bytes for each. It spares an import a look into the
// ledger for nearly every account of a new file.
type sieve struct {
	seed maphash.Seed
	bits []uint64
}

// newSieve is a sieve for so many texts: of those that are new, one in sixteen looks as if it were not.
func newSieve(texts int) sieve {
	return sieve{maphash.MakeSeed(), make([]uint64, texts/4+1)}
}

// add adds a text, and says whether it may have been added before.
func (s sieve) add(text string) (perhaps bool) {
	h := maphash.String(s.seed, text)
	word, bit := &s.bits[h%uint64(len(s.bits))], uint64(1)<<(h>>58)
	perhaps = *word&bit != 0
	*word |= bit
	return perhaps
}
