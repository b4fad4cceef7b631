package checkpoint

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// A campaign's tables take little more room than their values: accounts that come in order fill their pages, and so do the
// intents of records, which become shorter outcomes.
func TestPagesAreFull(t *testing.T) {
	const rows, part = 4096, 16
	l := created(t, aPath(t), quick())
	record := func(n, size int) Write {
		return Write{Records, binary.BigEndian.AppendUint64(nil, uint64(n)), make([]byte, size)}
	}
	for from := 0; from < rows; from += part {
		var accounts, intents, outcomes []Write
		for i := range part {
			n := from + i ^ 5 // as good as in order
			accounts = append(accounts, Write{Accounts, fmt.Appendf(nil, "MA_%08d", n), make([]byte, 8)})
			intents, outcomes = append(intents, record(n, 330)), append(outcomes, record(n, 205))
		}
		for _, w := range [][]Write{accounts, intents[:part/2], intents[part/2:], outcomes} {
			require.NoError(t, l.Put(t.Context(), w...))
		}
	}
	require.NoError(t, l.view("count the pages", func(tx *bbolt.Tx) error {
		for table, most := range map[Table]int{Accounts: 48, Records: 400} {
			s := tx.Bucket([]byte(table)).Stats()
			size := (s.LeafAlloc + s.BranchAlloc) / rows
			t.Logf("%d bytes a row: table %s", size, table)
			require.LessOrEqual(t, size, most)
		}
		return nil
	}))
}
