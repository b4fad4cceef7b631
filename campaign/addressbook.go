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
// bytes an account, and reads the rest from the ledger, where it is true, once for each address that it is asked about. A
// policy without a cap on mails to one address needs none.
type addressBook struct {
	l    *Ledger
	most int // mails on either side of a moment that can matter
	seed maphash.Seed

	mu       sync.Mutex
	entries  []addressEntry             // by address
	known    map[uint64][]addressedMail // by address, ascending: of those that were asked about
	reserved map[string]reservation     // by account: mails that are about to be sent
}

type addressEntry struct{ address, number uint64 }

// addressedMail is a mail to an account of an address.
type addressedMail struct {
	at      time.Time
	account string
}

type reservation struct {
	address uint64
	at      time.Time
}

// newAddressBook reads every record.
func newAddressBook(l *Ledger, p Policy) (*addressBook, error) {
	b := &addressBook{l: l, most: p.MaxMails + 1, seed: maphash.MakeSeed(), known: map[uint64][]addressedMail{}, reserved: map[string]reservation{}}
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
		if rec.Address != "" {
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

// others are the mails to a record's address that are not its own, those around a moment: past and to come. An error is the
// ledger's.
func (b *addressBook) others(rec Record, at time.Time) ([]time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.around(rec, at)
}

// around is others for who holds the lock. Of however many mails there are, only the next few on either side can matter.
func (b *addressBook) around(rec Record, at time.Time) (mails []time.Time, err error) {
	if len(b.entries) == 0 || rec.Address == "" {
		return nil, nil
	}
	address := b.hash(rec.Address)
	all, err := b.of(address)
	if err != nil {
		return nil, err
	}
	from, _ := slices.BinarySearchFunc(all, at, func(m addressedMail, at time.Time) int { return m.at.Compare(at) })
	for i, n := from-1, 0; i >= 0 && n < b.most; i-- {
		if all[i].account != rec.Account {
			mails, n = append(mails, all[i].at), n+1
		}
	}
	for i, n := from, 0; i < len(all) && n < b.most; i++ {
		if all[i].account != rec.Account {
			mails, n = append(mails, all[i].at), n+1
		}
	}
	for account, r := range b.reserved {
		if r.address == address && account != rec.Account {
			mails = append(mails, r.at)
		}
	}
	return mails, nil
}

// of reads all mails to an address. What is reserved is left to its reservation.
func (b *addressBook) of(address uint64) ([]addressedMail, error) {
	if all, known := b.known[address]; known {
		return all, nil
	}
	all := []addressedMail{}
	i, _ := slices.BinarySearchFunc(b.entries, address, func(e addressEntry, address uint64) int { return cmp.Compare(e.address, address) })
	for ; i < len(b.entries) && b.entries[i].address == address; i++ {
		rec, err := b.l.record(b.entries[i].number)
		if err != nil {
			return nil, err
		}
		mails := rec.mails()
		if _, reserved := b.reserved[rec.Account]; reserved && rec.Resend.Underway() && len(rec.Mails) > 0 {
			own := rec.Mails[len(rec.Mails)-1]
			mails = slices.DeleteFunc(mails, func(m time.Time) bool { return m.Equal(own) })
		}
		for _, at := range mails {
			all = append(all, addressedMail{at, rec.Account})
		}
	}
	slices.SortFunc(all, func(x, y addressedMail) int { return x.at.Compare(y.at) })
	b.known[address] = all
	return all, nil
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
	if r, reserved := b.reserved[rec.Account]; reserved {
		delete(b.reserved, rec.Account)
		delete(b.known, r.address)
	}
}
