package campaign

import "hash/fnv"

// sieve tells which of many texts certainly were not added before, in two bytes for each. It spares an import a look into the
// ledger for nearly every account of a new file.
type sieve []uint64

// newSieve is a sieve for so many texts: of those that are new, one in sixteen looks at most as if it were not.
func newSieve(texts int) sieve { return make(sieve, texts/4+1) }

// add adds a text, and says whether it may have been added before. Which ones do is the same in every process: a simulation
// repeats to the letter.
func (s sieve) add(text string) (perhaps bool) {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(text)) // a hash has no errors
	h := sum.Sum64()
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // like texts have like sums, in the upper bits above all
	h ^= h >> 33
	word, bit := &s[h%uint64(len(s))], uint64(1)<<(h>>58)
	perhaps = *word&bit != 0
	*word |= bit
	return perhaps
}
