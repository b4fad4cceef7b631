package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// The server answers as the API page says, as far as a campaign asks: our own client reads all of it, and a listing is whole.
func TestServerSpeaksTheAPI(t *testing.T) {
	base, _ := served(t, newServer(0, 0))
	client, err := vobiz.New(vobiz.Config{BaseURL: base, AuthID: vobiz.NewSecret("id"), AuthToken: vobiz.NewSecret("token")})
	require.NoError(t, err)
	const accounts, rounds = 70, 3
	newest := map[string]string{}
	for i := range accounts * rounds {
		account := fmt.Sprintf("MA_%03d", i%accounts)
		made, answer, err := client.Create(t.Context(), vobiz.CreateRequest{
			AccountAuthID: account, CustomerEmail: "a@example.com", Metadata: []byte(fmt.Sprintf(`{"kycbatch":"1:x:%d","name":"{\u007d}"}`, i)),
		})
		require.NoError(t, err)
		require.Equal(t, account, made.AccountAuthID)
		require.WithinDuration(t, time.Now(), answer.Date, 2*time.Second)
		newest[account] = made.ID

		read, _, err := client.Get(t.Context(), made.ID)
		require.NoError(t, err)
		require.Equal(t, account, read.AccountAuthID)
		tag, _ := read.MetadataString("kycbatch")
		require.Equal(t, fmt.Sprintf("1:x:%d", i), tag)
	}
	require.Len(t, listed(t, client, vobiz.Listing{Size: 100}), accounts*rounds)
	for account, id := range newest {
		of := listed(t, client, vobiz.Listing{Account: account, Size: 2})
		require.Len(t, of, rounds)
		require.Equal(t, id, of[0].ID)
	}
	_, _, err = client.Get(t.Context(), "a5f8da3c-b47f-40c3-a3e6-0000ffffffff")
	require.ErrorContains(t, err, "404")
}

func listed(t *testing.T, client *vobiz.Client, l vobiz.Listing) (all []vobiz.Session) {
	t.Helper()
	l.Visit = func(s vobiz.Session) { all = append(all, s) }
	for !l.Done() {
		page, _, err := client.List(t.Context(), l.Next())
		require.NoError(t, err)
		require.NoError(t, l.Add(page))
	}
	return all
}

// served serves on loopback until the test ends, and returns the base address and that of the tallies.
func served(t *testing.T, s *server) (base, tallies string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.accept(l)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	address := "http://" + l.Addr().String()
	return address + basePath, address + talliesPath
}

// Both loops make the requests that they are named for, and the server counts them.
func TestTheLoopsRequestsAreCounted(t *testing.T) {
	path := t.TempDir() + "/rows.csv"
	const rows = 300
	require.NoError(t, writeRows(path, rows))
	for look, each := range map[bool]int64{false: 1, true: 2} {
		s := newServer(0, 0)
		base, _ := served(t, s)
		require.NoError(t, loop(base, path, 8, look))
		got := s.tallies.read(true)
		require.Equal(t, rows*each, got.Requests)
		require.EqualValues(t, rows, got.Posts)
		require.Len(t, s.sessions.all, rows)
		require.Positive(t, got.LastPost-got.FirstPost)
		require.Zero(t, s.tallies.read(false), "they began anew")
	}
}

// A loop whose request is refused says so: it must not look fast.
func TestTheLoopFailsWhereTheServerRefuses(t *testing.T) {
	path := t.TempDir() + "/rows.csv"
	require.NoError(t, writeRows(path, 30))
	s := newServer(0, 10)
	base, tallies := served(t, s)
	require.ErrorContains(t, loop(base, path, 4, false), "rows failed")
	require.Positive(t, s.tallies.read(false).Refused)
	response, err := http.Get(tallies)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "the limit is not for the tallies")
}

// The limit lets as many through in any second, wherever it begins, and no more; the fullest second is found in the same way.
func TestLimitAndFullestSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond = 50
		l, counted := newLimit(perSecond), tallies{}
		var through []time.Time
		for i := range 4000 {
			now := time.Now()
			if l.lets(now) {
				through = append(through, now)
				counted.request(now, true)
			}
			time.Sleep(time.Duration(i%37) * time.Millisecond / 2)
		}
		fullest := 0
		for i, from := range through {
			n := 0
			for _, at := range through[i:] {
				if at.Sub(from) < time.Second {
					n++
				}
			}
			fullest = max(fullest, n)
		}
		require.Equal(t, perSecond, fullest)
		require.Equal(t, perSecond, counted.read(false).Fullest)
	})
}

// What was missed and what was not measured is said, and a goal is met on its own side alone.
func TestTableSaysWhatWasMissed(t *testing.T) {
	for _, c := range []struct {
		line line
		want string
	}{
		{line{value: 0.90, goal: 0.90, least: true}, "| reached |"},
		{line{value: 0.89, goal: 0.90, least: true}, "| **missed** |"},
		{line{value: 64, goal: 64}, "| reached |"},
		{line{value: 65, goal: 64}, "| **missed** |"},
		{line{goal: 0.85, least: true, unmeasured: true}, "| not measured |"},
	} {
		require.Contains(t, c.line.markdown(), c.want)
	}
	var text strings.Builder
	table := table{began: time.Now(), lines: []line{{what: "one"}}}
	table.print(&text)
	require.Contains(t, text.String(), "| one |")
	require.Equal(t, 3.0, median([]float64{9, 1, 3}))
	require.Equal(t, 2.0, median([]float64{1, 3}))
	require.Equal(t, "1,234,567", thousands(1234567))
}
