package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LedgerIDError says that a person has to choose the id of a ledger that is recovered.
type LedgerIDError struct {
	Sessions map[string]int // by id: how many sessions of the files' accounts carry it
	Remains  []string       // ids that the fence and the damaged file have
}

func (e *LedgerIDError) Error() string {
	all := maps.Clone(e.Sessions)
	for _, id := range e.Remains {
		all[id] += 0
	}
	var each []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		text := fmt.Sprintf("%s (sessions: %d)", id, all[id])
		if slices.Contains(e.Remains, id) {
			text = fmt.Sprintf("%s (sessions: %d, and in the ledger's own files)", id, all[id])
		}
		each = append(each, text)
	}
	return "it can't be told which ledger this was: " + strings.Join(each, ", ")
}

// chooseID finds out which ledger it was, and counts the sessions that carry another ledger's id: two machines can work for one partner.
func (v *recovery) chooseID() error {
	sessions := map[string]int{}
	for _, all := range v.found.accounts {
		for _, s := range all {
			if id := s.Attempt.Ledger; id != "" {
				sessions[id]++
			}
		}
	}
	maps.DeleteFunc(sessions, func(id string, _ int) bool { return CheckLedgerID(id) != nil }) // metadata is whatever somebody wrote
	unclear := &LedgerIDError{Sessions: sessions, Remains: v.remains.IDs}
	switch {
	case v.LedgerID != "":
		v.id, v.done.IDFrom = v.LedgerID, IDGiven
	case len(v.remains.IDs) > 1:
		return unclear
	case len(v.remains.IDs) == 1:
		v.id, v.done.IDFrom = v.remains.IDs[0], IDRemains
		if sessions[v.id] == 0 && len(sessions) > 0 {
			return unclear
		}
	case len(sessions) > 1:
		return unclear
	case len(sessions) == 1:
		for id := range sessions {
			v.id, v.done.IDFrom = id, IDSessions
		}
	default:
		v.id, v.done.IDFrom = v.l.s.ID(), IDNew
	}
	delete(sessions, v.id)
	v.done.LedgerID, v.done.Others, v.r.p.Ledger = v.id, sessions, v.id
	return nil
}
