package campaign

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
)

// A plan says the same whether it is made from a file's counts, from its rows, or from what the ledger took in of it.
func TestAPlanIsTheSameFromWhereverItIsMade(t *testing.T) {
	list := filepath.Join(t.TempDir(), "exclude.csv")
	require.NoError(t, os.WriteFile(list, []byte("MA_3\nMA_5\n"), 0o600))
	exclude, err := intake.LoadExclusions(list)
	require.NoError(t, err)
	met := map[Outcome]int{}
	for seed := range uint64(60) {
		random, text := rand.New(rand.NewPCG(seed, 4)), strings.Builder{}
		fmt.Fprintln(&text, "account_auth_id,email,plan")
		for range 1 + random.IntN(30) {
			fmt.Fprintf(&text, "MA_%d,%s,%d\n", random.IntN(25), []string{"a@example.com", "a@example.com", "broken"}[random.IntN(3)], random.IntN(2))
		}
		path := filepath.Join(t.TempDir(), "rows.csv")
		require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
		f, err := intake.Open(t.Context(), path, intake.Options{OnDuplicate: []string{"fail", "first", "last"}[seed%3], Exclude: exclude})
		require.NoError(t, err)

		cfg := PlanConfig{Name: "rows", File: f, Options: "o", Exclude: exclude, Limit: int(seed % 5)}
		counted, err := MakePlan(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, planFromRows(t, cfg), counted, text.String())

		file, err := checkpoint.Create(filepath.Join(t.TempDir(), "ledger.db"), checkpoint.Options{
			Identity: checkpoint.Identity{API: "a", Partner: "p"}, NoSync: true,
		})
		require.NoError(t, err)
		cfg.Ledger = NewLedger(file)
		empty, err := MakePlan(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, counted, empty)
		_, err = cfg.Ledger.Import(t.Context(), "rows", f, "o")
		require.NoError(t, err)
		again, err := MakePlan(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, planFromRows(t, cfg), again)
		require.Equal(t, counted, again)
		require.NoError(t, file.Close())
		for o, n := range counted.Counts {
			met[o] += n
		}
	}
	for _, o := range []Outcome{OutcomePending, OutcomeInvalid, OutcomeAlready, OutcomeSkipped} {
		require.Positive(t, met[o], o)
	}
}

// planFromRows makes the plan by reading the file's rows.
func planFromRows(t *testing.T, cfg PlanConfig) Plan {
	t.Helper()
	p := planner{cfg: cfg, plan: Plan{Campaign: cfg.Name, Counts: map[Outcome]int{}}}
	if cfg.Ledger != nil {
		var err error
		p.campaign, err = cfg.Ledger.Campaign(cfg.Name)
		require.NoError(t, err)
	}
	require.NoError(t, p.fromFile(t.Context()))
	made, err := MakePlan(t.Context(), cfg)
	require.NoError(t, err)
	p.plan.Forecast = made.Forecast
	return p.plan
}
