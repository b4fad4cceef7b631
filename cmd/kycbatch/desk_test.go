package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/control"
	"kycbatch/internal/sandbox"
)

// A run that waits for a person's answer can be asked too, and stopped: then nothing happened.
func TestStopAtTheQuestion(t *testing.T) {
	s := newStage(t)
	s.env["KYCBATCH_API_URL"], s.env["VOBIZ_AUTH_ID"], s.env["VOBIZ_AUTH_TOKEN"] = "https://kyc.invalid/v1", "PA_TEST", "tok"
	asked := make(chan struct{})
	s.stderr = writes(func(text string) {
		if strings.Contains(text, "Type that number") {
			close(asked)
		}
	})
	stdin, never := io.Pipe()
	t.Cleanup(func() { _ = never.Close() })
	s.tty, s.typing, s.listen = true, stdin, control.Listen
	ended := make(chan ran)
	go func() { ended <- s.run("create", s.file("spring.csv", rows(3))) }()
	<-asked

	shell := newStage(t)
	shell.env["KYCBATCH_DATA_DIR"] = s.env["KYCBATCH_DATA_DIR"]
	got := shell.run("status")
	require.Equal(t, exitDone, got.code, got.talked)
	require.Regexp(t, `^Process \d+ \(create spring\) .*\n  waiting for the answer to its question\n\nThe ledger holds no campaign yet\.\n$`, got.out)
	stopped := shell.run("stop")
	require.Equal(t, exitDone, stopped.code, stopped.talked)
	require.Equal(t, "The run ended, without a summary. The ledger is free.\n", stopped.out)
	run := <-ended
	require.Equal(t, exitInterrupted, run.code)
	require.Regexp(t, "`kycbatch stop` asked for it \\(process \\d+, user .+\\)\n  nothing was sent, nothing is pending\n$", run.talked)
	require.NoFileExists(t, filepath.Join(s.env["KYCBATCH_DATA_DIR"], "control.sock"))
}

// A run that drains by itself says why, from when it knows until it ends.
func TestDrainingIsSaid(t *testing.T) {
	s := newStage(t)
	held := &gate{route: string(sandbox.RouteCreate), left: 1, shut: make(chan struct{}), open: make(chan struct{})}
	api := &localAPI{world: s.api(sandbox.Config{}), gate: held}
	web := httptest.NewServer(api)
	t.Cleanup(web.Close)
	s.env["KYCBATCH_API_URL"], s.listen = web.URL+partnerPath, control.Listen
	ended := make(chan ran)
	go func() { ended <- s.run("create", s.file("spring.csv", rows(3)), "--max-duration", "3s") }()
	select {
	case <-held.shut:
	case early := <-ended:
		t.Fatal("this machine is too slow for the story: ", early.talked)
	}

	shell := newStage(t)
	shell.env["KYCBATCH_DATA_DIR"] = s.env["KYCBATCH_DATA_DIR"]
	status := func() control.Run {
		var st statusJSON
		got := shell.run("status", "-o", "json")
		require.NotContains(t, got.out, "example.com", "no address crosses the socket")
		require.NotContains(t, got.out, "PA_TEST", "nor who the partner is")
		require.NoError(t, json.Unmarshal([]byte(got.out), &st), got.talked)
		require.NotNil(t, st.Run)
		return *st.Run
	}
	run := status()
	for asked := 0; run.Draining == ""; asked++ { // each asking waits for the lock first
		require.Less(t, asked, 1000)
		run = status()
	}
	require.Equal(t, string(campaign.HaltDuration), run.Draining)
	require.Equal(t, "spring", run.Campaign)
	require.Equal(t, 3, run.Pass.Rows)
	require.Contains(t, shell.run("status").out, "  begins nothing more and finishes what is under way: "+run.Draining+"\n")
	api.release()
	require.Equal(t, exitAgain, (<-ended).code)
}

// All that a run says of itself, in words; what steers a terminal is no part of it.
func TestPrintRun(t *testing.T) {
	var out bytes.Buffer
	p := bare(outside{})
	p.out = bufio.NewWriter(&out)
	until, left := time.Now().Add(90*time.Second), 200.0
	p.printRun(control.Run{
		PID: 7, Host: "here", User: "kyc\x1b[2J", Command: "create spring", Since: time.Now().Add(-time.Hour), Campaign: "spring", Phase: "auditing", Draining: "interrupted",
		Pass: &control.Pass{Rows: 9000, Work: 8000, Created: 4000, Refused: 2, Skipped: 3, Waiting: 4, ToAudit: 4002, Audited: 5, RateAsked: 5, RateNow: 2.5, RateExpected: 2, PausedUntil: &until, SecondsLeft: &left},
	})
	require.NoError(t, p.out.Flush())
	require.Regexp(t, `^Process 7 \(create spring\) of user kyc\x{fffd}\[2J on here has the ledger since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d, for 1 h 00 min\.
  campaign spring, auditing: 4,005 of 8,000 rows \(4,000 created, 2 refused, 3 skipped, 4 waiting, 5 of 4,002 audited\), paused for 1 min (30|29) s, about 3 min 20 s left
  slowed down by the API: 2\.5/s, asked for 5/s
  begins nothing more and finishes what is under way: interrupted

$`, out.String())
}

// The ledger is free when the run that was met has let go of it, also where the next one has it already.
func TestFree(t *testing.T) {
	dir := t.TempDir()
	held, err := campaign.OpenLedger(dir, true, campaign.LedgerOptions{Identity: campaign.LedgerIdentity{API: "http://127.0.0.1", Partner: "PA_TEST"}})
	require.NoError(t, err)
	e := encounter{dir: dir, run: control.Run{PID: os.Getpid()}}
	require.False(t, free(e))
	e.run.PID++
	require.True(t, free(e))
	e.run.PID--
	require.NoError(t, os.Remove(filepath.Join(dir, "ledger.holder")))
	require.False(t, free(e), "it lets go just now: nobody knows who holds it")
	require.NoError(t, held.Close())
	require.True(t, free(e))
}

func TestRoomFor(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		size, free uint64
		room       bool
	}{{0, 0, false}, {0, 64 * mib, true}, {mib, 64 * mib, false}, {mib, 65 * mib, true}, {1 << 62, 1 << 61, false}} {
		require.Equal(t, c.room, roomFor(c.size, c.free) == nil, c)
	}
	require.EqualError(t, roomFor(100*mib, 70*mib), "a copy of the ledger has 100 MiB and the disk only 70 MiB free, of which 64 MiB are left to the run")
	require.Error(t, roomForCopy(filepath.Join(t.TempDir(), "ledger.db")))
}

// What a signal does next is said as it is, and why a context ended is known also where no stop ended it.
func TestStopOf(t *testing.T) {
	require.Equal(t, errInterrupted, stopOf(canceled()))
	plain, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, errInterrupted, stopOf(plain))
	ctx, drain := context.WithCancelCause(t.Context())
	drain(stop("somebody asked"))
	require.Equal(t, stop("somebody asked"), stopOf(ctx))
	require.Equal(t, exitInterrupted, codeOf(context.Cause(ctx)))
	require.Equal(t, "somebody asked: finishing what is under way; Ctrl-C stops at once: a crash is safe.", drainNotice(stopOf(ctx)))
}

// Why a run could not be asked is said with what to do about it; any other end of a question is its own.
func TestUnanswered(t *testing.T) {
	p := bare(outside{})
	locked := &campaign.LockedError{Path: "ledger.db"}
	for _, c := range []struct {
		host string
		err  error
		next string
	}{
		{"", control.ErrNobody, "try again in a moment"},
		{"elsewhere.invalid", control.ErrNobody, "on another machine"},
		{"elsewhere.invalid", control.ErrSilent, "suspended"},
		{"", &control.RefusedError{Text: "no room"}, "wait for the run to end"},
		{"", errors.Join(errors.New("dial"), io.ErrClosedPipe), ""},
	} {
		locked.Holder.Host = c.host
		err := p.unanswered(locked, c.err)
		require.ErrorIs(t, err, c.err)
		if c.next == "" {
			require.Equal(t, c.err, err)
			continue
		}
		require.Equal(t, exitLocked, codeOf(err))
		require.ErrorContains(t, err, locked.Error()+"; it was asked, but: "+c.err.Error())
		require.Contains(t, advice(err), c.next)
	}
}
