package campaign

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// TestResultFiles writes both files with a row of each kind, reads them as a spreadsheet's user would give
// them back, and looks at their modes.
func TestResultFiles(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_DOUBT"}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_THEIRS")
		d.give("spring",
			"MA_A,a@example.com,=1+1",
			"MA_B,not an address,x",
			"MA_NONE1,c@example.com,x",
			"MA_A,a@example.com,=1+1",
			"MA_THEIRS,d@example.com,x",
			"MA_DOUBT,e@example.com,x",
			"MA_F,f@example.com,x,one too many",
			"MA_G,g@example.com",
		)
		s := d.create("spring", func(c *Config) { c.MaxDuration = time.Minute })
		d.counts(s, map[Outcome]int{OutcomeCreated: 1, OutcomeInvalid: 3, OutcomeRefused: 1, OutcomeAlready: 1, OutcomeSkipped: 1, OutcomeInDoubt: 1})

		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		dir := ResultsDir(d.dir, "spring")
		require.NoError(t, os.MkdirAll(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, ResultsFile), []byte("earlier"), 0o644))
		files, err := d.ledger.WriteResults(dir, c, s.Run, nil)
		require.NoError(t, err)
		require.Equal(t, 8, files.Rows)
		require.Equal(t, 4, files.Mend)

		session := d.api.Sessions("MA_A")[0]
		theirs := d.api.Sessions("MA_THEIRS")[0]
		head := "account_auth_id,email,plan,kyc_state,kyc_session_id,kyc_status,kyc_expires_at,kyc_attempts,kyc_error\n"
		invalid := "MA_B,not an address,x,invalid,,,,," + problemOf(t, d, 1) + "\n"
		refused := "MA_NONE1,c@example.com,x,refused,,,,," + reasonOf(t, d, "MA_NONE1") + "\n"
		ragged := "MA_F,f@example.com,x,invalid,,,,," + problemOf(t, d, 6) + ",one too many\n" +
			"MA_G,g@example.com,,invalid,,,,," + problemOf(t, d, 7) + ",this row had too few cells: clear this cell once what is missing is filled in\n"
		require.Equal(t, head+
			"MA_A,a@example.com,'=1+1,created,"+session.ID+",email_sent,"+session.Expires.UTC().Format(time.RFC3339)+",1,\n"+
			invalid+refused+
			"MA_A,a@example.com,'=1+1,created,"+session.ID+",email_sent,"+session.Expires.UTC().Format(time.RFC3339)+",1,line 2 of the file stands for this one\n"+
			"MA_THEIRS,d@example.com,x,skipped,"+theirs.ID+",email_sent,"+theirs.Expires.UTC().Format(time.RFC3339)+",,the account has a live session that this ledger did not create\n"+
			"MA_DOUBT,e@example.com,x,started,,,,1,\"in doubt: no definite answer yet, the next run looks again\"\n"+
			ragged, read(t, files.Results))
		require.Equal(t, head+invalid+refused+ragged, read(t, files.Rejected))
		for _, path := range []string{files.Results, files.Rejected} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		}

		back, err := intake.Open(t.Context(), files.Results, intake.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{"account_auth_id", "email", "plan"}, back.Header, "our columns are left out")
		for row, err := range back.All(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, []string{"MA_A", "a@example.com", "=1+1"}, row.Cells, "a neutralised cell is restored")
			break
		}
	})
}

func problemOf(t *testing.T, d *desk, index int) string {
	return quoted(resultAt(t, d, index).Row.Problem)
}

func reasonOf(t *testing.T, d *desk, account string) string {
	rec, _, err := d.ledger.Record(account)
	require.NoError(t, err)
	require.NotEmpty(t, rec.Reason)
	return quoted(rec.Reason)
}

// quoted is a cell as encoding/csv writes one that holds a comma; the reasons hold no quotation marks.
func quoted(cell string) string {
	for _, r := range cell {
		if r == ',' {
			return `"` + cell + `"`
		}
	}
	return cell
}

func resultAt(t *testing.T, d *desk, index int) Result {
	c, err := d.ledger.Campaign("spring")
	require.NoError(t, err)
	for res, err := range d.ledger.Results(c, 0, nil) {
		require.NoError(t, err)
		if index--; index < 0 {
			return res
		}
	}
	t.Fatal("no such row")
	return Result{}
}

func read(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// TestRejectedFileGoesWhenNothingIsLeftToMend holds that no stale file invites to send rows again.
func TestRejectedFileGoesWhenNothingIsLeftToMend(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		write := func(rows ...string) Files {
			c := d.give("spring", rows...).Campaign
			files, err := d.ledger.WriteResults(ResultsDir(d.dir, "spring"), c, 0, nil)
			require.NoError(t, err)
			return files
		}
		bad := write("MA_A,broken,x")
		require.FileExists(t, bad.Rejected)
		good := write("MA_A,a@example.com,x")
		require.Empty(t, good.Rejected)
		require.NoFileExists(t, bad.Rejected)
	})
}

func TestNames(t *testing.T) {
	for path, want := range map[string]string{
		"customers.csv": "customers", "/a/b/Kunden März 2026.csv": "Kunden-M-rz-2026", "...csv": "campaign", "-x-.csv": "x",
		"../../etc/passwd": "passwd", "日本.csv": "campaign",
	} {
		require.Equal(t, want, NameFor(path), path)
		require.NoError(t, CheckName(NameFor(path)))
	}
	for _, name := range []string{"", ".", "..", "a/b", "-x", ".x", "a b", "a\x00", string(make([]byte, 65))} {
		require.Error(t, CheckName(name), "%q", name)
	}
}

// TestRejectedThatSomebodyMends is left alone, whatever runs meanwhile.
func TestRejectedThatSomebodyMends(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		dir := ResultsDir(d.dir, "spring")
		path, again := filepath.Join(dir, RejectedFile), filepath.Join(dir, RejectedAgainFile)
		write := func() Files {
			c, err := d.ledger.Campaign("spring")
			require.NoError(t, err)
			f, err := d.ledger.WriteResults(dir, c, 0, nil)
			require.NoError(t, err)
			return f
		}
		d.give("spring", "MA_1,one@example.com,x", "MA_2,broken,x")
		require.Equal(t, path, write().Rejected)
		require.Equal(t, path, write().Rejected)
		require.NoError(t, os.WriteFile(path, []byte("mended\n"), 0o600))
		require.Equal(t, path, write().Rejected)
		mended := func() string {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			return string(b)
		}
		require.Equal(t, "mended\n", mended(), "nothing is new")

		d.give("spring", "MA_1,one@example.com,x", "MA_2,broken,x", "MA_3,broken,x")
		require.Equal(t, again, write().Rejected, "another row is")
		require.Equal(t, "mended\n", mended())
		b, err := os.ReadFile(again)
		require.NoError(t, err)
		require.Contains(t, string(b), "MA_3")
		info, err := os.Stat(again)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

		d.give("spring", "MA_1,one@example.com,x", "MA_2,two@example.com,x")
		require.Empty(t, write().Rejected)
		require.Equal(t, "mended\n", mended())
		require.NoFileExists(t, again)

		require.NoError(t, ForgetRejected(dir))
		require.Empty(t, write().Rejected)
		require.NoFileExists(t, path)
	})
}
