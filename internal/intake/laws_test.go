package intake

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sample is a row of the model, before it is written down.
type sample struct{ account, email, plan string }

// model says what duplicates must give, by looking at every pair of rows.
func model(rows []sample, policy string) (of []int, clash []bool) {
	of, clash = make([]int, len(rows)), make([]bool, len(rows))
	groups := map[string][]int{}
	for i, r := range rows {
		groups[r.account] = append(groups[r.account], i)
	}
	for _, group := range groups {
		same := true
		for _, i := range group {
			same = same && rows[i] == rows[group[0]]
		}
		stands := group[0]
		if !same && policy == "last" {
			stands = group[len(group)-1]
		}
		for _, i := range group {
			switch {
			case !same && policy == "fail":
				clash[i] = true
			case i != stands:
				of[i] = stands + 2 // its line
			}
		}
	}
	return of, clash
}

func checkModel(t require.TestingT, dir string, rows []sample, policy string) {
	var b strings.Builder
	b.WriteString("account,email,plan\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%s,%s,%s\n", r.account, r.email, r.plan)
	}
	path := filepath.Join(dir, "model.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	f, err := Open(context.Background(), path, Options{OnDuplicate: policy})
	require.NoError(t, err)
	require.Equal(t, len(rows), f.Rows)
	require.Equal(t, f.Rows, f.Valid+f.Invalid+f.Duplicates+f.Excluded)
	of, clash := model(rows, policy)
	i, problems := 0, 0
	for row, err := range f.All(context.Background()) {
		require.NoError(t, err)
		require.Equal(t, of[i], row.DuplicateOf, "line %d", row.Line)
		want := 0
		if !strings.Contains(rows[i].email, ".") {
			want++
		}
		if clash[i] {
			want++
		}
		require.Len(t, row.Problems, want, "line %d", row.Line)
		problems += want
		i++
	}
	require.Equal(t, len(rows), i)
	require.Equal(t, problems, f.ProblemsTotal)
}

// TestDuplicatesAreTheModels: valid and invalid rows of few accounts, in every
// order, under every policy.
func TestDuplicatesAreTheModels(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) sample {
			return sample{
				rapid.SampledFrom([]string{"MA_1", "MA_2", "ma_1", "MA_3"}).Draw(t, "account"),
				rapid.SampledFrom([]string{"a@example.com", "b@example.com", "bad@x"}).Draw(t, "email"),
				rapid.SampledFrom([]string{"pro", "max"}).Draw(t, "plan"),
			}
		}), 1, 12).Draw(t, "rows")
		checkModel(t, dir, rows, rapid.SampledFrom([]string{"fail", "first", "last"}).Draw(t, "policy"))
	})
}

// TestDuplicatesOverManyPages: the same law where the entries fill many pages.
func TestDuplicatesOverManyPages(t *testing.T) {
	for seed, policy := range []string{"fail", "first", "last"} {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		rows := make([]sample, 5*pageLen)
		for i := range rows {
			account := fmt.Sprintf("MA_%d", rnd.IntN(3*pageLen))
			rows[i] = sample{account, strings.ToLower(account) + "@example.com", fmt.Sprint(rnd.IntN(2))}
		}
		checkModel(t, t.TempDir(), rows, policy)
	}
}

// TestAccountsAreAllTheirBits: accounts whose keys share one half are two accounts.
func TestAccountsAreAllTheirBits(t *testing.T) {
	var d duplicates
	for i, key := range [][16]byte{{0: 1, 15: 1}, {0: 1, 15: 2}, {0: 2, 15: 1}, {0: 1, 15: 1}, {0: 2, 15: 1}} {
		d.add(key, [8]byte{}, &Row{Line: i + 2})
	}
	d.settle("fail")
	require.Equal(t, 2, d.verdicts.n)
	require.Equal(t, verdict{line: 5, of: 2}, *d.verdicts.at(0))
	require.Equal(t, verdict{line: 6, of: 4}, *d.verdicts.at(1))
}

// TestDuplicatesCost: at most 32 bytes a row, by what is allocated while rows are collected, pages and their lists
// included, where no row repeats another; and by what is held at any time where all of them do.
func TestDuplicatesCost(t *testing.T) {
	const rows = 1_000_000
	account := func(i int) (key [16]byte) {
		binary.LittleEndian.PutUint64(key[:], uint64(i)*0x9e3779b97f4a7c15)
		return key
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var d duplicates
	for i := range rows {
		d.add(account(i), [8]byte{}, &Row{Line: i + 2})
	}
	d.settle("fail")
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(32*rows))
	require.Zero(t, d.verdicts.n)

	// While the entries go, page by page, verdicts and conflicts come: two rows give two verdicts and a conflict.
	require.LessOrEqual(t, int(unsafe.Sizeof(verdict{})+unsafe.Sizeof(conflict{})/2), int(unsafe.Sizeof(entry{})))
}

// TestEmailsAreNetMails: what is accepted, net/mail reads as that very address.
func TestEmailsAreNetMails(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringOfN(rapid.RuneFrom([]rune("ab1.+-_'\"<>,; @()[]\\é\t")), 0, 66, -1)
		domain := rapid.StringOfN(rapid.RuneFrom([]rune("ab1.-_@[] ü")), 0, 12, -1)
		s := local.Draw(t, "local") + "@" + domain.Draw(t, "domain")
		email, reason := checkEmail(s)
		require.Equal(t, email == "", reason != "")
		if reason != "" {
			return
		}
		accepted++
		parsed, err := mail.ParseAddress(email)
		require.NoError(t, err)
		require.Equal(t, mail.Address{Address: email}, *parsed)
		before, at := trim(s), strings.LastIndex(email, "@")
		require.Equal(t, before[:at+1], email[:at+1])
		if before[at+1:] != email[at+1:] { // only what has letters of another alphabet is written otherwise
			require.Contains(t, before[at+1:], "ü")
			require.Regexp(t, `^[ -~]+$`, email)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		email := rapid.StringMatching(`[a-z0-9!#$%&'*+/=?^_{|}~-]{1,20}(\.[a-z0-9]{1,5}){0,3}@([a-z0-9]{1,9}\.){1,3}[a-z]{2,6}`).Draw(t, "email")
		got, reason := checkEmail("\u00a0" + email + "\u200b ")
		require.Empty(t, reason)
		require.Equal(t, email, got)
		accepted++
	})
	require.Positive(t, accepted)
}

// TestStringsAreJSON: encoding/json reads back what appendString wrote.
func TestStringsAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ToValidUTF8(rapid.String().Draw(t, "s")+rapid.StringOf(rapid.RuneFrom([]rune("\x01\x1f\"\\\n\r\t<&\u2028\x7f"))).Draw(t, "hard"), "")
		var back string
		require.NoError(t, json.Unmarshal(appendString(nil, s), &back))
		require.Equal(t, s, back)
	})
}

func TestNeutraliseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOf(rapid.RuneFrom([]rune("'=+-@\t\r\n＝＋－＠a "))).Draw(t, "cell")
		checkNeutral(t, cell)
	})
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "'": "'", "'quoted'": "'quoted'", " =1": " =1", "a=1": "a=1",
		"=1": "'=1", "+91": "'+91", "-5": "'-5", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠1": "'＠1", "'=1": "''=1", "''=1": "'''=1",
	} {
		require.Equal(t, want, Neutralise(cell))
	}
}

func checkNeutral(t require.TestingT, cell string) {
	written := Neutralise(cell)
	require.False(t, startsFormula(written), "%q would be run", written)
	require.Equal(t, cell, Restore(written))
}

// TestFileThatGrows: the limit holds for what is read, not only for what the
// directory said.
func TestFileThatGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grows.csv")
	require.NoError(t, os.WriteFile(path, []byte("account,email\n"), 0o600))
	r, err := origin{name: path, path: path}.open(30)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("account,email\nMA_1,a@example.com\n"), 0o600))
	s := newSource(r, false)
	defer s.close()
	for err == nil {
		_, err = s.next()
	}
	require.EqualError(t, err, path+": is larger than the limit of 30 bytes: split it into several files")
}

func textOf(t *testing.T, path string, limit int64) *source {
	t.Helper()
	r, err := origin{name: path, path: path}.open(limit)
	require.NoError(t, err)
	return newSource(r, false)
}
