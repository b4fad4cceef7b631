package campaign

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const linksHeader = "account_auth_id,session_id,widget_url,expires_at\n"

// linksFolder is a campaign's folder whose links file holds a text already.
func linksFolder(t *testing.T, text string, mode os.FileMode) (dir, path string) {
	dir = filepath.Join(t.TempDir(), "campaigns", "spring")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	path = filepath.Join(dir, LinksFile)
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	return dir, path
}

func TestLinksAreWrittenAsTheyCame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "campaigns", "spring")
	expires := time.Date(2026, 5, 15, 19, 37, 1, 0, time.UTC)
	for i, id := range []string{"s-1", "=s-2"} { // each by a process of its own
		l, err := openLinks(dir)
		require.NoError(t, err)
		require.Equal(t, i == 1, l.has("s-1"))
		require.NoError(t, l.add("-MA_1", Session{ID: id, Expires: expires}, "https://kyc.example/verify?token=a,b"))
		require.True(t, l.has(id))
		require.NoError(t, l.close())
	}
	require.Equal(t, linksHeader+
		`'-MA_1,s-1,"https://kyc.example/verify?token=a,b",2026-05-15T19:37:01Z`+"\n"+
		`'-MA_1,'=s-2,"https://kyc.example/verify?token=a,b",2026-05-15T19:37:01Z`+"\n", read(t, filepath.Join(dir, LinksFile)))
	known := newEveryLink(filepath.Dir(dir))
	for id, want := range map[string]bool{"s-1": true, "=s-2": true, "'=s-2": false, "s-3": false} {
		got, err := known.has(id)
		require.NoError(t, err)
		require.Equal(t, want, got, id)
	}
}

// TestTornLinkIsCutOff: half a line is of a session that was never reported as created. What follows begins a line.
func TestTornLinkIsCutOff(t *testing.T) {
	whole := linksHeader + "MA_1,s-1,https://kyc.example/1,\n"
	for text, want := range map[string]string{
		whole + "MA_2,s-2,https://kyc.example/verify?token=kst_0123456789": whole,

		whole + "MA_2":       whole,
		whole[:len(whole)-1]: whole,
		whole + "MA_4,s-4,https://kyc.example/4,2026-05-15T19:37:01Z":  whole + "MA_4,s-4,https://kyc.example/4,2026-05-15T19:37:01Z\n",
		whole + "MA_2,s-2,https://kyc.example/2,2026-05-15T19:3":       whole,
		whole + "MA_2,s-2,\"https://kyc.example/2,":                    whole,
		linksHeader + "MA_1,s-1," + strings.Repeat("x", 5_000) + ",\n": linksHeader + "MA_1,s-1," + strings.Repeat("x", 5_000) + ",\n",
		whole:                            whole,
		linksHeader[:20]:                 linksHeader,
		linksHeader[:len(linksHeader)-1]: linksHeader,
		"":                               linksHeader,
	} {
		dir, path := linksFolder(t, text, 0o600)
		l, err := openLinks(dir)
		require.NoError(t, err, "%q", text)
		require.Equal(t, want != linksHeader, l.has("s-1"))
		require.False(t, l.has("s-2"))
		require.NoError(t, l.add("MA_3", Session{ID: "s-3"}, "https://kyc.example/3"))
		require.NoError(t, l.close())
		require.Equal(t, want+"MA_3,s-3,https://kyc.example/3,\n", read(t, path))
	}
}

// TestLinesThatCannotBeReadAreNamed, with what to do, and nothing of what is in them.
func TestLinesThatCannotBeReadAreNamed(t *testing.T) {
	whole := linksHeader + "MA_1,s-1,https://kyc.example/1,\n"
	for text, want := range map[string]string{
		whole + "MA_2," + strings.Repeat("kst_", 3<<18) + "\n" + whole: "read links.csv: line 3 is longer than 2 MiB: correct that line or take it out, and keep the others",
		whole + "MA_2,kst_0123\n":                                      "read links.csv: record on line 3: wrong number of fields: correct that line or take it out, and keep the others",
		strings.Repeat("x", 3<<20):                                     "read links.csv: it is not a file of links",
	} {
		dir, path := linksFolder(t, text, 0o600)
		_, err := openLinks(dir)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "kst_")
		require.Equal(t, text, read(t, path))
	}
}

// TestForeignFileIsLeftAsItIs: a file that is not ours is refused by name, and keeps every byte.
func TestForeignFileIsLeftAsItIs(t *testing.T) {
	for _, text := range []string{
		"name,phone\nAda,1\n", "a note without an end of line", "account_auth_id,session_id", linksHeader[:20] + "x",
		"account_auth_id,session_id,link,expires_at\n", strings.Repeat("x", 10_000), "\n", linksHeader + strings.Repeat("x", 3<<20), linksHeader + "MA_1,s-1\n",
	} {
		dir, path := linksFolder(t, text, 0o600)
		_, err := openLinks(dir)
		if text == "account_auth_id,session_id" { // the beginning of our header, cut short
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "links.csv", "%q", text)
		require.Equal(t, text, read(t, path))
		_, err = newEveryLink(filepath.Dir(dir)).has("s-1")
		require.ErrorContains(t, err, "campaign spring")
	}
}

func TestLinksFileIsNoLinkItself(t *testing.T) {
	dir, path := linksFolder(t, "", 0o600)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.WriteFile(elsewhere, []byte("precious"), 0o600))
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink(elsewhere, path))
	_, err := openLinks(dir)
	require.ErrorContains(t, err, "links.csv is no plain file")
	require.Equal(t, "precious", read(t, elsewhere))
}

// TestLinksAreTheOwnersAlone: also where an earlier file of that name was open to others.
func TestLinksAreTheOwnersAlone(t *testing.T) {
	dir, path := linksFolder(t, linksHeader, 0o644)
	l, err := openLinks(dir)
	require.NoError(t, err)
	defer l.close()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// TestLinksShareASync: whoever finds its line on the disk already does not wait for the disk again.
func TestLinksShareASync(t *testing.T) {
	dir, path := linksFolder(t, "", 0o600)
	l, err := openLinks(dir)
	require.NoError(t, err)
	require.NoError(t, l.add("MA_FIRST", Session{ID: "s-first"}, "https://kyc.example/"))
	require.Equal(t, 1, l.synced)
	const adds = 32
	l.syncing.Lock() // as one whose turn it is
	var all sync.WaitGroup
	errs := make(chan error, adds)
	for i := range adds {
		all.Go(func() {
			errs <- l.add(fmt.Sprintf("MA_%03d", i), Session{ID: fmt.Sprint("s-", i)}, "https://kyc.example/")
		})
	}
	written := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.written
	}
	for written() < 1+adds {
		runtime.Gosched()
	}
	require.NoError(t, l.f.Close()) // from here on, a sync of anybody's own fails
	l.synced = 1 + adds
	l.syncing.Unlock()
	all.Wait()
	for range adds {
		require.NoError(t, <-errs)
	}
	require.Equal(t, 2+adds, strings.Count(read(t, path), "\n"))
	require.ErrorContains(t, l.add("MA_X", Session{ID: "s-x"}, "https://kyc.example/"), "write links.csv")
}

// TestAfterAnErrorNoLinkIsAdded: behind half a line no other one may follow, whatever the disk says by then.
func TestAfterAnErrorNoLinkIsAdded(t *testing.T) {
	dir, path := linksFolder(t, linksHeader, 0o600)
	l, err := openLinks(dir)
	require.NoError(t, err)
	writable := l.f
	defer writable.Close()
	l.f, err = os.Open(path)
	require.NoError(t, err)
	defer l.f.Close()
	require.Error(t, l.add("MA_1", Session{ID: "s-1"}, "https://kyc.example/"))
	require.False(t, l.has("s-1"))
	l.f = writable
	require.Error(t, l.add("MA_2", Session{ID: "s-2"}, "https://kyc.example/"))
	require.Equal(t, linksHeader, read(t, path))
}

// TestTidyKeepsWhatMayLive: a line goes only where it is certain that its session is not the account's any more.
func TestTidyKeepsWhatMayLive(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		id := d.give("spring", rows(0, 9)...).Campaign.ID
		own, other := Session{ID: "s-1", Status: statusLinkReady}, Session{ID: "s-2", Status: statusLinkReady}
		cases := []struct {
			record Record
			kept   bool
		}{
			{Record{State: Created, Session: own}, true},
			{Record{State: Created, Session: other}, false},
			{Record{State: Refused}, false},
			{Record{State: Withdrawn}, false},
			{Record{State: Started, Attempt: 1}, true},
			{Record{State: Undecided, Attempt: 1}, true},
			{Record{State: Pending, End: Ending{Session: "s-1"}}, true},
			{Record{State: Skipped, Session: other}, true},
			{Record{}, true}, // a ledger that was restored
		}
		want := linksHeader
		dir, path := linksFolder(t, "", 0o600)
		l, err := openLinks(dir)
		require.NoError(t, err)
		for i, c := range cases {
			c.record.Account, c.record.Redirect, c.record.Campaign, c.record.Digest = fmt.Sprintf("MA_%03d", i), true, id, Digest{1}
			if c.record.State != "" {
				d.change(c.record.Account, func(r *Record) { *r = c.record })
			}
			require.NoError(t, l.add(c.record.Account, own, "https://kyc.example/"))
			if c.kept {
				want += c.record.Account + ",s-1,https://kyc.example/,\n"
			}
		}
		require.NoError(t, l.add("MA_STRANGE", own, "https://kyc.example/"))
		require.NoError(t, l.close())
		kept, needed, err := d.ledger.tidyLinks(dir, id)
		require.NoError(t, err)
		require.Equal(t, want+"MA_STRANGE,s-1,https://kyc.example/,\n", read(t, path))
		require.Equal(t, []int{7, 1}, []int{kept, needed}, "one customer needs a link, and it is there")
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		_, _, err = d.ledger.tidyLinks(dir, id)
		require.NoError(t, err)
		again, err := os.Stat(path)
		require.NoError(t, err)
		require.True(t, os.SameFile(info, again), "where nothing is to drop, the file is not written again")
	})
}

// TestOnlyFoldersAreCampaigns: what lies beside the campaigns' folders is passed over; a folder whose links can't be read is not,
// for a session could be taken for an orphan, and ended.
func TestOnlyFoldersAreCampaigns(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		campaigns := filepath.Join(d.dir, campaignsFolder)
		require.NoError(t, os.WriteFile(filepath.Join(campaigns, ".DS_Store"), nil, 0o600))
		require.NoError(t, os.Symlink(".DS_Store", filepath.Join(campaigns, "to-a-file")))
		require.NoError(t, os.Symlink("nowhere", filepath.Join(campaigns, "to-nothing")))

		unreadable := filepath.Join(campaigns, "summer", LinksFile)
		require.NoError(t, os.MkdirAll(unreadable, 0o700))
		require.NoError(t, os.Rename(filepath.Join(campaigns, "summer"), filepath.Join(d.dir, "summer")))
		require.NoError(t, os.Symlink(filepath.Join(d.dir, "summer"), filepath.Join(campaigns, "summer")))
		s := d.create("spring", d.redirect("spring"))
		require.Equal(t, HaltLinks, s.Halt)
		require.ErrorContains(t, s.Cause, "read links.csv of campaign summer")
		require.Zero(t, d.revokes())

		require.NoError(t, os.RemoveAll(filepath.Join(d.dir, "summer")))
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 1})
		d.replaced("MA_000", orphan)
	})
}
