package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds each file of a report over a row of every kind against testdata/every, byte for byte. Of the workbooks the CSV
// files beside them are proof: TestWorkbooksSayWhatCSVSays.
func TestGolden(t *testing.T) {
	b := everyKind()
	dir := filepath.Join(t.TempDir(), "report")
	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV, HTML, JSON}, Zone: india(), Include: []string{"verified_data.pan_number"}}, b)
	require.NoError(t, err)
	golden := filepath.Join("testdata", "every")
	if *update {
		require.NoError(t, os.RemoveAll(golden))
		require.NoError(t, os.CopyFS(golden, os.DirFS(dir)))
	}
	require.Equal(t, namesIn(t, golden), w.Files)
	require.Equal(t, namesIn(t, golden), namesIn(t, dir), "and nothing else")
	for _, name := range w.Files {
		want, err := os.ReadFile(filepath.Join(golden, name))
		require.NoError(t, err)
		require.Equal(t, string(want), contentOf(t, w.Path(name)), name)
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}
