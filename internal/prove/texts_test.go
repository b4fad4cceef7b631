package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testName is a test, a fuzz target or a script as the texts name it.
var testName = regexp.MustCompile("`((?:Test|Fuzz)\\w+|[\\w-]+\\.txtar)`")

// Every bug has what shows it, and the tests that keep it dead, which are there.
func TestBugsHaveTheirTests(t *testing.T) {
	there := everyTest(t)
	require.Contains(t, there, "TestBugsHaveTheirTests")
	rows := 0
	for line := range strings.Lines(bugs) {
		cells, ok := row(line)
		if !ok {
			continue
		}
		rows++
		require.Len(t, cells, 4, line)
		for _, cell := range cells {
			require.NotEmpty(t, cell, line)
		}
		require.Regexp(t, "`[0-9a-f]{7}\\^?`|mutant \"", cells[2], "a commit or a mutant: %s", line)
		kept := testName.FindAllStringSubmatch(cells[3], -1)
		require.NotEmpty(t, kept, line)
		for _, name := range kept {
			require.Contains(t, there, name[1], line)
		}
	}
	require.Greater(t, rows, 60)
}

// The mutants that the bugs name are those of the code.
func TestBugsNameMutants(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root, "campaign", "mutant.go"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`mutant ("[^"]+")`).FindAllStringSubmatch(bugs, -1) {
		require.Contains(t, string(source), "= "+m[1])
	}
}

// Every finding of a review has an end: what is still open says so, in one word that can be looked for.
func TestReviewFindingsHaveAnEnd(t *testing.T) {
	there := everyTest(t)
	for line := range strings.Lines(review) {
		if cells, ok := row(line); ok {
			require.Len(t, cells, 2, line)
			require.NotEmpty(t, cells[0])
			require.NotEmpty(t, cells[1], line)
			for _, name := range testName.FindAllStringSubmatch(cells[1], -1) {
				require.Contains(t, there, name[1], line)
			}
		}
	}
}

// The texts are sections of a page: their headings are below those of the page.
func TestTextsFitThePage(t *testing.T) {
	for _, text := range []string{bugs, review, outside} {
		require.NotRegexp(t, `(?m)^##? `, text)
		require.NotRegexp(t, `/work|/tmp|TODO`, text)
	}
}

// row takes a line of a table apart; heads and rules are none.
func row(line string) ([]string, bool) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") || strings.HasPrefix(line, "| what went wrong |") || strings.HasPrefix(line, "| finding |") {
		return nil, false
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, true
}

// everyTest are the names of all tests, fuzz targets and scripts of the module.
func everyTest(t *testing.T) []string {
	var names []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"bin", ".git"}, entry.Name()) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".txtar") {
			names = append(names, filepath.Base(path))
		}
		if strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
				names = append(names, m[1])
			}
		}
		return nil
	}))
	return names
}
