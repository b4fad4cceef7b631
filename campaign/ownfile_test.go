package campaign

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// obstacles are what somebody may put under the name of a file of ours.
func obstacles() map[string]func(t *testing.T, path, elsewhere string) {
	return map[string]func(t *testing.T, path, elsewhere string){
		"a link":                func(t *testing.T, path, elsewhere string) { require.NoError(t, os.Symlink(elsewhere, path)) },
		"a link to nothing yet": func(t *testing.T, path, elsewhere string) { require.NoError(t, os.Symlink(elsewhere+"2", path)) },
		"a hard link":           func(t *testing.T, path, elsewhere string) { require.NoError(t, os.Link(elsewhere, path)) },
		"a pipe":                func(t *testing.T, path, _ string) { require.NoError(t, syscall.Mkfifo(path, 0o666)) },
		"a folder":              func(t *testing.T, path, _ string) { require.NoError(t, os.Mkdir(path, 0o777)) },
	}
}

// planted is a folder that everybody may write to, with something under a name; elsewhere is what it leads to.
func planted(t *testing.T, name string, plant func(t *testing.T, path, elsewhere string)) (dir, elsewhere string) {
	t.Helper()
	dir, elsewhere = filepath.Join(t.TempDir(), "spring"), filepath.Join(t.TempDir(), "theirs")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.Chmod(dir, 0o777))
	require.NoError(t, os.WriteFile(elsewhere, []byte(linksHeader), 0o600))
	plant(t, filepath.Join(dir, name), elsewhere)
	return dir, elsewhere
}

// untouched says that nothing was written where an obstacle leads.
func untouched(t *testing.T, elsewhere, about string) {
	t.Helper()
	text, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	require.Equal(t, linksHeader, string(text), about)
	require.NoFileExists(t, elsewhere+"2", about)
}

// A link is worth a customer's KYC: it is written to a plain file with one name, or nowhere.
func TestLinksAreWrittenNowhereElse(t *testing.T) {
	for what, plant := range obstacles() {
		dir, elsewhere := planted(t, LinksFile, plant)
		_, err := openLinks(dir)
		require.ErrorContains(t, err, LinksFile, what)
		untouched(t, elsewhere, what)
		if _, err := newEveryLink(filepath.Dir(dir)).has("s-1"); what == "a pipe" || what == "a folder" {
			require.ErrorContains(t, err, "is no plain file", "%s is not waited for", what)
		}
	}
}

// Result files take the place of whatever has their name; where that cannot be, it is said, and nothing is waited for.
func TestResultsAreWrittenNowhereElse(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		c := d.give("spring", rows(0, 3)...).Campaign
		for _, name := range []string{ResultsFile, RejectedFile, RejectedAgainFile, rejectedSum} {
			for what, plant := range obstacles() {
				dir, elsewhere := planted(t, name, plant)
				_, err := d.ledger.WriteResults(dir, c, 0, nil)
				switch {
				case name == ResultsFile && what == "a folder":
					require.ErrorContains(t, err, ResultsFile)
				case err != nil:
					require.Contains(t, []string{"a pipe", "a folder"}, what, "%s as %s: %v", what, name, err)
					require.ErrorContains(t, err, RejectedFile[:len("rejected")], "%s as %s", what, name)
				default:
					info, err := os.Lstat(filepath.Join(dir, ResultsFile))
					require.NoError(t, err)
					require.Equal(t, os.FileMode(0o600), info.Mode(), "%s as %s", what, name)
				}
				untouched(t, elsewhere, what+" as "+name)
			}
		}
	})
}
