package intake_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gocarina/gocsv"
	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// BenchmarkMillion reads a file of a million rows in every way that matters,
// over the same bytes: bare encoding/csv and gocsv are what Open and All stand
// beside.
func BenchmarkMillion(b *testing.B) {
	const rows = 1_000_000
	path := filepath.Join(b.TempDir(), "million.csv")
	writeRows(b, path, rows)

	b.Run("encoding-csv", func(b *testing.B) {
		measure(b, rows, func() {
			readBare(b, path, func(r *csv.Reader) error {
				_, err := r.Read()
				return err
			})
		})
	})
	b.Run("gocsv", func(b *testing.B) {
		type known struct {
			Account string `csv:"account_auth_id"`
			Email   string `csv:"email"`
			Days    string `csv:"expires_in_days"`
			Webhook string `csv:"webhook_url"`
		}
		measure(b, rows, func() {
			var u *gocsv.Unmarshaller
			readBare(b, path, func(r *csv.Reader) (err error) {
				if u == nil {
					u, err = gocsv.NewUnmarshaller(r, known{})
				} else {
					_, _, err = u.ReadUnmatched()
				}
				return err
			})
		})
	})
	b.Run("Open", func(b *testing.B) {
		measure(b, rows, func() {
			f, err := intake.Open(b.Context(), path, intake.Options{})
			require.NoError(b, err)
			require.Equal(b, rows, f.Valid)
		})
	})
	b.Run("All", func(b *testing.B) {
		f, err := intake.Open(b.Context(), path, intake.Options{})
		require.NoError(b, err)
		measure(b, rows, func() {
			n := 0
			for _, err := range f.All(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			require.Equal(b, rows, n)
		})
	})
}

func measure(b *testing.B, rows int, pass func()) {
	b.Helper()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		pass()
	}
	runtime.ReadMemStats(&after)
	total := float64(rows) * float64(b.N)
	b.ReportMetric(total/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/total, "B/row")
}

func readBare(b testing.TB, path string, next func(*csv.Reader) error) {
	b.Helper()
	file, err := os.Open(path)
	require.NoError(b, err)
	defer file.Close()
	r := csv.NewReader(bufio.NewReader(file))
	for {
		if err := next(r); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// writeRows writes a file as a team would have it, every row another account.
func writeRows(tb testing.TB, path string, rows int) {
	tb.Helper()
	file, err := os.Create(path)
	require.NoError(tb, err)
	defer file.Close()
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "account_auth_id,email,company,plan,account_manager,customer_ref,expires_in_days,webhook_url")
	for i := range rows {
		fmt.Fprintf(w, "MA_%08d,owner%d@company%d.example.com,Company %d Pvt Ltd,starter,Asha Rao,REF-%07d,14,https://example.com/kyc\n", i, i, i%1000, i, i)
	}
	require.NoError(tb, w.Flush())
}
