package campaign

import (
	"fmt"
	"strconv"
	"strings"
)

// MetadataKey is the key under which an attempt's id travels in the metadata of a create request and
// comes back in GET: our own idempotency key, since the API has none. A CSV column of this name is refused.
const MetadataKey = "kycbatch"

// AttemptID names one POST among all that this ledger ever sent for an account. The zero value names none.
type AttemptID struct {
	Ledger  string // the ledger's random id
	Round   int    // from 1
	Attempt int    // from 1 within the round
}

// String is the value that travels: "1:<ledger id>:<round>.<attempt>", where 1 is the format's version.
func (a AttemptID) String() string {
	return "1:" + a.Ledger + ":" + strconv.Itoa(a.Round) + "." + strconv.Itoa(a.Attempt)
}

// after says whether this POST was made later than the other one of the same ledger.
func (a AttemptID) after(o AttemptID) bool {
	return a.Round > o.Round || a.Round == o.Round && a.Attempt > o.Attempt
}

// ParseAttemptID reads what String wrote. Anything else, a later version of the format included, is no
// attempt id of ours and gives an error.
func ParseAttemptID(s string) (AttemptID, error) {
	bad := fmt.Errorf("not an attempt id of version 1")
	rest, ok := strings.CutPrefix(s, "1:")
	if !ok {
		return AttemptID{}, bad
	}
	ledger, numbers, ok := strings.Cut(rest, ":")
	if !ok || ledger == "" {
		return AttemptID{}, bad
	}
	r, n, ok := strings.Cut(numbers, ".")
	if !ok {
		return AttemptID{}, bad
	}
	round, err1 := strconv.Atoi(r)
	attempt, err2 := strconv.Atoi(n)
	id := AttemptID{Ledger: ledger, Round: round, Attempt: attempt}
	if err1 != nil || err2 != nil || round < 1 || attempt < 1 || id.String() != s {
		return AttemptID{}, bad
	}
	return id, nil
}
