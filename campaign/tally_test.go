package campaign

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// tally is what simulations add up to. Shards hand it over as JSON.
type tally struct {
	Campaigns, Rows, Accidents, SecondMails, Lost, UndecidedOurs int
	Orphans, Links                                               int
	Replaced, Revoked, CalledOff                                 int // by an operator
	Revokes                                                      map[sandbox.Revoke]int
	Outcomes                                                     map[State]int
	Classes                                                      map[string]int
	Nights                                                       *remindTally

	traced bool // traces are wanted
}

func newTally() *tally {
	return &tally{Revokes: map[sandbox.Revoke]int{}, Outcomes: map[State]int{}, Classes: map[string]int{}, Nights: newRemindTally()}
}

func (t *tally) add(o *tally) {
	t.Campaigns += o.Campaigns
	t.Rows += o.Rows
	t.Accidents += o.Accidents
	t.SecondMails += o.SecondMails
	t.Lost += o.Lost
	t.UndecidedOurs += o.UndecidedOurs
	t.Orphans += o.Orphans
	t.Links += o.Links
	t.Replaced += o.Replaced
	t.Revoked += o.Revoked
	t.CalledOff += o.CalledOff
	addCounts(t.Revokes, o.Revokes)
	addCounts(t.Outcomes, o.Outcomes)
	addCounts(t.Classes, o.Classes)
	t.Nights.add(o.Nights)
}

func addCounts[K comparable](to, from map[K]int) {
	for k, n := range from {
		to[k] += n
	}
}

// tell prints what was found of how much, and how often each class of faults occurred.
func (t *tally) tell(say func(format string, args ...any)) {
	say("%d campaigns", t.Campaigns)
	say("%d of %d rows: an accidental revoke", t.Accidents, t.Rows)
	say("%d of %d rows: a second invitation", t.SecondMails, t.Rows)
	say("%d of %d rows: lost", t.Lost, t.Rows)
	say("%d accounts of the redirect flow with a link each, %d orphans replaced", t.Links, t.Orphans)
	say("%d sessions replaced by hand, %d revoked, %d orders called off", t.Replaced, t.Revoked, t.CalledOff)
	say("rows by state: %v; undecided ones with a session of ours: %d; revokes by cause: %v", t.Outcomes, t.UndecidedOurs, t.Revokes)
	t.Nights.tell(say)
	for _, class := range slices.Sorted(maps.Keys(t.Classes)) {
		say("%8d × %s", t.Classes[class], class)
	}
}

// count adds the faults that occurred.
func (t *tally) count(s *simulation) {
	for class, n := range s.api.Journal().Faults {
		t.Classes[string(class)] += n
	}
	addCounts(t.Classes, s.crashes)
}

// judge compares the ledger with the API's journal and adds what it finds.
func (t *tally) judge(s *simulation) (bad []string) {
	file, err := ReadLedger(s.dir, LedgerOptions{})
	require.NoError(s.t, err)
	defer file.Close()
	ledger := NewLedger(file)
	journal := s.api.Journal()
	verdict := journal.Verdict()
	t.Campaigns++
	t.Accidents += verdict.Accidents
	t.SecondMails += verdict.SecondMails
	for _, id := range verdict.AccidentIDs {
		v, _ := s.api.Session(id)
		bad = append(bad, fmt.Sprintf("accidentally revoked: %s of %s by %s, made at %s, revoked at %s, %s", id, v.Account, v.Creator,
			v.Created.Sub(s.began), v.Updated.Sub(s.began), v.Cause))
	}
	if verdict.SecondMails > 0 {
		bad = append(bad, fmt.Sprintf("%d second mails", verdict.SecondMails))
	}
	for why, n := range verdict.Revokes {
		t.Revokes[why] += n
	}
	ours := map[string][]sandbox.View{}
	for _, v := range journal.Sessions {
		switch {
		case v.Revoke == sandbox.RevokeDelete && s.named[v.ID]: // ended by us, because a person said so
			continue
		case v.Revoke == sandbox.RevokeDelete && v.Flow != "redirect":
			bad = append(bad, fmt.Sprintf("ended, and nobody ordered that: %s of %s", v.ID, v.Account))
		}
		if v.Creator == sandbox.ByAPI && v.Revoke == sandbox.RevokeDelete {
			t.Orphans++ // ended by us, on purpose
		} else if v.Creator == sandbox.ByAPI {
			ours[v.Account] = append(ours[v.Account], v)
		}
	}
	linked := s.readLinks()
	for i := range s.rows {
		t.Rows++
		rec, known, err := ledger.Record(s.account(i))
		require.NoError(s.t, err)
		if !known {
			bad = append(bad, "lost: "+s.account(i)+" is not in the ledger")
			t.Lost++
			continue
		}
		t.Outcomes[rec.Current()]++
		if rec.needsLink() {
			t.Links++
			if linked[rec.Account] != rec.Session.ID {
				bad = append(bad, "no link: "+rec.Account)
			}
		}
		why := ""
		if only, ordered := s.only[rec.Account]; ordered {
			why = t.orderLost(rec, only, s.api.Sessions(rec.Account), journal.At)
		} else {
			why = t.rowLost(s, rec, ours[rec.Account])
		}
		if why != "" {
			t.Lost++
			bad = append(bad, "lost: "+rec.Account+" "+why)
		}
	}
	return bad
}

// readLinks is the session whose link each account has; every line is whole, and is the newest of its account.
func (s *simulation) readLinks() map[string]string {
	of := map[string]string{}
	if !s.links {
		return of
	}
	f, err := os.Open(filepath.Join(ResultsDir(s.dir, "sim"), LinksFile))
	require.NoError(s.t, err)
	defer f.Close()
	_, err = readLinks(f, func(cells []string) error {
		require.NotContains(s.t, of, cells[0], "an account has two links")
		require.Contains(s.t, cells[2], "token=kst_")
		of[cells[0]] = cells[1]
		return nil
	})
	require.NoError(s.t, err)
	return of
}

// orderLost says what is untrue in the record of an account that a person's order named, compared with its sessions.
func (t *tally) orderLost(rec Record, only bool, sessions []sandbox.View, at time.Time) string {
	live := slices.IndexFunc(sessions, func(v sandbox.View) bool { return v.Live(at) })
	switch rec.Current() {
	case Withdrawn:
		t.Revoked++
		if live >= 0 || !only {
			return "is withdrawn, and a session lives, or one was to follow"
		}
	case Created, Skipped:
		if live < 0 {
			return "is " + string(rec.State) + ", and no session of it lives"
		}
		if rec.State == Created && sessions[live].ID != rec.Session.ID {
			return "is created, and another session lives"
		}
		if sessions[live].Creator == sandbox.ByAPI && !only && live > 0 {
			t.Replaced++
		} else {
			t.CalledOff++
		}
	case Undecided:
	default:
		return "has no end: " + string(rec.Current())
	}
	return ""
}

// rowLost says what is untrue in a record, compared with the sessions that our POSTs made.
func (t *tally) rowLost(s *simulation, rec Record, ours []sandbox.View) string {
	switch rec.Current() {
	case Created:
		for _, v := range ours {
			if v.ID == rec.Session.ID {
				return ""
			}
		}
		return "is created with a session that none of our POSTs made"
	case Undecided:
		t.UndecidedOurs += len(ours)
		return ""
	case Pending, Started:
		return "has no end: " + string(rec.Current())
	default:
		ours = slices.DeleteFunc(ours, func(v sandbox.View) bool { // an orphan that somebody else ended before we did
			return v.Flow == "redirect" && v.Status == "revoked"
		})
		if s.harmed { // that one of ours was ended by somebody else, a ledger that was put back may have forgotten
			ours = slices.DeleteFunc(ours, func(v sandbox.View) bool {
				return v.Revoke == sandbox.RevokeByStranger || v.ID == rec.Session.ID // or two looks in a row lacked its metadata
			})
		}
		if len(ours) > 0 {
			return fmt.Sprintf("is %s, and our POST made a session", rec.State)
		}
		return ""
	}
}
