package report

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// TestFilesAreTheirOwnersAlone: mode 0600 in a folder of mode 0700, over files that others could read and links that lead elsewhere.
func TestFilesAreTheirOwnersAlone(t *testing.T) {
	b := everyKind()
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "r")
	cfg := Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV, XLSX}}
	w, err := write(t.Context(), cfg, b)
	require.NoError(t, err)
	for _, folder := range []string{filepath.Join(parent, "a"), dir} {
		info, err := os.Stat(folder)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), folder)
	}
	elsewhere := filepath.Join(parent, "elsewhere")
	require.NoError(t, os.WriteFile(elsewhere, []byte("theirs"), 0o644))
	require.NoError(t, os.Chmod(w.Path("asha-rao.csv"), 0o644))
	require.NoError(t, os.Remove(w.Path("summary.csv")))
	require.NoError(t, os.Symlink(elsewhere, w.Path("summary.csv")))
	w, err = write(t.Context(), cfg, b)
	require.NoError(t, err)
	for _, name := range namesIn(t, dir) {
		info, err := os.Lstat(w.Path(name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), name)
	}
	require.Equal(t, "theirs", contentOf(t, elsewhere))
}

// TestOnlyOursIsRemoved: the files of an owner who is gone go; what somebody else put there stays, and so does all that lies elsewhere,
// whatever the list in report.json says.
func TestOnlyOursIsRemoved(t *testing.T) {
	b := newBooks("spring")
	b.add("spring", func(*campaign.Result) {})
	b.add("spring", func(r *campaign.Result) { r.Row.Cells[2] = "Vikram" })
	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	cfg := Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV, XLSX}}
	w, err := write(t.Context(), cfg, b)
	require.NoError(t, err)
	put := func(path string) { require.NoError(t, os.WriteFile(path, []byte("theirs"), 0o600)) }
	put(filepath.Join(dir, "notes.csv"))
	put(filepath.Join(parent, "outside.csv"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(parent, "outside.csv"), filepath.Join(dir, "link.csv")))
	put(filepath.Join(dir, "ledger.db"))

	d, err := readDocument(dir)
	require.NoError(t, err)
	d.Files = append(d.Files, "../outside.csv", filepath.Join(parent, "outside.csv"), "ledger.db", "folder.csv", "link.csv", "", ".", "..", "gone.csv", "a/../x.csv", ".hidden.csv")
	text, err := json.Marshal(d)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.Path("report.json"), text, 0o600))
	put(filepath.Join(dir, ".hidden.csv"))

	b.results["spring"] = b.results["spring"][:1]
	cfg.Formats = []Format{CSV}
	_, err = write(t.Context(), cfg, b)
	require.NoError(t, err)
	require.Equal(t, []string{".hidden.csv", "asha-rao.csv", "folder.csv", "index.csv", "ledger.db", "link.csv", "notes.csv", "report.json", "summary.csv"}, namesIn(t, dir))
	require.FileExists(t, filepath.Join(parent, "outside.csv"))
}

// TestWhatAKilledReportLeft is removed by the next one, and nobody sees a part of a report: files take their places once all are there.
func TestWhatAKilledReportLeft(t *testing.T) {
	b := everyKind()
	dir := filepath.Join(t.TempDir(), "r")
	killed, err := openFolder(dir)
	require.NoError(t, err)
	require.NoError(t, killed.write("asha-rao.csv", func(w io.Writer) error { _, err := io.WriteString(w, "half"); return err }))
	require.NoError(t, os.Mkdir(killed.path("sub"), 0o700))
	require.Equal(t, []string{unfinished}, namesIn(t, dir), "nothing has its place yet")
	info, err := os.Stat(killed.path("asha-rao.csv"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	cfg := Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV}}
	_, err = write(t.Context(), cfg, b)
	require.ErrorIs(t, err, ErrBusy, "while it lives, it is alone")
	require.NoError(t, killed.lock.Close()) // as its process does when it is killed
	w, err := write(t.Context(), cfg, b)
	require.NoError(t, err)
	require.Equal(t, w.Files, namesIn(t, dir))
}

// TestFolderThatCannotBe: what stands in the way is named.
func TestFolderThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := openFolder(filepath.Join(file, "r"))
	require.ErrorContains(t, err, "make the folder for the report")

	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, unfinished)))
	_, err = openFolder(dir)
	require.ErrorContains(t, err, "is no folder: remove it")
	require.NoError(t, os.Remove(filepath.Join(dir, unfinished)))

	f, err := openFolder(dir)
	require.NoError(t, err)
	require.ErrorIs(t, f.write("x.csv", func(io.Writer) error { return io.ErrShortWrite }), io.ErrShortWrite)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "y.csv"), 0o700))
	require.NoError(t, f.write("y.csv", func(io.Writer) error { return nil }))
	f.names = f.names[1:]
	require.ErrorContains(t, f.publish(nil), "put y.csv in its place")
	require.NoError(t, f.close())
	require.Equal(t, []string{"file", "y.csv"}, namesIn(t, dir))
}
