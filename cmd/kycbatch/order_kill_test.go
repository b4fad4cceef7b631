package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// A replacement ends exactly the sessions that were named, whatever it is killed in, and no account is left without
// one: refused without the exact number, refused for sessions that were started unless that is said, and with both
// carried out by whatever is started next. The API's journal is the judge.
func TestKillReplace(t *testing.T) {
	t.Parallel() // it waits more than it works
	kills := 60
	if testing.Short() {
		kills = 16
	}
	api := newBrokenAPI(t)
	program := built(t)
	const width = 8
	desks := make([]*orderDesk, width)
	errs := make([]error, width)
	var all sync.WaitGroup
	for i := range desks {
		desks[i] = &orderDesk{
			api: api, program: program, name: fmt.Sprintf("D%d", i), dir: memoryDir(t), random: rand.New(rand.NewPCG(11, uint64(i))),
			quota: (kills + i) / width, named: map[string]bool{}, stages: map[string]int{},
		}
		all.Go(func() { errs[i] = desks[i].live(t.Context()) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))

	journal := api.Journal()
	v := journal.Verdict()
	named, killed, orders, stages := map[string]bool{}, 0, 0, map[string]int{}
	for _, d := range desks {
		maps.Copy(named, d.named)
		killed, orders = killed+d.kills, orders+d.orders
		for stage, n := range d.stages {
			stages[stage] += n
		}
	}
	ended := map[string]bool{}
	for _, s := range journal.Sessions {
		if s.Revoke == sandbox.RevokeDelete {
			ended[s.ID] = true
		}
	}
	prints(t, "kills of a replace", killed, v, width*orderRows, v.NoneLive)
	t.Logf("%d orders, %d kills, %d sessions named, %d ended by DELETE, %d accounts with a live session, %d without; killed: %v",
		orders, killed, len(named), len(ended), v.OneLive, v.NoneLive, stages)
	require.Equal(t, kills, killed)
	require.Equal(t, named, ended, "exactly the sessions that were named")
	require.Zero(t, v.Accidents, v.AccidentIDs)
	require.Zero(t, v.SecondMails)
	require.Zero(t, v.NoneLive, "an account has no live session")
	require.Equal(t, width*orderRows, v.OneLive)
}

const (
	orderRows   = 12 // accounts of a desk
	orderNamed  = 5  // accounts of an order
	orderReason = "asked for a new link"
)

// brokenAPI is an API on the loopback, whose customers this process can let act.
type brokenAPI struct {
	*sandbox.Server
	base string
}

func newBrokenAPI(t *testing.T) *brokenAPI {
	t.Helper()
	faults := sandbox.Storm(stormShare)
	faults.LateBy, faults.StaleBy = stormLate, stormStale
	for _, class := range []sandbox.Fault{sandbox.ResetBefore, sandbox.ResetAfter, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.TimeoutEarly} {
		faults.Rules = append(faults.Rules, sandbox.Rule{Route: sandbox.RouteRevoke, Class: class, P: stormShare / 5})
	}
	server, err := sandbox.New(sandbox.Config{Seed: 11, Faults: faults, Latency: stormAnswer})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	web := httptest.NewServer(server)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	return &brokenAPI{server, web.URL + "/api/v1/partner"}
}

// orderDesk is an operator with a campaign of its own, who has sessions of it replaced again and again.
type orderDesk struct {
	api     *brokenAPI
	program string
	name    string
	dir     string
	random  *rand.Rand
	quota   int // of kills
	story   []string

	kills, orders int
	named         map[string]bool // sessions that orders named
	stages        map[string]int  // kills by what the run was doing
}

func (d *orderDesk) account(i int) string { return numberedAccount(d.name, i) }

// live creates the campaign, and gives orders until the kills are made.
func (d *orderDesk) live(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w\n%s", d.name, err, strings.Join(d.story, "\n"))
		}
	}()
	file, err := numberedRows(d.dir, d.name, orderRows)
	if err != nil {
		return err
	}
	if err := d.until(ctx, 0, "create", file, "--max-attempts", "20"); err != nil {
		return err
	}
	for d.orders == 0 || d.kills < d.quota {
		if err := d.order(ctx); err != nil {
			return err
		}
	}
	return nil
}

// order has some accounts replaced, of which customers have opened one or two.
func (d *orderDesk) order(ctx context.Context) error {
	var list strings.Builder
	var sessions []string
	untouched := 0
	for _, i := range d.random.Perm(orderRows)[:orderNamed] {
		all := d.api.Sessions(d.account(i))
		newest := all[len(all)-1]
		if untouched > 0 && newest.Status == "email_sent" && d.random.IntN(2) == 0 {
			if err := d.api.Set(newest.ID, "opened"); err != nil {
				return err
			}
		} else if newest.Status == "email_sent" {
			untouched++
		}
		sessions = append(sessions, newest.ID)
		fmt.Fprintln(&list, d.account(i))
	}
	path := filepath.Join(d.dir, "accounts.txt")
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		return err
	}
	replace := []string{"replace", "--file", path, "--reason", orderReason, "--max-attempts", "20"}
	refused := [][]string{
		append(replace, "--include-started"),
		append(replace, "--include-started", "--expect", fmt.Sprint(orderNamed-1)),
	}
	if untouched < orderNamed {
		refused = append(refused, append(replace, "--expect", fmt.Sprint(orderNamed)))
	}
	before := d.deletes()
	for _, args := range refused {
		if code, err := d.run(ctx, nil, slices.Clone(args)...); err != nil || code != 2 {
			return errors.Join(err, fmt.Errorf("%v ended with code %d", args, code))
		}
	}
	if d.deletes() != before {
		return errors.New("an order that was refused ended a session")
	}
	return d.carryOut(ctx, append(replace, "--include-started", "--expect", fmt.Sprint(orderNamed)), sessions)
}

// carryOut starts the order until it is accepted, and then whatever goes on with it until it is done.
func (d *orderDesk) carryOut(ctx context.Context, replace, sessions []string) error {
	d.orders++
	for range 100 {
		accepted, err := d.accepted(sessions)
		if err != nil {
			return err
		}
		args := replace
		if accepted {
			for _, id := range sessions {
				d.named[id] = true
			}
			args = [][]string{{"replace", "--resume", "--max-attempts", "20"}, {"create", "--max-attempts", "20"}}[d.random.IntN(2)]
		}
		var m *moment
		if d.kills < d.quota {
			m = orderMoment(d.random)
		}
		code, err := d.run(ctx, m, slices.Clone(args)...)
		if err != nil {
			return err
		}
		if accepted, err = d.accepted(sessions); err != nil {
			return err
		}
		if code == 0 && accepted {
			for _, id := range sessions {
				d.named[id] = true
			}
			return nil
		}
		if code != -1 && code != 5 && code != 2 && code != 0 {
			return fmt.Errorf("%v ended with code %d", args, code)
		}
	}
	return errors.New("the order is never done")
}

// orderMoment spreads kills over the life of an order. Most of it is a few dozen requests: looks, DELETEs, POSTs.
func orderMoment(random *rand.Rand) *moment {
	if random.IntN(4) == 0 {
		return randomMoment(random, false)
	}
	return &moment{requests: 1 + random.IntN(40), after: time.Duration(random.Int64N(int64(stormAnswer))), atMost: 4 * time.Second}
}

// accepted says whether the ledger has the order: the sessions are no account's any more, or are to end.
func (d *orderDesk) accepted(sessions []string) (bool, error) {
	file, err := campaign.ReadLedger(filepath.Join(d.dir, "data"), campaign.LedgerOptions{})
	if err != nil {
		return false, err
	}
	ledger := campaign.NewLedger(file)
	view, _ := d.api.Session(sessions[0])
	rec, _, err := ledger.Record(view.Account)
	return rec.End.Session == sessions[0] || rec.Session.ID != sessions[0], errors.Join(err, file.Close())
}

// deletes counts the sessions of the desk that were ended by DELETE.
func (d *orderDesk) deletes() (n int) {
	for i := range orderRows {
		for _, s := range d.api.Sessions(d.account(i)) {
			if s.Revoke == sandbox.RevokeDelete {
				n++
			}
		}
	}
	return n
}

// until runs the program until it ends with a code.
func (d *orderDesk) until(ctx context.Context, want int, args ...string) error {
	for range 20 {
		if code, err := d.run(ctx, nil, args...); err != nil || code == want {
			return err
		}
	}
	return fmt.Errorf("%v never ends with code %d", args, want)
}

// run runs the program once, and kills it at m unless it ends before; nil is never. The code is -1 where it was killed.
func (d *orderDesk) run(ctx context.Context, m *moment, args ...string) (code int, err error) {
	watch, stdout := newWatcher(m), &bytes.Buffer{}
	args = append(args, "--data-dir", filepath.Join(d.dir, "data"), "--api-url", d.api.base, "--yes", "-v",
		"--rate", "5000/s", "--workers", "4", "--timeout", "400ms", "--settle", stormSettle.String())
	cmd := exec.CommandContext(ctx, d.program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = partner(), stdout, watch
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(ended)
	}()
	if m != nil {
		m.await(watch.reached, ended)
		_ = cmd.Process.Kill() // it may have ended by itself
	}
	<-ended
	code = cmd.ProcessState.ExitCode()
	if code == -1 {
		d.kills++
		d.stages[watch.stage(time.Now())]++
	}
	d.story = append(d.story, fmt.Sprintf("%s: %d\n%s%s", strings.Join(args[:3], " "), code, stdout, watch.tail()))
	return code, context.Cause(ctx)
}
