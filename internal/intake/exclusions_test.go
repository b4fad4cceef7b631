package intake_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// soundLists are the do-not-contact lists of testdata that can be read, and how many each names.
var soundLists = map[string]int{
	"exclude-list.csv": 2,
	"exclude-list.txt": 2,
	// Only the first line can be a header: below it the word is an account.
	"exclude-late-header.txt":  2,
	"exclude-windows-1252.txt": 2,
}

// refusedLists are those that are refused, and what is said behind the path.
var refusedLists = map[string]string{
	"exclude-second-column.csv": ", line 1: has accounts or addresses in a later column: the list is the first column, so move it there",
	"exclude-bad-address.txt":   ", line 2: holds more than the address itself: write only name@example.com, without a display name",
	"exclude-bad-account.txt":   ", line 2: holds a space or a line break: give one auth id without spaces",
	"exclude-empty-column.csv":  ", line 2: has an empty first column: the list is the first column, so fill it or delete the line",
	"exclude-workbook.xlsx":     ": is a workbook: save the list as CSV UTF-8",
}

func exclusionLists() []string {
	return slices.Concat(slices.Collect(maps.Keys(soundLists)), slices.Collect(maps.Keys(refusedLists)))
}

func TestExclusionLists(t *testing.T) {
	for file, want := range soundLists {
		list, err := intake.LoadExclusions("testdata/" + file)
		require.NoError(t, err)
		require.Equal(t, want, list.Len(), file)
	}
	for file, want := range refusedLists {
		_, err := intake.LoadExclusions("testdata/" + file)
		require.EqualError(t, err, "testdata/"+file+want)
	}
	for file, want := range map[string]string{
		"nul.csv":             ", line 3, column 7: holds a NUL byte, so it is no text: save it as CSV UTF-8, or as .xlsx",
		"mixed-encodings.csv": ", line 3, column 21: is neither UTF-8 nor Windows-1252: save it as CSV UTF-8",
		"gzip.csv":            ": is a gzip archive: unpack it and give the CSV in it",
		"missing":             ": does not exist: check the path",
	} {
		_, err := intake.LoadExclusions("testdata/" + file)
		require.EqualError(t, err, "testdata/"+file+want)
	}

	list, err := intake.LoadExclusions("testdata/exclude-list.csv")
	require.NoError(t, err)
	f, err := intake.Open(t.Context(), "testdata/excluded.csv", intake.Options{Exclude: list})
	require.NoError(t, err)
	require.Equal(t, 2, f.Excluded)
	var none *intake.Exclusions
	require.Zero(t, none.Len())
}
