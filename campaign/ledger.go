package campaign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"kycbatch/checkpoint"
)

// store is what the campaign needs of a checkpoint.Ledger. The simulation has the second
// implementation: one that dies at a chosen seam.
type store interface {
	ID() string
	Put(context.Context, ...checkpoint.Write) error
	Get(checkpoint.Table, []byte) ([]byte, error)
	Last(checkpoint.Table) (checkpoint.Entry, bool, error)
	Scan(t checkpoint.Table, prefix, after []byte) iter.Seq2[checkpoint.Entry, error]
	Changes(checkpoint.Table) (uint64, error)
	Fence(until time.Time) error
	Suspect() (checkpoint.Suspicion, bool)
	Cleared() error
}

// Ledger gives the values of a checkpoint their meaning: campaigns, their rows, and one record for each
// account. Tables and keys:
//
//	Campaigns  name                            Campaign
//	Rows       campaign id, import, index      Row          4 bytes each, big endian
//	Accounts   account_auth_id                 the number of the account's record
//	Records    number                          Record       8 bytes; ascending, which bbolt likes best
//	Trail      entry id                        Entry        8 bytes; see trail.go
//	Settings   "records", "campaigns", "runs"  the highest number given out
//	           "untold" and a record's number  an incident that no run has named yet
//	           "synced" and a campaign's id    when it was synced; see SyncedAt
//	           "settled" and a campaign's id   its rows that are done with; see settled
//	           "results" and a campaign's id   what its results.csv is known by; see resultsMark
type Ledger struct{ s store }

// NewLedger gives a checkpoint its meaning. The caller keeps it and closes it.
func NewLedger(s *checkpoint.Ledger) *Ledger { return &Ledger{s} }

// ErrNoCampaign is the answer to a name that no file came in under.
var ErrNoCampaign = errors.New("no such campaign")

// Campaign finds a campaign by its name; ErrNoCampaign.
func (l *Ledger) Campaign(name string) (Campaign, error) {
	v, err := l.s.Get(checkpoint.Campaigns, []byte(name))
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign %q: %w", name, err)
	}
	if v == nil {
		return Campaign{}, fmt.Errorf("%w: %q", ErrNoCampaign, name)
	}
	return decodeCampaign(name, v)
}

// Campaigns are all campaigns whose file was taken in completely, by name.
func (l *Ledger) Campaigns() ([]Campaign, error) {
	var all []Campaign
	for e, err := range l.s.Scan(checkpoint.Campaigns, nil, nil) {
		if err != nil {
			return nil, fmt.Errorf("read the campaigns: %w", err)
		}
		c, err := decodeCampaign(string(e.Key), e.Value)
		if err != nil {
			return nil, err
		}
		if c.Import > 0 {
			all = append(all, c)
		}
	}
	return all, nil
}

// Rows are the rows of a campaign: those of its newest file in their order, then those that are gone from it.
func (l *Ledger) Rows(c Campaign) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for e, err := range l.s.Scan(checkpoint.Rows, rowsPrefix(c.ID, c.Import), nil) {
			var row Row
			if err == nil {
				row, err = decodeRow(e.Value)
			}
			if err != nil {
				err = fmt.Errorf("read the rows of campaign %q: %w", c.Name, err)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// record reads the record of a number. An account that nothing was ever done for has the zero record.
func (l *Ledger) record(number uint64) (Record, error) {
	v, err := l.s.Get(checkpoint.Records, recordKey(number))
	if err != nil {
		return Record{}, fmt.Errorf("read record %d: %w", number, err)
	}
	if v == nil {
		return Record{}, nil
	}
	return decodeRecord(v)
}

// Record reads what is known of an account, and false where no file ever named it.
func (l *Ledger) Record(account string) (Record, bool, error) {
	n, err := l.number(account)
	if err != nil || n == 0 {
		return Record{}, false, err
	}
	rec, err := l.record(n)
	rec.Account = account
	return rec, true, err
}

// number is the number of an account's record; 0 where it has none.
func (l *Ledger) number(account string) (uint64, error) {
	v, err := l.s.Get(checkpoint.Accounts, []byte(account))
	if err != nil {
		return 0, fmt.Errorf("read the account index: %w", err)
	}
	return numberOf(v)
}

// counter reads one of the numbers in Settings.
func (l *Ledger) counter(name string) (uint64, error) {
	v, err := l.s.Get(checkpoint.Settings, []byte(name))
	if err != nil {
		return 0, fmt.Errorf("read the ledger's settings: %w", err)
	}
	return numberOf(v)
}

func counterWrite(name string, n uint64) checkpoint.Write {
	return checkpoint.Write{Table: checkpoint.Settings, Key: []byte(name), Value: recordKey(n)}
}

func numberOf(v []byte) (uint64, error) {
	switch len(v) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64(v), nil
	}
	return 0, errValue
}

// recordWrite is the durable form of a record. One with an incident that nobody was told of yet is
// noted beside it, in the same commit, until a run has named it.
func recordWrite(number uint64, before, after Record) []checkpoint.Write {
	key := recordKey(number)
	w := []checkpoint.Write{{Table: checkpoint.Records, Key: key, Value: after.encode()}}
	if after.Incident != "" && before.Incident != after.Incident {
		w = append(w, checkpoint.Write{Table: checkpoint.Settings, Key: append([]byte(untoldPrefix), key...), Value: untoldValue(after)})
	}
	return w
}

const untoldPrefix = "untold"

// Incident is a session of ours that something happened to which nobody asked for.
type Incident struct {
	Account string `json:"account"`
	Session string `json:"session"`
	What    string `json:"what"`
}

// untold are the incidents that no run has named yet, with the numbers of their records.
func (l *Ledger) untold() ([]Incident, []uint64, error) {
	var incidents []Incident
	var numbers []uint64
	for e, err := range l.s.Scan(checkpoint.Settings, []byte(untoldPrefix), nil) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the incidents: %w", err)
		}
		n, err := numberOf(e.Key[len(untoldPrefix):])
		if err != nil {
			return nil, nil, err
		}
		i, err := l.untoldIncident(n, e.Value)
		if err != nil {
			return nil, nil, err
		}
		incidents = append(incidents, i)
		numbers = append(numbers, n)
	}
	return incidents, numbers, nil
}

// untoldVersion begins the value of an incident that is still to be named. Before it, the value was the account.
const untoldVersion = 2

// untoldValue keeps the incident's own words: by the time that it is named, another round may have the record.
func untoldValue(rec Record) []byte {
	w := writer{b: []byte{untoldVersion}}
	w.text(rec.Account)
	w.text(rec.Session.ID)
	w.text(rec.Incident)
	return w.b
}

func (l *Ledger) untoldIncident(number uint64, value []byte) (Incident, error) {
	if len(value) > 0 && value[0] == untoldVersion {
		r := reader{b: value[1:]}
		i := Incident{Account: r.text(), Session: r.text(), What: r.text()}
		return i, r.end("incident")
	}
	rec, err := l.record(number)
	return Incident{Account: rec.Account, Session: rec.Session.ID, What: rec.Incident}, err
}

// told says whether the account of a record has no incident that is still to be named.
func (l *Ledger) told(number uint64) (bool, error) {
	v, err := l.s.Get(checkpoint.Settings, append([]byte(untoldPrefix), recordKey(number)...))
	if err != nil {
		return false, fmt.Errorf("read the incidents: %w", err)
	}
	return v == nil, nil
}

// Told notes that a run's incidents were named to a person. Until then each run names them again.
func (l *Ledger) Told(ctx context.Context, s Summary) error {
	var w []checkpoint.Write
	for _, n := range s.untold {
		w = append(w, checkpoint.Write{Table: checkpoint.Settings, Key: append([]byte(untoldPrefix), recordKey(n)...)})
	}
	if len(w) == 0 {
		return nil
	}
	return l.s.Put(ctx, w...)
}

func recordKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func rowsPrefix(campaign, imported uint64) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(campaign)), uint32(imported))
}

func rowKey(campaign, imported, index uint64) []byte {
	return binary.BigEndian.AppendUint32(rowsPrefix(campaign, imported), uint32(index))
}
