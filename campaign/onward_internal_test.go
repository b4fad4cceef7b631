package campaign

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
)

// Whatever the order in which records are asked for, and whichever of them there are, onward reads what a Get reads.
func TestOnwardReadsWhatAGetReads(t *testing.T) {
	file, err := checkpoint.Create(filepath.Join(t.TempDir(), "ledger.db"), checkpoint.Options{
		Identity: checkpoint.Identity{API: "a", Partner: "p"}, NoSync: true,
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	const numbers = 3000
	l, random := NewLedger(file), rand.New(rand.NewPCG(1, 2))
	var writes []checkpoint.Write
	for n := uint64(1); n < numbers; n++ {
		if random.IntN(4) > 0 && (n < 1000 || n > 1500) && n < 2500 {
			writes = append(writes, recordWrite(n, Record{}, Record{Account: "a", Round: int(n)})...)
		}
	}
	require.NoError(t, file.Put(t.Context(), writes...))
	for seed := range uint64(60) {
		random, number := rand.New(rand.NewPCG(seed, 3)), uint64(1)
		o, scanned := l.onward(), false
		for range numbers {
			switch seed % 3 {
			case 0: // as rows come
				number = number%(numbers+200) + 1
			case 1: // with gaps, and now and then far away
				if number += random.Uint64N(near / 4); number > numbers || random.IntN(200) == 0 {
					number = 1 + random.Uint64N(numbers)
				}
			default:
				number = 1 + random.Uint64N(numbers)
			}
			want, err := l.record(number)
			require.NoError(t, err)
			got, err := o.record(number)
			require.NoError(t, err)
			require.Equal(t, want, got, "record %d, seed %d", number, seed)
			scanned = scanned || o.next != nil
		}
		require.Equal(t, seed%3 < 2, scanned, "seed %d", seed)
		o.close()
	}
}
