package report

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// TestTwiceIsTheSame makes the same report twice over the same ledger: every file has the same bytes, workbooks included, also where
// the first one compared itself with one before.
func TestTwiceIsTheSame(t *testing.T) {
	b := everyKind()
	dir := filepath.Join(t.TempDir(), "r")
	cfg := Config{Campaigns: b.campaigns, Dir: dir, Since: Since{Last: true}, Zone: india(), Formats: nil}
	files := func() map[string]string {
		w, err := write(t.Context(), cfg, b)
		require.NoError(t, err)
		all := map[string]string{}
		for _, name := range w.Files {
			all[name] = contentOf(t, w.Path(name))
		}
		return all
	}
	same := func(why string) {
		t.Helper()
		first := files()
		for name, content := range files() {
			require.Equal(t, first[name], content, "%s: %s", why, name)
		}
	}
	same("the first report")
	res := &b.results["spring"][0]
	res.Record.Session.Status, res.Record.Session.Opened = statusOpened, b.synced["spring"].Add(time.Hour)
	b.tell(b.synced["spring"].Add(time.Hour), 1, campaign.KindStatus, statusOpened)
	b.synced["spring"] = b.synced["spring"].AddDate(0, 0, 1)
	same("one that is compared with the one before")
	again, err := write(t.Context(), cfg, b)
	require.NoError(t, err)
	require.Equal(t, 1, again.Changes.Opened, "and the change is still in it")
}

// TestChanges follows one campaign from report to report: what is told is what happened since, once for each customer, and where the
// ledger's rows stand now.
func TestChanges(t *testing.T) {
	b := newBooks("spring")
	for range 9 {
		b.add("spring", func(*campaign.Result) {})
	}
	b.add("spring", func(r *campaign.Result) { r.Row.Record, r.Row.DuplicateOf = 1, 2 })
	dir := filepath.Join(t.TempDir(), "r")
	look := func(days int) time.Time {
		b.synced["spring"] = start().AddDate(0, 0, days)
		return b.synced["spring"]
	}
	reported := func() Written {
		t.Helper()
		w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{JSON}, Since: Since{Last: true}}, b)
		require.NoError(t, err)
		return w
	}
	session := func(i int) *campaign.Session { return &b.results["spring"][i].Record.Session }
	told := func(i int, at time.Time, kind campaign.Kind, reason string) { b.tell(at, uint64(i+1), kind, reason) }

	for i := range 7 {
		told(i, start(), campaign.KindCreated, "")
	}
	at := look(1)
	first := reported()
	require.Zero(t, first.Changes, "there is nothing to compare it with")
	require.True(t, first.Since.IsZero())

	before := at
	at = look(3)
	told(7, at, campaign.KindCreated, "")
	told(8, at, campaign.KindAdopted, "") // found, and opened already
	session(8).Status, session(8).Opened = statusOpened, at.Add(-time.Hour)
	told(0, at, campaign.KindStatus, statusOpened)
	session(0).Status, session(0).Opened = statusOpened, at.Add(-time.Hour)
	told(1, at, campaign.KindStatus, statusCompleted) // opened and completed between two looks
	session(1).Status, session(1).Opened, session(1).Completed = statusCompleted, at.Add(-2*time.Hour), at.Add(-time.Hour)
	told(2, at, campaign.KindStatus, statusFailed)
	session(2).Status, session(2).KYCType = statusFailed, "company"
	told(3, at, campaign.KindStatus, statusRevoked)
	session(3).Status = statusRevoked
	session(4).Expires = at.Add(-time.Minute) // its time ran out, and nothing was told yet
	told(5, at, campaign.KindAudited, statusEmailSent)
	second := reported()
	require.Equal(t, Changes{Invited: 2, Opened: 3, Completed: 1, Expired: 1, Failed: 1, Revoked: 1}, second.Changes)
	require.True(t, second.Since.Equal(before), "of the look that the first report was about")
	require.Equal(t, second.Changes, reported().Changes, "made again, it is the same")

	at = look(4)
	told(0, at, campaign.KindStatus, statusInProgress)
	session(0).Status, session(0).KYCType = statusInProgress, "individual"
	told(4, at, campaign.KindExpired, "") // told a day late; the report before knew it by its time
	session(4).Ended = at
	third := reported()
	require.Zero(t, third.Changes, "who had opened before has not opened since, and what had expired has not expired again")

	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: filepath.Join(t.TempDir(), "r"), Formats: []Format{JSON}, Since: Since{From: start().AddDate(0, 0, 2)}}, b)
	require.NoError(t, err)
	require.Equal(t, second.Changes, w.Changes, "since a date: all that came after it")
	require.True(t, w.Since.Equal(start().AddDate(0, 0, 2)))
	w, err = write(t.Context(), Config{Campaigns: b.campaigns, Dir: filepath.Join(t.TempDir(), "r"), Formats: []Format{JSON}, Since: Since{From: at.Add(time.Hour)}}, b)
	require.NoError(t, err)
	require.Zero(t, w.Changes)

	b.trail = b.trail[:3] // the ledger was set back: the report that lies there knows more
	back := reported()
	require.Zero(t, back.Changes)
	require.True(t, back.Since.IsZero())
}

// TestSeveralCampaigns are reported in the order of their names, each by its own newest look; the trail is about all of them.
func TestSeveralCampaigns(t *testing.T) {
	b := newBooks("summer")
	b.campaigns = append(b.campaigns, campaign.Campaign{Name: "autumn", ID: 2, Header: []string{"account_auth_id", "email", "manager", "ref", "x"}})
	b.add("summer", func(*campaign.Result) {})
	b.add("autumn", func(r *campaign.Result) { r.Row.Cells[2] = "Vikram" })
	b.synced["summer"] = start().AddDate(0, 0, 20)
	dir := filepath.Join(t.TempDir(), "r")
	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV}}, b)
	require.NoError(t, err)
	require.Equal(t, []string{"autumn", "summer"}, w.Campaigns)
	require.Equal(t, "Account Manager", w.By)
	require.Equal(t, b.synced["summer"], w.AsOf)
	require.Equal(t, 1, w.Total.Expired, "of the campaign that was looked at")
	require.Equal(t, 1, w.Total.Invited, "nobody has looked at the other one")
	require.Equal(t, [][]string{{"asha-rao.csv"}, {"no-owner.csv"}}, [][]string{w.Owners[0].Files, w.Owners[1].Files})

	b.tell(start(), 1, campaign.KindCreated, "") // both rows are this account's
	w, err = write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV}, By: "MANAGER", Since: Since{From: start()}}, b)
	require.NoError(t, err)
	require.Equal(t, "Vikram", w.Owners[0].Name)
	require.Equal(t, 1, w.Changes.Invited, "one customer, in however many rows")
	require.Equal(t, []string{"index.csv", "no-owner.csv", "report.json", "summary.csv", "vikram.csv"}, namesIn(t, dir), "what the report doesn't have any more is gone")
}

// TestWhatWasAskedForIsWrong names what to do, and leaves the earlier report as it was.
func TestWhatWasAskedForIsWrong(t *testing.T) {
	b := everyKind()
	dir := filepath.Join(t.TempDir(), "r")
	base := Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV}}
	_, err := write(t.Context(), base, b)
	require.NoError(t, err)
	before := contentOf(t, filepath.Join(dir, "report.json"))
	for name, c := range map[string]struct {
		change func(*Config)
		is     error
		says   string
	}{
		"no campaign":         {func(c *Config) { c.Campaigns = nil }, nil, "a report needs a campaign"},
		"format":              {func(c *Config) { c.Formats = []Format{"pdf"} }, nil, `no such format: "pdf"`},
		"column":              {func(c *Config) { c.By = "manager" }, ErrColumn, `"manager"; there are account_auth_id, email, Account Manager, Customer Ref, Plan`},
		"fact without prefix": {func(c *Config) { c.Include = []string{"pan_name_match"} }, ErrVerified, "write it as verified_data.pan_name_match"},
		"fact twice":          {func(c *Config) { c.Include = []string{"verified_data.a", "verified_data.a"} }, ErrVerified, "twice"},
		"fact that nobody kept": {func(c *Config) { c.Include = []string{"verified_data.gender"} }, ErrVerified,
			`"verified_data.gender"; have it kept first: kycbatch sync --include verified_data.gender`},
	} {
		cfg := base
		c.change(&cfg)
		_, err := write(t.Context(), cfg, b)
		require.ErrorContains(t, err, c.says, name)
		if c.is != nil {
			require.ErrorIs(t, err, c.is, name)
		}
		require.Equal(t, before, contentOf(t, filepath.Join(dir, "report.json")), name)
		require.NotContains(t, namesIn(t, dir), unfinished, name)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = write(ended, base, b)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, namesIn(t, dir), unfinished)
	long := newBooks("spring")
	for range patience {
		long.add("spring", func(*campaign.Result) {})
	}
	_, err = write(ended, base, long)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, `report campaign "spring"`, "it ends while it reads")

	many := newBooks("spring")
	for i := range maxOwners + 2 {
		many.add("spring", func(r *campaign.Result) { r.Row.Cells[2] = r.Row.Account[:3] + string(rune(0x4e00+i)) })
	}
	_, err = write(t.Context(), base, many)
	require.ErrorIs(t, err, ErrOwners)
	require.ErrorContains(t, err, `column "Account Manager" has more than 1000 different values`)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "report.json"), []byte(`{"schema":"theirs"}`), 0o600))
	_, err = write(t.Context(), base, b)
	require.ErrorIs(t, err, ErrForeign)
	require.Equal(t, `{"schema":"theirs"}`, contentOf(t, filepath.Join(dir, "report.json")))
}
