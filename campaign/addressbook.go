package campaign

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"kycbatch/checkpoint"
)

// addressBook finds the mails of all accounts that have one address: a customer with three accounts has one inbox. It keeps 16
// bytes an account, and reads the rest from the ledger, where it is true. The zero policy needs none.
type addressBook struct {
	l    *Ledger
	seed maphash.Seed

	mu       sync.Mutex
	entries  []addressEntry         // by address
	reserved map[string]reservation // by account: mails that are about to be sent
}

type addressEntry struct{ address, number uint64 }

type reservation struct {
	address uint64
	at      time.Time
}

// newAddressBook reads every record. Without a cap on mails to one address it has nothing to do.
func newAddressBook(l *Ledger, p Policy) (*addressBook, error) {
	b := &addressBook{l: l, seed: maphash.MakeSeed(), reserved: map[string]reservation{}}
	if p.MaxMails == 0 {
		return b, nil
	}
	for e, err := range l.s.Scan(checkpoint.Records, nil, nil) {
		var rec Record
		if err == nil {
			rec, err = decodeRecord(e.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("read the addresses: %w", err)
		}
		number, err := numberOf(e.Key)
		if err != nil {
			return nil, err
		}
		if rec.Address != "" && len(rec.Mails) > 0 {
			b.entries = append(b.entries, addressEntry{b.hash(rec.Address), number})
		}
	}
	slices.SortFunc(b.entries, func(x, y addressEntry) int {
		return cmp.Or(cmp.Compare(x.address, y.address), cmp.Compare(x.number, y.number))
	})
	return b, nil
}

// hash makes one number of an address. Upper and lower case lead to one inbox; two addresses that share a number by chance
// would only be mailed less.
func (b *addressBook) hash(address string) uint64 {
	return maphash.String(b.seed, strings.ToLower(address))
}

// others are the mails to a record's address that are not its own, past and to come.
func (b *addressBook) others(rec Record) []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.othersLocked(rec)
}

func (b *addressBook) othersLocked(rec Record) (mails []time.Time) {
	if len(b.entries) == 0 || rec.Address == "" {
		return nil
	}
	address := b.hash(rec.Address)
	i, _ := slices.BinarySearchFunc(b.entries, address, func(e addressEntry, address uint64) int { return cmp.Compare(e.address, address) })
	for ; i < len(b.entries) && b.entries[i].address == address; i++ {
		other, err := b.l.record(b.entries[i].number)
		if err != nil || other.Account == rec.Account { // one that can't be read ends the run elsewhere
			continue
		}
		mails = append(mails, other.mails()...)
	}
	for account, r := range b.reserved {
		if r.address == address && account != rec.Account {
			mails = append(mails, r.at)
		}
	}
	return mails
}

// reserve notes a mail that is about to be sent. The caller has the lock.
func (b *addressBook) reserve(rec Record, at time.Time) {
	if len(b.entries) > 0 && rec.Address != "" {
		b.reserved[rec.Account] = reservation{b.hash(rec.Address), at}
	}
}

// release forgets it: by now the ledger has the mail, or there is none.
func (b *addressBook) release(rec Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.reserved, rec.Account)
}
