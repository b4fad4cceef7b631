package campaign

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// desk is an operator's desk: a ledger file, the API in memory and the CSV files that came in.
type desk struct {
	t      *testing.T
	dir    string
	api    *sandbox.Server
	file   *LedgerFile
	ledger *Ledger
	cfg    Config
}

func newDesk(t *testing.T, faults sandbox.Faults) *desk {
	return newDeskAt(t, sandbox.Config{Faults: faults})
}

// newDeskAt is a desk before a given API.
func newDeskAt(t *testing.T, api sandbox.Config) *desk {
	d := &desk{t: t, dir: worldDir(t)}
	var err error
	d.api, err = sandbox.New(api)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.api.Close()) })
	d.openLedger()
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_DESK"), AuthToken: vobiz.NewSecret("token"),
		Transport: d.api.Transport(),
	})
	require.NoError(t, err)
	d.cfg = Config{Ledger: d.ledger, Client: client, Brake: ratelimit.New(ratelimit.Unlimited), Workers: 4}
	return d
}

func (d *desk) options() LedgerOptions {
	return LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA_DESK"}, NoSync: true}
}

func (d *desk) openLedger() {
	var err error
	d.file, err = OpenLedger(d.dir, true, d.options())
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = d.file.Close() })
	d.ledger = NewLedger(d.file)
	d.cfg.Ledger = d.ledger
}

// give takes a file in; rows are "account,email[,plan]".
func (d *desk) give(name string, rows ...string) Imported {
	in := d.read(name, rows...)
	done, err := d.ledger.Import(d.t.Context(), name, in, "")
	require.NoError(d.t, err)
	return done
}

func (d *desk) read(name string, rows ...string) *intake.File {
	path := filepath.Join(d.dir, name+".csv")
	require.NoError(d.t, os.WriteFile(path, []byte("account_auth_id,email,plan\n"+strings.Join(rows, "\n")+"\n"), 0o600))
	in, err := intake.Open(d.t.Context(), path, intake.Options{})
	require.NoError(d.t, err)
	return in
}

func (d *desk) create(name string, change ...func(*Config)) Summary {
	cfg := d.cfg
	for _, c := range change {
		c(&cfg)
	}
	s, err := Create(d.t.Context(), cfg, name)
	require.NoError(d.t, err)
	return s
}

func (d *desk) counts(s Summary, want map[Outcome]int) {
	d.t.Helper()
	require.Equal(d.t, want, s.Counts, "halt %q (%v)", s.Halt, s.Cause)
	sum := 0
	for _, n := range s.Counts {
		sum += n
	}
	require.Equal(d.t, s.Rows, sum, "the counts add up to the rows")
}

// posts is how many create requests arrived at the API.
func (d *desk) posts() int { return d.api.Journal().Total(sandbox.RouteCreate) }

func (d *desk) record(account string) Record {
	rec, known, err := d.ledger.Record(account)
	require.NoError(d.t, err)
	require.True(d.t, known)
	return rec
}

// change writes a record as another run would have left it.
func (d *desk) change(account string, change func(*Record)) {
	before := d.record(account)
	after := before
	change(&after)
	n, err := d.ledger.number(account)
	require.NoError(d.t, err)
	require.NoError(d.t, d.file.Put(d.t.Context(), recordWrite(n, before, after)...))
}

func rows(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("MA_%03d,customer%d@example.com,starter", i, i))
	}
	return all
}

// inBubble runs a story in virtual time.
func inBubble(t *testing.T, faults sandbox.Faults, story func(t *testing.T, d *desk)) {
	synctest.Test(t, func(t *testing.T) { story(t, newDesk(t, faults)) })
}
