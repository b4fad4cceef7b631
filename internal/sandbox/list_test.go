package sandbox_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// many makes n sessions for as many accounts and gives their ids in the order they were made.
func many(t *testing.T, s *sandbox.Server, n int) []string {
	t.Helper()
	var made []string
	for i := range n {
		made = append(made, created(t, s, fmt.Sprintf("MA_%04d", i)))
	}
	return made
}

func TestListDefaults(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	body := get(t, s, "").body
	require.Equal(t, `{"sessions":[],"total":0,"page":1,"size":20}`, body)

	made := many(t, s, 23)
	slices.Reverse(made)
	body = get(t, s, "").body
	require.Equal(t, made[:20], ids(t, body), "newest first")
	require.Equal(t, []int{23, 1, 20}, []int{field[int](t, body, "total"), field[int](t, body, "page"), field[int](t, body, "size")})
	require.Equal(t, made[20:], ids(t, get(t, s, "?page=2").body))
}

// Law: for every page size, the pages together are every session once, in order.
func TestPagesAreAPartition(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 0))
		oldest := rng.IntN(2) == 0
		s := newServer(t, sandbox.Config{MaxPageSize: 1 + rng.IntN(40), Readings: sandbox.Readings{OldestFirst: oldest, Size: sandbox.SizeEchoReal}})
		made := many(t, s, rng.IntN(60))
		if !oldest {
			slices.Reverse(made)
		}
		asked := 1 + rng.IntN(50)
		var got []string
		for page := 1; page == 1 || len(got) < len(made); page++ {
			body := get(t, s, fmt.Sprintf("?page=%d&size=%d", page, asked)).body
			part, size := ids(t, body), field[int](t, body, "size")
			require.Equal(t, len(made), field[int](t, body, "total"))
			require.Equal(t, page, field[int](t, body, "page"))
			require.Len(t, part, min(size, len(made)-len(got)), "seed %d", seed)
			got = append(got, part...)
		}
		require.ElementsMatch(t, made, got)
		if len(made) > 0 {
			require.Equal(t, made, got, "seed %d", seed)
		}
	}
}

func TestLargestSize(t *testing.T) {
	for reading, echo := range map[sandbox.SizeReading]int{sandbox.SizeEchoAsked: 500, sandbox.SizeEchoReal: 100} {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{Size: reading}})
		many(t, s, 101)
		body := get(t, s, "?size=500").body
		require.Len(t, ids(t, body), 100)
		require.Equal(t, echo, field[int](t, body, "size"))
	}
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{Size: sandbox.SizeRefused}})
	require.Equal(t, 200, get(t, s, "?size=100").status)
	require.JSONEq(t, `[["less_than_equal","query","size"]]`, summary(t, get(t, s, "?size=101").body))
}

func TestFilters(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	a1 := created(t, s, "MA_A")
	b := created(t, s, "MA_B")
	a2 := created(t, s, "MA_A")
	require.NoError(t, s.Set(b, "opened"))
	for query, want := range map[string][]string{
		"?account_auth_id=MA_A":                   {a2, a1},
		"?account_auth_id=MA_B":                   {b},
		"?account_auth_id=MA_a":                   {},
		"?account_auth_id=MA_A&status=revoked":    {a1},
		"?account_auth_id=MA_A&status=email_sent": {a2},
		"?status=opened":                          {b},
		"?status=kyc_completed":                   {},
		"?status=link_ready":                      {},
		"?status=in_progress":                     {},
		"?account_auth_id=MA_A&page=2&size=1":     {a1},
		"?unknown=1":                              {a2, b, a1},
	} {
		r := get(t, s, query)
		require.Equal(t, 200, r.status, query)
		require.Equal(t, want, ids(t, r.body), query)
		if query != "?account_auth_id=MA_A&page=2&size=1" {
			require.Equal(t, len(want), field[int](t, r.body, "total"), "total is of the filtered set")
		}
	}
}

func TestListRefusals(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for query, detail := range map[string]string{
		"?page=0": "greater_than_equal", "?size=0": "greater_than_equal", "?size=-1": "greater_than_equal",
		"?page=x": "int_parsing", "?size=": "int_parsing", "?page=99999999999999999999": "int_parsing",
		"?page=2":                       "value_error",
		"?page=9223372036854775807":     "value_error",
		"?status=unheard_of":            "enum",
		"?account_auth_id=MA_NONE_1":    "value_error",
		"?account_auth_id=ma_lowercase": "value_error",
	} {
		u, err := url.Parse(query)
		require.NoError(t, err)
		var name string
		for name = range u.Query() {
		}
		r := get(t, s, query)
		require.Equal(t, 422, r.status, query)
		require.JSONEq(t, fmt.Sprintf(`[[%q,"query",%q]]`, detail, name), summary(t, r.body))
	}
	many(t, s, 4)
	require.Equal(t, 200, get(t, s, "?size=2&page=2").status)
	require.Equal(t, 422, get(t, s, "?size=2&page=3").status, "a last page that is full is the last")
}

func TestEmptyReadings(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{PastEndEmpty: true, UnknownAccountEmpty: true, UnknownStatusEmpty: true}})
	many(t, s, 3)
	require.Equal(t, `{"sessions":[],"total":3,"page":2,"size":3}`, get(t, s, "?page=2&size=3").body)
	require.Equal(t, `{"sessions":[],"total":3,"page":9223372036854775807,"size":3}`, get(t, s, "?page=9223372036854775807&size=3").body)
	require.Equal(t, `{"sessions":[],"total":0,"page":1,"size":20}`, get(t, s, "?account_auth_id=MA_NONE_1").body)
	require.Equal(t, `{"sessions":[],"total":0,"page":1,"size":20}`, get(t, s, "?status=unheard_of").body)
}

func TestReplica(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:00Z")
	s := newServer(t, sandbox.Config{Now: at(now), Readings: sandbox.Readings{ShownAfter: 3 * time.Second}})
	old := created(t, s, "MA_A")
	*now = now.Add(3 * time.Second)
	id := created(t, s, "MA_A")

	*now = now.Add(3*time.Second - time.Microsecond)
	require.Equal(t, 404, get(t, s, "/"+id).status)
	require.Equal(t, []string{old}, ids(t, get(t, s, "?account_auth_id=MA_A").body))
	require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+old).body, "status"), "the replica has not seen the revoke")
	require.Equal(t, []string{old}, ids(t, get(t, s, "?status=email_sent").body))
	require.Empty(t, ids(t, get(t, s, "?status=revoked").body))

	*now = now.Add(time.Microsecond)
	require.Equal(t, 200, get(t, s, "/"+id).status)
	require.Equal(t, []string{id, old}, ids(t, get(t, s, "?account_auth_id=MA_A").body))
	require.Equal(t, []string{old}, ids(t, get(t, s, "?status=revoked").body))
}
