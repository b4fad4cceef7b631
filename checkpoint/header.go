package checkpoint

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// The header is one framed JSON value in a bucket of its own. A bbolt file
// without that bucket is another program's.
const (
	headerTable  Table  = "kycbatch"
	headerKey    string = "header"
	headerFormat string = "kycbatch ledger"
)

type header struct {
	Format     string     `json:"format"`
	Schema     int        `json:"schema"`
	ID         string     `json:"id"`
	API        string     `json:"api"`
	Partner    string     `json:"partner"`
	Created    time.Time  `json:"created"`
	Generation uint64     `json:"generation"`          // opened for writing so many times
	Copied     *time.Time `json:"copied,omitempty"`    // a Backup, and when it was made
	Suspicion  *Suspicion `json:"suspicion,omitempty"` // not Cleared yet
	Counted    uint64     `json:"counted,omitempty"`   // the newest Generation that counted Changes: a version that doesn't leaves it out
}

func newHeader(o Options, schema int) header {
	id := make([]byte, 8)
	rand.Read(id) // never fails: it ends the process where there is no randomness
	return header{
		Format:  headerFormat,
		Schema:  schema,
		ID:      hex.EncodeToString(id),
		API:     o.Identity.API,
		Partner: o.Identity.Partner,
		Created: o.Now().UTC().Round(0),
	}
}

func (h header) identity() Identity { return Identity{API: h.API, Partner: h.Partner} }

func (h header) framed() ([]byte, error) {
	value, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the header: %w", err)
	}
	return frame(headerTable, []byte(headerKey), value), nil
}

func (h header) write(tx *bbolt.Tx) error {
	b, err := bucket(tx, headerTable)
	if err != nil {
		return err
	}
	value, err := h.framed()
	if err != nil {
		return err
	}
	return b.Put([]byte(headerKey), value)
}

// decodeHeader reads a framed header. A header of a newer schema is read as far
// as this version understands it.
func decodeHeader(framed []byte) (header, error) {
	value, err := unframe(headerTable, []byte(headerKey), framed)
	if err != nil {
		return header{}, err
	}
	var h header
	if err := json.Unmarshal(value, &h); err != nil {
		return header{}, &CorruptError{Table: headerTable, Key: []byte(headerKey), Reason: "it is no header"}
	}
	if h.Format != headerFormat || h.Schema < 1 || h.ID == "" {
		return header{}, &CorruptError{Table: headerTable, Key: []byte(headerKey), Reason: "it is no ledger's header"}
	}
	return h, nil
}

// fits compares the identity asked for with the ledger's. An empty field is
// compared only when all is set.
func (h header) fits(path string, want Identity, all bool) error {
	have := h.identity()
	api := have.API == want.API || (!all && want.API == "")
	partner := have.Partner == want.Partner || (!all && want.Partner == "")
	if api && partner {
		return nil
	}
	return fmt.Errorf("ledger %s: %w: it is for %s, partner %s; asked for is %s, partner %s: use the data directory that belongs to these settings",
		path, ErrIdentity, have.API, short(have.Partner), want.API, short(want.Partner))
}

// short shows at most six characters of a partner's id, of a short id at most half.
func short(partner string) string {
	r := []rune(partner)
	if n := min(6, len(r)/2); n < len(r) {
		return strings.ToValidUTF8(string(r[:n]), "?") + "…"
	}
	return "(none)"
}
