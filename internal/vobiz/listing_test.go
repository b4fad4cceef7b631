package vobiz_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/internal/vobiz"
)

// world is a list as a server keeps it, read by pages. Its sessions are in the order of their making.
type world struct {
	ids     []string
	limit   int  // largest page, whatever is asked
	newest  bool // order: newest first
	echo    int  // what it says of the size
	reads   int
	refused bool
	made    int
}

func (w *world) add(n int) {
	for range n {
		w.made++
		w.ids = append(w.ids, fmt.Sprintf("id-%d", w.made))
	}
}

func (w *world) page(q vobiz.ListQuery) vobiz.Page {
	w.reads++
	size := min(q.Size, w.limit)
	list := slices.Clone(w.ids)
	if w.newest {
		slices.Reverse(list)
	}
	from := min((q.Page-1)*size, len(list))
	w.refused = w.refused || q.Page > 1 && from == len(list)
	page := vobiz.Page{Total: len(list), Number: q.Page, Size: w.echo}
	for _, id := range list[from:min(from+size, len(list))] {
		page.Sessions = append(page.Sessions, vobiz.Session{ID: id, AccountAuthID: "MA_1", Status: "opened"})
	}
	return page
}

func ids(sessions []vobiz.Session) []string {
	var list []string
	for _, s := range sessions {
		list = append(list, s.ID)
	}
	slices.Sort(list)
	return list
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestListingOfAQuietListIsWholeInOneSweep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{limit: rapid.IntRange(1, 30).Draw(t, "limit"), newest: rapid.Bool().Draw(t, "newest"), echo: rapid.IntRange(0, 200).Draw(t, "echo")}
		w.add(rapid.IntRange(0, 200).Draw(t, "sessions"))
		l := vobiz.Listing{Account: "MA_1", Size: rapid.IntRange(0, 40).Draw(t, "size")}
		for !l.Done() {
			q := l.Next()
			require.Empty(t, q.Status, "a filter proves nothing")
			require.Equal(t, "MA_1", q.Account)
			require.NoError(t, l.Add(w.page(q)))
		}
		size := min(w.limit, max(l.Size, 0))
		if l.Size == 0 {
			size = min(w.limit, 100)
		}
		require.Equal(t, max(1, (len(w.ids)+size-1)/size), w.reads)
		require.False(t, w.refused, "a page past the end was asked for, which a server may refuse")
		require.Equal(t, sorted(w.ids), ids(l.Sessions()))
		require.Equal(t, len(w.ids), l.Len())
		require.Equal(t, len(w.ids), l.Total())
	})
}

// TestListingWhileSessionsAreMade: the list grows and its items move between any two pages. A listing that is done has
// all there was at its last page, and it does get done once the list rests.
func TestListingWhileSessionsAreMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{limit: rapid.IntRange(1, 10).Draw(t, "limit"), newest: rapid.Bool().Draw(t, "newest")}
		w.add(rapid.IntRange(0, 60).Draw(t, "sessions"))
		events := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 40).Draw(t, "made before each page")
		shuffle := rapid.Bool().Draw(t, "moving")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		l := vobiz.Listing{Account: "MA_1"}
		for !l.Done() {
			if w.reads < len(events) {
				w.add(events[w.reads])
				if shuffle {
					i, j := random.IntN(len(w.ids)+1)-1, random.IntN(len(w.ids)+1)-1
					if i >= 0 && j >= 0 {
						w.ids[i], w.ids[j] = w.ids[j], w.ids[i]
					}
				}
			}
			if err := l.Add(w.page(l.Next())); err != nil {
				require.ErrorIs(t, err, vobiz.ErrIncomplete)
				require.True(t, shuffle || len(events) > 0, "it gave up on a quiet list")
				return
			}
			require.Less(t, w.reads, 10_000)
		}
		require.Equal(t, sorted(w.ids), ids(l.Sessions()))
	})
}

func TestListingFindsWhatShiftedPast(t *testing.T) {
	// Newest first, two a page: while page 1 is read, one more is made, and it is on no page to come.
	w := &world{limit: 2, newest: true}
	w.add(5)
	l := vobiz.Listing{Account: "MA_1"}
	require.NoError(t, l.Add(w.page(l.Next())))
	w.add(1)
	for !l.Done() {
		require.NoError(t, l.Add(w.page(l.Next())))
	}
	require.Equal(t, sorted(w.ids), ids(l.Sessions()))
	require.Equal(t, 4, w.reads, "pages 1, 2, 3 and page 1 again")
}

// TestListingAlwaysEnds against a server that answers at random.
func TestListingAlwaysEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		most := rapid.IntRange(1, 60).Draw(t, "most")
		rises := rapid.Bool().Draw(t, "total only rises")
		l := vobiz.Listing{}
		distinct := make(map[string]bool)
		total := 0
		for reads := 1; !l.Done(); reads++ {
			require.Less(t, reads, 9*(most+1)+1)
			page := vobiz.Page{Total: random.IntN(most + 1)}
			if rises {
				page.Total = min(most, total+random.IntN(2))
			}
			total = page.Total
			for range random.IntN(4) {
				page.Sessions = append(page.Sessions, vobiz.Session{ID: fmt.Sprint(random.IntN(most))})
			}
			if err := l.Add(page); err != nil {
				require.ErrorIs(t, err, vobiz.ErrIncomplete)
				require.False(t, l.Done())
				require.Equal(t, err, l.Add(page), "it stays")
				return
			}
			for _, s := range page.Sessions {
				distinct[s.ID] = true
			}
		}
		require.Len(t, distinct, total)
	})
}

func TestListingRefuses(t *testing.T) {
	one := []vobiz.Session{{ID: "a", AccountAuthID: "MA_1"}}
	many := func(from, n int) (list []vobiz.Session) {
		for i := range n {
			list = append(list, vobiz.Session{ID: fmt.Sprint(from + i), AccountAuthID: "MA_1"})
		}
		return list
	}
	for _, c := range []struct {
		name, want string
		pages      []vobiz.Page
	}{
		{"another account's session", "another account", []vobiz.Page{{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "MA_2"}}, Total: 1, Number: 1}}},
		{"the same account in other letters", "another account", []vobiz.Page{{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "ma_1"}}, Total: 1, Number: 1}}},
		{"no account", "another account", []vobiz.Page{{Sessions: []vobiz.Session{{ID: "a"}}, Total: 1, Number: 1}}},
		{"no id", "without an id", []vobiz.Page{{Sessions: []vobiz.Session{{AccountAuthID: "MA_1"}}, Total: 1, Number: 1}}},
		{"another page", "page 1 was asked for, page 2 answered", []vobiz.Page{{Sessions: one, Total: 1, Number: 2}}},
		{"more than the total", "more than the total", []vobiz.Page{{Sessions: one, Total: 0, Number: 1}}},
		{"an empty first page", "no page has the others", []vobiz.Page{{Total: 1, Number: 1}}},
		{"a falling total", "fell from 9 to 8", []vobiz.Page{{Sessions: many(0, 2), Total: 9, Number: 1}, {Sessions: many(2, 2), Total: 8, Number: 2}}},
		{"a short list", "2 of 3 sessions", []vobiz.Page{{Sessions: many(0, 2), Total: 3, Number: 1}, {Total: 3, Number: 2}, {Sessions: many(0, 2), Total: 3, Number: 1}, {Total: 3, Number: 2}}},
		{"the same page for ever", "2 of 4 sessions", []vobiz.Page{{Sessions: many(0, 2), Total: 4}, {Sessions: many(0, 2), Total: 4}, {Sessions: many(0, 2), Total: 4}, {Sessions: many(0, 2), Total: 4}}},
		{"a page after the last", "after the last", []vobiz.Page{{Total: 0, Number: 1}, {Total: 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := vobiz.Listing{Account: "MA_1"}
			for i, page := range c.pages {
				err := l.Add(page)
				if i < len(c.pages)-1 {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, vobiz.ErrIncomplete)
				require.ErrorContains(t, err, c.want)
				require.False(t, l.Done())
				require.Equal(t, err, l.Add(vobiz.Page{Sessions: one, Total: 1, Number: 1}), "it is not mended by a good page")
				require.False(t, l.Done())
			}
		})
	}
}

func TestListingOfTheSamePageForEverEndsSoon(t *testing.T) {
	l := vobiz.Listing{}
	reads := 0
	var err error
	for err == nil {
		reads++
		err = l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a"}}, Total: 1_000_000})
	}
	require.ErrorContains(t, err, "the pages repeat")
	require.Equal(t, 21, reads)
}

func TestListingThatNeverRestsEnds(t *testing.T) {
	l := vobiz.Listing{}
	reads := 0
	var err error
	for err == nil {
		page := vobiz.Page{Total: 1_000_000}
		if reads%2 == 0 { // a sweep: one more session, and the end
			page.Sessions = []vobiz.Session{{ID: fmt.Sprint(reads)}}
		}
		reads++
		err = l.Add(page)
	}
	require.ErrorIs(t, err, vobiz.ErrIncomplete)
	require.ErrorContains(t, err, "8 of 1000000 sessions after 8 sweeps")
	require.Equal(t, 16, reads)
}

func TestListingOfOneSessionUnderTwoAccounts(t *testing.T) {
	l := vobiz.Listing{}
	err := l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "MA_1"}, {ID: "a", AccountAuthID: "MA_2"}}, Total: 2})
	require.ErrorIs(t, err, vobiz.ErrIncomplete)
	require.ErrorContains(t, err, "two accounts")
}

func TestListingIsNotDoneBeforeItBegan(t *testing.T) {
	l := vobiz.Listing{}
	require.False(t, l.Done())
	require.Equal(t, vobiz.ListQuery{Page: 1, Size: 100}, l.Next())
	require.NoError(t, l.Add(vobiz.Page{Number: 1}))
	require.True(t, l.Done(), "an empty list is whole")
	require.Empty(t, l.Sessions())
}

func TestListingKeepsTheNewestCopy(t *testing.T) {
	l := vobiz.Listing{}
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", Status: "opened"}, {ID: "b"}}, Total: 3}))
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", Status: "revoked"}, {ID: "c"}}, Total: 3}))
	require.True(t, l.Done())
	require.Equal(t, []vobiz.Session{{ID: "a", Status: "revoked"}, {ID: "b"}, {ID: "c"}}, l.Sessions())
}

func TestListingVisits(t *testing.T) {
	var visited []string
	l := vobiz.Listing{Visit: func(s vobiz.Session) { visited = append(visited, s.ID+string(s.Status)) }}
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", Status: "1"}, {ID: "b"}}, Total: 3}))
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", Status: "2"}, {ID: "c"}}, Total: 3}))
	require.True(t, l.Done())
	require.Equal(t, []string{"a1", "b", "a2", "c"}, visited)
	require.Empty(t, l.Sessions())
	require.Equal(t, 3, l.Len())
}

// What the caller knows counts like what the listing keeps, and it keeps nothing of that.
func TestListingOfKnownSessions(t *testing.T) {
	met := map[string]bool{}
	l := vobiz.Listing{Visit: func(vobiz.Session) {}, Known: func(s vobiz.Session) (known, again bool) {
		again = met[s.ID]
		if s.AccountAuthID != "MA_1" {
			return false, false
		}
		met[s.ID] = true
		return true, again
	}}
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "MA_1"}, {ID: "b", AccountAuthID: "MA_2"}}, Total: 3}))
	require.Equal(t, 2, l.Len())
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "MA_1"}}, Total: 3}))
	require.Equal(t, 2, l.Len(), "a known one that is met again is no other")
	require.False(t, l.Done())
	require.False(t, l.Met("a"))
	require.True(t, l.Met("b"))
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a", AccountAuthID: "MA_3"}}, Total: 3}))
	require.True(t, l.Done(), "the caller has to look")
	require.True(t, l.Met("a"))
}

// TestListingOverTheWire is the loop of the package comment against a server that caps the size in secret.
func TestListingOverTheWire(t *testing.T) {
	client, _ := record(t, 200, `{"sessions":[{"id":"a","account_auth_id":"MA_1"}],"total":1,"page":1,"size":100}`)
	listing := vobiz.Listing{Account: "MA_1"}
	for !listing.Done() {
		page, _, err := client.List(t.Context(), listing.Next())
		require.NoError(t, err)
		require.NoError(t, listing.Add(page))
	}
	require.Equal(t, []string{"a"}, ids(listing.Sessions()))
}
