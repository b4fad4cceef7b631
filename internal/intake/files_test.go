package intake_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

func write(tb testing.TB, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "campaign.csv")
	require.NoError(tb, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestUnusablePaths(t *testing.T) {
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop.csv")
	require.NoError(t, os.Symlink(loop, loop))
	for path, want := range map[string]string{
		dir:                              ": is a directory: give the CSV file in it",
		loop:                             ": is a link that leads back to itself: give the file that is meant",
		filepath.Join(dir, "absent.csv"): ": does not exist: check the path",
		os.DevNull:                       ": is not a regular file, and it must be read twice: save it as a file first, or pipe it in with - as the file",
	} {
		_, err := intake.Open(t.Context(), path, intake.Options{})
		require.EqualError(t, err, path+want)
	}
	_, err := intake.Open(t.Context(), filepath.Join(dir, "absent.csv"), intake.Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestLinkToAFileIsRead(t *testing.T) {
	path := write(t, "account,email\nMA_1,a@example.com\n")
	link := filepath.Join(t.TempDir(), "link.csv")
	require.NoError(t, os.Symlink(path, link))
	f, err := intake.Open(t.Context(), link, intake.Options{})
	require.NoError(t, err)
	require.Equal(t, 1, f.Valid)
}

// TestEndlessRecord: a quotation mark that is never closed must not take the
// rest of a large file into memory.
func TestEndlessRecord(t *testing.T) {
	path := write(t, "account,email,note\nMA_1,a@example.com,\"two\nlines\"\nMA_2,b@example.com,\"open\n"+
		strings.Repeat("MA_3,c@example.com,x\n", 200_000))
	_, err := intake.Open(t.Context(), path, intake.Options{})
	require.EqualError(t, err, path+", line 4: begins a row of more than 1 MiB: a quotation mark in it is probably never closed")
}

// TestLargeRowsAreNoEndlessRecord: the limit is one of a row, not of the file.
func TestLargeRowsAreNoEndlessRecord(t *testing.T) {
	var b strings.Builder
	b.WriteString("account,email,note\n")
	for i := range 80 {
		fmt.Fprintf(&b, "MA_%d,a%d@example.com,%s\n", i, i, strings.Repeat("x", 60_000))
	}
	f, err := intake.Open(t.Context(), write(t, b.String()), intake.Options{})
	require.NoError(t, err)
	require.Equal(t, 80, f.Valid)
}

func TestHashIsThatOfTheBytes(t *testing.T) {
	const content = "\ufeffaccount,email\r\nMA_1,a@example.com\r\n\r\n"
	f, err := intake.Open(t.Context(), write(t, content), intake.Options{})
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(content))), f.SHA256)
}

// TestProblemsAreBounded: the first 10,000 by line are kept, whichever way they
// were found, and all are counted.
func TestProblemsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("account,email\n")
	for i := range 9_000 {
		fmt.Fprintf(&b, "MA_%d,bad\nMA_same,a%d@example.com\n", i, i)
	}
	f, err := intake.Open(t.Context(), write(t, b.String()), intake.Options{})
	require.NoError(t, err)
	require.Equal(t, 18_000, f.Invalid)
	require.Equal(t, 18_000, f.ProblemsTotal)
	require.Len(t, f.Problems, 10_000)
	for i, p := range f.Problems {
		require.Equal(t, i+2, p.Line)
	}
	requireConsistent(t, f)
}

func TestChangedFile(t *testing.T) {
	const before = "account,email\nMA_1,a@example.com\nMA_2,b@example.com\n"
	for name, c := range map[string]struct {
		after string
		rows  int // seen before the error
	}{
		"one letter":      {"account,email\nMA_1,a@example.com\nMA_2,x@example.com\n", 2},
		"the header":      {"account,eMail\nMA_1,a@example.com\nMA_2,b@example.com\n", 2},
		"longer":          {before + "MA_3,c@example.com\n", 0},
		"shorter":         {before[:20], 0},
		"broken":          {"account,email\nMA_1,a@example.com\nMA_2,\"@example.com\n", 1},
		"no longer text":  {"account,email\nMA_1,a@example.com\nMA_2,\x00@example.com\n", 1},
		"no header again": {"\"ccount,email\nMA_1,a@example.com\nMA_2,b@example.com\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, before)
			f, err := intake.Open(t.Context(), path, intake.Options{})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, []byte(c.after), 0o600))
			rows, err := drain(t.Context(), f)
			require.ErrorIs(t, err, intake.ErrChanged)
			require.Equal(t, c.rows, rows)
			require.Contains(t, err.Error(), path)
			require.NotContains(t, err.Error(), "example.com")

			require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
			rows, err = drain(t.Context(), f)
			require.NoError(t, err)
			require.Equal(t, 2, rows)

			require.NoError(t, os.Remove(path))
			_, err = drain(t.Context(), f)
			require.ErrorIs(t, err, intake.ErrChanged)
			require.ErrorIs(t, err, fs.ErrNotExist)
		})
	}
}

func drain(ctx context.Context, f *intake.File) (rows int, err error) {
	for _, e := range f.All(ctx) {
		if err != nil {
			return rows, errors.New("a row or an error after the error")
		}
		if e == nil {
			rows++
		}
		err = e
	}
	return rows, err
}

func TestContextEndsBothPasses(t *testing.T) {
	why := errors.New("the operator said stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	path := write(t, "account,email\nMA_1,a@example.com\n")
	f, err := intake.Open(ctx, path, intake.Options{})
	require.NoError(t, err)
	cancel(why)
	_, err = intake.Open(ctx, path, intake.Options{})
	require.ErrorIs(t, err, why)
	rows, err := drain(ctx, f)
	require.ErrorIs(t, err, why)
	require.NotErrorIs(t, err, intake.ErrChanged)
	require.Zero(t, rows)
}

// TestContextEndsALongPass: the context is looked at again and again.
func TestContextEndsALongPass(t *testing.T) {
	var b strings.Builder
	b.WriteString("account,email\n")
	for i := range 2_000 {
		fmt.Fprintf(&b, "MA_%d,a%d@example.com\n", i, i)
	}
	f, err := intake.Open(t.Context(), write(t, b.String()), intake.Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows := 0
	for _, err = range f.All(ctx) {
		rows++
		cancel()
	}
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, rows, 1_000)
}

// TestRowsAreTheReceivers: what a row holds survives the rows after it.
func TestRowsAreTheReceivers(t *testing.T) {
	f, err := intake.Open(t.Context(), write(t, "account,email,plan\nMA_1,a@example.com,pro\nMA_2,b@example.com,max\n"), intake.Options{})
	require.NoError(t, err)
	var rows []intake.Row
	for row, err := range f.All(t.Context()) {
		require.NoError(t, err)
		rows = append(rows, row)
	}
	require.Equal(t, `{"plan":"pro"}`, string(rows[0].Metadata))
	require.Equal(t, []string{"MA_1", "a@example.com", "pro"}, rows[0].Cells)
	require.Equal(t, `{"plan":"max"}`, string(rows[1].Metadata))
}

func TestPassesAreIndependent(t *testing.T) {
	f, err := intake.Open(t.Context(), "testdata/duplicates-differ.csv", intake.Options{OnDuplicate: "last"})
	require.NoError(t, err)
	var outer, inner []int
	for row := range f.All(t.Context()) {
		outer = append(outer, row.DuplicateOf)
		inner = inner[:0]
		for row := range f.All(t.Context()) {
			inner = append(inner, row.DuplicateOf)
			if len(inner) == 3 {
				break
			}
		}
	}
	require.Equal(t, []int{5, 0, 5, 0, 0}, outer)
	require.True(t, slices.Equal(outer[:3], inner))
}
