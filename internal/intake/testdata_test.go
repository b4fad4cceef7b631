package intake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// expected is a file of testdata and what it must give: the text of render, or what is said behind its path.
type expected struct {
	file string
	want string
}

// allSound are the files that can be read.
func allSound() []expected { return slices.Concat(sound, soundForm, soundValues, soundWorkbooks) }

// render writes down everything that a file gives, in a form that the tables
// hold: the counts, then every row with its problems below it.
func render(t *testing.T, f *intake.File) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q metadata %q: %d rows = %d valid + %d invalid + %d duplicates + %d excluded\n",
		f.Delimiter, f.Header, f.Metadata, f.Rows, f.Valid, f.Invalid, f.Duplicates, f.Excluded)
	for _, notice := range f.Notices {
		fmt.Fprintf(&b, "notice: %s\n", notice)
	}
	for row, err := range f.All(t.Context()) {
		require.NoError(t, err)
		fmt.Fprintf(&b, "%d %s %s", row.Line, short(row.Account), short(row.Email))
		if row.ExpiresInDays != 0 {
			fmt.Fprintf(&b, " %d days", row.ExpiresInDays)
		}
		if row.WebhookURL != "" {
			fmt.Fprintf(&b, " %s", row.WebhookURL)
		}
		if row.Metadata != nil {
			fmt.Fprintf(&b, " %s", short(string(row.Metadata)))
		}
		if row.DuplicateOf != 0 {
			fmt.Fprintf(&b, " duplicate of %d", row.DuplicateOf)
		}
		if row.Excluded {
			b.WriteString(" excluded")
		}
		b.WriteByte('\n')
		for _, p := range row.Problems {
			fmt.Fprintf(&b, "\t%d [%s] %s\n", p.Line, p.Column, p.Reason)
		}
	}
	return b.String()
}

// short keeps long values out of the tables.
func short(s string) string {
	if len(s) > 100 {
		return fmt.Sprintf("%s…(%d bytes)", s[:8], len(s))
	}
	if s == "" {
		return "-"
	}
	return s
}

// TestSoundFiles: each file of testdata that can be read, with what it must give.
func TestSoundFiles(t *testing.T) {
	for _, c := range allSound() {
		t.Run(c.file, func(t *testing.T) {
			f, err := intake.Open(t.Context(), filepath.Join("testdata", c.file), intake.Options{})
			require.NoError(t, err)
			require.Equal(t, strings.TrimPrefix(c.want, "\n"), render(t, f))
			requireConsistent(t, f)
			for row := range f.All(t.Context()) {
				for _, p := range row.Problems {
					for _, cell := range row.Cells {
						require.False(t, len(cell) > len("https://") && strings.Contains(p.Reason, cell), p.Reason)
					}
				}
			}
		})
	}
}

// TestRefusedFiles: each file of testdata that is refused whole, with the text.
func TestRefusedFiles(t *testing.T) {
	for _, c := range refused {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join("testdata", c.file)
			_, err := intake.Open(t.Context(), path, intake.Options{})
			var refusal *intake.FileError
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, path+c.want, err.Error())
		})
	}
}

// TestTablesAreComplete: every file of testdata is expected to give something, once, and every expectation has its file.
func TestTablesAreComplete(t *testing.T) {
	var listed, there []string
	for _, c := range slices.Concat(allSound(), refused) {
		listed = append(listed, c.file)
	}
	listed = append(listed, exclusionLists()...)
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, e := range entries {
		if !e.IsDir() {
			there = append(there, e.Name())
		}
	}
	slices.Sort(listed)
	require.Equal(t, there, listed)
}

// requireConsistent holds the laws of every File that Open returns: All yields
// the rows that Open counted, in order, and its problems are the File's.
func requireConsistent(t require.TestingT, f *intake.File) {
	var rows, valid, invalid, duplicates, excluded int
	var problems []intake.Problem
	last := 0
	for row, err := range f.All(context.Background()) {
		require.NoError(t, err)
		require.Greater(t, row.Line, last)
		last = row.Line
		rows++
		switch {
		case row.Excluded:
			excluded++
			require.Empty(t, row.Problems)
			require.Zero(t, row.DuplicateOf)
		case len(row.Problems) > 0:
			invalid++
		case row.DuplicateOf != 0:
			duplicates++
		default:
			valid++
			require.NotEmpty(t, row.Account)
			require.NotEmpty(t, row.Email)
			require.Len(t, row.Cells, len(f.Header))
		}
		require.Equal(t, row.Sendable(), !row.Excluded && len(row.Problems) == 0 && row.DuplicateOf == 0)
		problems = append(problems, row.Problems...)
		for _, p := range row.Problems {
			require.GreaterOrEqual(t, p.Line, row.Line)
		}
	}
	require.Equal(t, []int{f.Rows, f.Valid, f.Invalid, f.Duplicates, f.Excluded},
		[]int{rows, valid, invalid, duplicates, excluded})
	require.Equal(t, f.Rows, f.Valid+f.Invalid+f.Duplicates+f.Excluded)
	require.Len(t, problems, f.ProblemsTotal)
	require.ElementsMatch(t, f.Problems, problems[:min(len(problems), len(f.Problems))])
}
