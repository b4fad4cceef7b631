package main_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// What the ordeal's API does, and what the program is told of it. The settle time covers effects that
// come late and lists that are stale.
const (
	stormShare  = 0.3
	stormLate   = 200 * time.Millisecond
	stormStale  = 500 * time.Millisecond
	stormSettle = stormStale + time.Second
	stormAnswer = 10 * time.Millisecond // long enough to be killed in
)

// errHarm ends an ordeal: a customer lost a live session or got a second mail.
var errHarm = errors.New("the API's journal shows harm")

// ordeal is one API that breaks, and several operators, each with a ledger and files of their own, whose
// processes are killed and started again. There are several because most of a run's life is waiting.
type ordeal struct {
	program string
	env     []string
	api     *localAPI
	world   string // file of what the API did; the only place that has the links it gave
	lanes   []*lane
}

// newOrdeal prepares one with a number of kills, those of every second operator in campaigns of the redirect flow if
// so asked. Its draws are those of KYCBATCH_SEED, 7 where that is not set. Nothing runs yet but the API.
func newOrdeal(t *testing.T, program string, kills int, bothFlows bool) *ordeal {
	t.Helper()
	const width = 24
	seed := asked(t, "KYCBATCH_SEED", 7)
	dir := memoryDir(t)
	o := &ordeal{program: program, env: partner(), world: filepath.Join(dir, "world.jsonl")}
	o.api = startAPI(t, program, "--faults", fmt.Sprint(stormShare), "--late", stormLate.String(), "--stale", stormStale.String(),
		"--latency", stormAnswer.String(), "--seed", fmt.Sprint(seed), "--world", o.world)
	for i := range width {
		o.lanes = append(o.lanes, &lane{
			ordeal: o, name: fmt.Sprintf("L%02d", i), dir: filepath.Join(dir, fmt.Sprint(i)),
			random: rand.New(rand.NewPCG(uint64(seed), uint64(i))), quota: (kills + i) / width, links: bothFlows && i%2 == 1,
			stages: map[string]int{},
		})
	}
	require.Equal(t, kills, o.sum(func(l *lane) int { return l.quota }))
	return o
}

// run is over when all kills are made and every file that was begun is finished, or at the first error,
// which carries the story of the lane that met it. It leaves no process behind.
func (o *ordeal) run(ctx context.Context) error {
	limit := 4*time.Minute + time.Duration(o.sum(func(l *lane) int { return l.quota }))*time.Second/2
	ctx, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done after %s", limit))
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for _, l := range o.lanes {
		all.Go(func() {
			if err := l.live(ctx); err != nil {
				cancel(fmt.Errorf("%w; lane %s:\n%s", err, l.name, strings.Join(l.story, "\n")))
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func (o *ordeal) sum(of func(*lane) int) (n int) {
	for _, l := range o.lanes {
		n += of(l)
	}
	return n
}

func (o *ordeal) orphans() int { return o.sum(func(l *lane) int { return l.orphans }) }

func (o *ordeal) killed() int { return o.sum(func(l *lane) int { return l.kills }) }

// rows is how many were given to the program, in one flow.
func (o *ordeal) rows(links bool) int {
	return o.sum(func(l *lane) (n int) {
		for _, f := range l.files {
			if l.links == links {
				n += f.rows
			}
		}
		return n
	})
}

// harm is errHarm as soon as the journal shows any.
func (o *ordeal) harm(ctx context.Context) error {
	report, err := o.api.report(ctx, false)
	if err != nil {
		return err
	}
	if v := report.Verdict; v.Accidents+v.SecondMails+v.TwoLive > 0 {
		return fmt.Errorf("%w: %d revokes by accident (sessions %v), %d second mails", errHarm, v.Accidents, v.AccidentIDs, v.SecondMails)
	}
	return nil
}

// lost lists what is missing or wrong in the result files, against the sessions that the API has. Of an account's
// sessions, all but the one that lives must be orphans, which were ended on purpose.
func (o *ordeal) lost(t *testing.T, sessions []sandbox.View) (wrong []string) {
	t.Helper()
	made := map[string][]string{}
	orphans := map[string]int{}
	for _, s := range sessions {
		if s.Flow == "redirect" && s.Revoke == sandbox.RevokeDelete {
			orphans[s.Account]++
		} else {
			made[s.Account] = append(made[s.Account], s.ID)
		}
	}
	given := o.givenLinks(t)
	for _, l := range o.lanes {
		for _, f := range l.files {
			results := cellsOf(t, filepath.Join(campaign.ResultsDir(l.dir, f.prefix), campaign.ResultsFile))
			require.Equal(t, []string{"account_auth_id", "email", "plan", "kyc_state", "kyc_session_id"}, results[0][:5])
			require.Len(t, results, 1+f.rows)
			var links []string
			for i, row := range results[1:] {
				account := numberedAccount(f.prefix, i)
				want := fmt.Sprint([]string{account, "created"}, made[account])
				if got := fmt.Sprint([]string{row[0], row[3]}, row[4:5]); got != want || len(made[account]) != 1 {
					wrong = append(wrong, fmt.Sprintf("%s line %d: %v, and the API has sessions %v", f.prefix, i+2, row[:5], made[account]))
				}
				links = append(links, fmt.Sprint(account, row[4], given[row[4]]))
				delete(made, account)
				delete(orphans, account)
			}
			if l.links {
				wrong = append(wrong, l.wrongLinks(t, f, links)...)
			}
		}
	}
	for account, ids := range made {
		wrong = append(wrong, fmt.Sprintf("no file has account %s of sessions %v", account, ids))
	}
	for account, n := range orphans {
		wrong = append(wrong, fmt.Sprintf("no file has account %s of %d orphans", account, n))
	}
	return wrong
}

func cellsOf(t *testing.T, path string) [][]string {
	t.Helper()
	cells, err := readCells(path)
	require.NoError(t, err, path)
	return cells
}

func readCells(path string) ([][]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	cells, err := csv.NewReader(file).ReadAll()
	return cells, errors.Join(err, file.Close())
}
