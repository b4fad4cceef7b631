package campaign

import (
	"iter"
	"math/bits"
)

// bitset is a set of record numbers, a bit each.
type bitset struct{ words []uint64 }

func (s *bitset) set(n uint64) {
	for uint64(len(s.words)) <= n/64 {
		s.words = append(s.words, 0)
	}
	s.words[n/64] |= 1 << (n % 64)
}

func (s *bitset) has(n uint64) bool {
	return n/64 < uint64(len(s.words)) && s.words[n/64]&(1<<(n%64)) != 0
}

func (s *bitset) clear(n uint64) {
	if s.has(n) {
		s.words[n/64] &^= 1 << (n % 64)
	}
}

// count is how many numbers are in the set.
func (s *bitset) count() (n int) {
	for _, word := range s.words {
		n += bits.OnesCount64(word)
	}
	return n
}

// all yields the numbers in the set, ascending.
func (s *bitset) all() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i, word := range s.words {
			for ; word != 0; word &= word - 1 {
				if !yield(uint64(i)*64 + uint64(bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
