package campaign

import (
	"fmt"
	"time"

	"kycbatch/checkpoint"
)

// syncedPrefix and a campaign's id, 8 bytes, are the key in Settings under which the time of its newest complete sync stands,
// in microseconds since 1970 as 8 bytes.
const syncedPrefix = "synced"

func syncedKey(c Campaign) []byte { return append([]byte(syncedPrefix), recordKey(c.ID)...) }

// SyncedAt is the server's time of the campaign's newest complete sync; the zero time where there was none.
func (l *Ledger) SyncedAt(c Campaign) (time.Time, error) {
	v, err := l.s.Get(checkpoint.Settings, syncedKey(c))
	var n uint64
	if err == nil {
		n, err = numberOf(v)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when campaign %q was synced: %w", c.Name, err)
	}
	if n == 0 {
		return time.Time{}, nil
	}
	return time.UnixMicro(int64(n)).UTC(), nil
}
