package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

const (
	pointRows  = 6
	pointShown = 400 * time.Millisecond // a session is in the lists so long after it was made
	pointMore  = 3 * time.Second        // and is looked for so much longer: the machine may be busy
)

// pointPlace is one operator with one API, who meets the same story again and again. A ledger belongs to an address, so
// there is one address, and behind it a new server for each time.
type pointPlace struct {
	program string
	env     []string      // beside what every run has
	shown   time.Duration // how long after it was made a session is in the lists; the settle time is longer
	dir     string
	data    string
	file    string // of the rows
	base    string // of the API
	api     atomic.Pointer[sandbox.Server]
	said    strings.Builder // what the runs of one time wrote
}

// newPointPlaces makes as many as work at a time. They wait more than they work.
func newPointPlaces(t *testing.T, program string, width int) (all []*pointPlace) {
	t.Helper()
	for range width {
		all = append(all, newPointPlace(t, program))
	}
	return all
}

func newPointPlace(t *testing.T, program string) *pointPlace {
	t.Helper()
	dir := memoryDir(t)
	p := &pointPlace{program: program, dir: dir, data: filepath.Join(dir, "data"), shown: pointShown}
	var err error
	p.file, err = numberedRows(dir, "POINT", pointRows)
	require.NoError(t, err)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.api.Load().ServeHTTP(w, r) }))
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	p.base = web.URL + "/api/v1/partner"
	return p
}

// world is the file of the API's sessions.
func (p *pointPlace) world() string { return filepath.Join(p.dir, "world.jsonl") }

// prepared is the folder that keeps what a story begins with.
func (p *pointPlace) prepared(s pointStory) string { return filepath.Join(p.dir, "prepared-"+s.name) }

// begin puts everything where the story begins. The first time it has to be played up to there.
func (p *pointPlace) begin(ctx context.Context, s pointStory) (end func() error, err error) {
	p.said.Reset()
	if _, err := os.Stat(p.prepared(s)); err != nil && s.before != nil {
		if err := p.prepare(ctx, s); err != nil {
			return nil, fmt.Errorf("prepare %s: %w\n%s", s.name, err, p.said.String())
		}
	}
	if err := errors.Join(os.RemoveAll(p.data), os.RemoveAll(p.world())); err != nil {
		return nil, err
	}
	if s.before != nil {
		if out, err := exec.CommandContext(ctx, "cp", "-a", p.prepared(s)+"/.", p.dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	return p.serve(s.later)
}

// serve opens the API's world, some time later.
func (p *pointPlace) serve(later time.Duration) (end func() error, err error) {
	clock, err := sandbox.NewClock(time.Now().Add(later), 1)
	if err != nil {
		return nil, err
	}
	server, err := sandbox.New(sandbox.Config{Seed: 13, World: p.world(), Clock: clock, Readings: sandbox.Readings{ShownAfter: p.shown}})
	if err != nil {
		return nil, err
	}
	p.api.Store(server)
	return server.Close, nil
}

func (p *pointPlace) prepare(ctx context.Context, s pointStory) error {
	if err := errors.Join(os.RemoveAll(p.data), os.RemoveAll(p.world())); err != nil {
		return err
	}
	end, err := p.serve(0)
	if err != nil {
		return err
	}
	if err := errors.Join(s.before(ctx, p), end(), os.Mkdir(p.prepared(s), 0o700)); err != nil {
		return err
	}
	return errors.Join(os.Rename(p.data, filepath.Join(p.prepared(s), "data")), os.Rename(p.world(), filepath.Join(p.prepared(s), "world.jsonl")))
}

// failed runs the story's command and has it failed at a point.
func (p *pointPlace) failed(ctx context.Context, s pointStory, pt point) (saw pointSaw, code int, err error) {
	report := filepath.Join(p.dir, "saw")
	code, err = p.run(ctx, append([]string{"failing", p.data, pt.how, fmt.Sprint(pt.nth), report, p.program}, s.args(p)...)...)
	if err != nil {
		return saw, code, err
	}
	text, err := os.ReadFile(report)
	return saw, code, errors.Join(err, json.Unmarshal(text, &saw), os.Remove(report))
}

// again runs the program, without faults, until it ends with code 0.
func (p *pointPlace) again(ctx context.Context, args ...string) error {
	for range 10 {
		code, err := p.run(ctx, append([]string{p.program}, args...)...)
		if err != nil || code == 0 {
			return err
		}
		if code != 5 {
			return fmt.Errorf("%v ended with code %d", args, code)
		}
	}
	return fmt.Errorf("%v is never done", args)
}

// run runs a program, and keeps what it says.
func (p *pointPlace) run(ctx context.Context, args ...string) (code int, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(slices.Concat(partner(), p.env), "KYCBATCH_API_URL="+p.base, "KYCBATCH_DATA_DIR="+p.data, "KYCBATCH_RATE=unlimited",
		"KYCBATCH_SETTLE="+(p.shown+pointMore).String(), "KYCBATCH_WORKERS=1")
	out, err := cmd.CombinedOutput()
	code = cmd.ProcessState.ExitCode()
	fmt.Fprintf(&p.said, "%v: %d\n%s", args, code, out)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = context.Cause(ctx)
	}
	return code, err
}

// whole is nil for a ledger that can be read, and for none where there was none yet.
func (p *pointPlace) whole() error {
	file, err := campaign.ReadLedger(p.data, campaign.LedgerOptions{})
	if errors.Is(err, campaign.ErrLedgerMissing) && !errors.Is(err, campaign.ErrLedgerLost) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = campaign.NewLedger(file).Campaigns()
	return errors.Join(err, file.Close())
}

// results are the lines of a result file, the header left out.
func (p *pointPlace) results(name string) (lines [][]string, err error) {
	all, err := readCells(filepath.Join(campaign.ResultsDir(p.data, "POINT"), name))
	if err != nil || len(all) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%s has %d lines", name, len(all)))
	}
	return all[1:], nil
}

// sessions are the API's, by account: those that live, and those that were ended.
func (p *pointPlace) sessions() (live, ended map[string][]sandbox.View) {
	live, ended = map[string][]sandbox.View{}, map[string][]sandbox.View{}
	for _, s := range p.api.Load().Journal().Sessions {
		into := live
		if s.Revoke != "" {
			into = ended
		}
		into[s.Account] = append(into[s.Account], s)
	}
	return live, ended
}

// harms lists what no story may do, whatever happened in it.
func harms(v sandbox.Verdict) (wrong []string) {
	if v.Accidents+v.SecondMails+v.TwoLive > 0 {
		wrong = append(wrong, fmt.Sprintf("%d revokes by accident, %d second invitations", v.Accidents, v.SecondMails))
	}
	if v.NoneLive > 0 || v.Accounts != pointRows {
		wrong = append(wrong, fmt.Sprintf("of %d rows %d accounts have a session, %d of them none that lives", pointRows, v.Accounts, v.NoneLive))
	}
	return wrong
}

// matches lists what the result file says wrongly of a session that lives, or has completed.
func (p *pointPlace) matches() (wrong []string) {
	lines, err := p.results(campaign.ResultsFile)
	if err != nil {
		return []string{err.Error()}
	}
	live, _ := p.sessions()
	if len(lines) != pointRows {
		wrong = append(wrong, fmt.Sprintf("%d lines of results for %d rows", len(lines), pointRows))
	}
	for i, line := range lines {
		account := numberedAccount("POINT", i)
		of := live[account]
		if line[0] != account || line[3] != "created" || len(of) != 1 || line[4] != of[0].ID || line[5] != of[0].Status {
			wrong = append(wrong, fmt.Sprintf("line %d: %v, and the API has %d sessions of %s", i+2, line, len(of), account))
		}
	}
	return wrong
}
