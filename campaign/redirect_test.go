package campaign

import (
	"context"
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

const shop = "https://shop.example.com/kyc-done"

// redirect makes a run one of the redirect flow.
func (d *desk) redirect(name string) func(*Config) {
	return func(c *Config) {
		c.Settings = &Settings{RedirectURL: shop}
		c.Dir = ResultsDir(d.dir, name)
	}
}

func minute(c *Config) { c.MaxDuration = time.Minute }

// linksOf are the sessions whose links a campaign's file has, by account. Every line is whole.
func (d *desk) linksOf(name string) map[string]string {
	f, err := os.Open(filepath.Join(ResultsDir(d.dir, name), LinksFile))
	require.NoError(d.t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(d.t, err)
	require.Equal(d.t, linkColumns[:], lines[0])
	of := map[string]string{}
	for _, cells := range lines[1:] {
		require.NotContains(d.t, of, cells[0], "an account has two links")
		require.Regexp(d.t, `^https://[^?]+\?token=kst_[0-9a-f]{64}$`, cells[2])
		of[cells[0]] = cells[1]
	}
	return of
}

func (d *desk) revokes() int { return d.api.Journal().Total(sandbox.RouteRevoke) }

// wire is what a request passes on its way to the API; it may answer itself.
type wire func(r *http.Request, api http.RoundTripper) (*http.Response, error)

type wired struct {
	wire wire
	api  http.RoundTripper
}

func (w wired) RoundTrip(r *http.Request) (*http.Response, error) { return w.wire(r, w.api) }

// through sends every request of the desk through a wire.
func (d *desk) through(w wire) {
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_DESK"), AuthToken: vobiz.NewSecret("token"),
		Transport: wired{w, d.api.Transport()},
	})
	require.NoError(d.t, err)
	d.cfg.Client = client
}

// isList says whether a request asks for an account's sessions.
func isList(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/kyc-sessions")
}

// dyingStore is a process that is killed before a state of an account is durable.
type dyingStore struct {
	*checkpoint.Ledger
	before State
}

func (s *dyingStore) Put(ctx context.Context, w ...checkpoint.Write) error {
	for _, write := range w {
		if write.Table != checkpoint.Records || write.Value == nil {
			continue
		}
		if rec, err := decodeRecord(write.Value); err != nil || rec.State == s.before {
			return errKilled
		}
	}
	return s.Ledger.Put(ctx, w...)
}

// dies runs a create pass that is killed before it can write a state down.
func (d *desk) dies(name string, before State, change ...func(*Config)) {
	s := d.create(name, append(change, func(c *Config) { c.Ledger = &Ledger{&dyingStore{d.file, before}} })...)
	require.Equal(d.t, HaltLedger, s.Halt)
}

// lostLink leaves the one account of campaign "spring" in doubt: its session was made, and its link lost with the
// answer. It gives the session's id.
func lostLink(t *testing.T, story func(t *testing.T, d *desk, orphan string)) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{
		{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter},
		{Route: sandbox.RouteList, Class: sandbox.ConnectRefused, From: 2},
	}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring", d.redirect("spring"), minute), map[Outcome]int{OutcomeInDoubt: 1})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		story(t, d, d.api.Sessions("MA_000")[0].ID)
	})
}
