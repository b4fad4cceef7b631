package campaign

import (
	"context"
	"fmt"
	"time"

	"kycbatch/checkpoint"
)

// syncedPrefix begins the key under which Settings keep when a campaign was synced; the campaign's id follows.
const syncedPrefix = "synced"

func syncedKey(c Campaign) []byte { return append([]byte(syncedPrefix), recordKey(c.ID)...) }

// SyncedAt is the server's time at the end of the newest [Sync] that asked about sessions of the campaign and missed
// none: what the ledger knows of them is as of then. Zero: there was no such sync.
func (l *Ledger) SyncedAt(c Campaign) (time.Time, error) {
	v, err := l.s.Get(checkpoint.Settings, syncedKey(c))
	if err != nil {
		return time.Time{}, fmt.Errorf("read when campaign %q was synced: %w", c.Name, err)
	}
	at, err := numberOf(v)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(int64(at)).UTC(), nil
}

// synced notes that campaigns were synced at the server's time at.
func (l *Ledger) synced(ctx context.Context, campaigns []Campaign, at time.Time) error {
	var writes []checkpoint.Write
	for _, c := range campaigns {
		writes = append(writes, checkpoint.Write{Table: checkpoint.Settings, Key: syncedKey(c), Value: recordKey(uint64(at.UnixMicro()))})
	}
	return l.s.Put(ctx, writes...)
}
