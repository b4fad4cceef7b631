package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// Off a terminal: a line at the start, then one each 30 seconds, and one at a new phase.
func TestPlain(t *testing.T) {
	var talked shared
	d := &plain{talk: &talk{to: &talked}}
	v := view{phase: "creating", rows: 100, work: 100, workers: 1, rate: 5}
	for at := time.Duration(0); at <= 61*time.Second; at += tick {
		v.elapsed = at
		d.show(v)
		v.created, v.fed = 40, 42
	}
	v.phase, v.auditing, v.toAudit, v.audited = "auditing", true, 40, 10
	d.show(v)
	require.Equal(t, []string{
		"0 s creating",
		"30 s creating: 40 of 100 rows (40 created), 5.0/s, about 24 s left",
		"1 min 00 s creating: 40 of 100 rows (40 created), 5.0/s, about 24 s left",
		"1 min 01 s auditing: 40 of 100 rows (40 created, 10 of 40 audited), 5.0/s, about 1 s left",
	}, strings.Split(strings.TrimSpace(talked.String()), "\n"))
}

// The watcher tells the display what the pass and the brake know, and stops when it is told.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var talked shared
		p := bare(outside{stderr: &talked})
		cfg := campaign.Config{Progress: &campaign.Progress{}, Brake: campaign.NewBrake(5), Workers: 4, Settle: 10 * time.Minute, Guard: campaign.GuardEach}
		g := p.watch(cfg, 200, time.Now().Add(time.Hour))
		time.Sleep(time.Second)
		require.Empty(t, talked.String(), "there is nothing to tell yet")
		cfg.Progress.Rows.Store(200)
		cfg.Progress.Created.Store(50)
		cfg.Progress.Refused.Store(2)
		cfg.Progress.Skipped.Store(1)
		cfg.Progress.Waiting.Store(3)
		cfg.Brake.Throttled(2 * time.Minute)
		paused := time.Now().Add(2 * time.Minute)
		time.Sleep(30 * time.Second)
		line := talked.String()
		require.Regexp(t, `^30 s starting: 53 of 200 rows \(50 created, 2 refused, 1 skipped, 3 waiting\), paused for 1 min 3[0-9] s, about 1 h 0[0-9] min left\n$`, line)
		g.stop()
		time.Sleep(time.Hour)
		require.Equal(t, line, talked.String())

		asked := g.now().pass() // who asks is told the same, and what is true now
		require.Nil(t, asked.PausedUntil)
		require.Contains(t, line, "53 of 200 rows ("+countsOf(asked)+")")
		require.Equal(t, 5.0, asked.RateAsked)
		require.Less(t, asked.RateNow, 5.0)
		require.Positive(t, *asked.SecondsLeft)
		cfg.Brake.Throttled(0)
		cfg.Progress.Created.Store(51)
		asked = g.now().pass()
		require.Equal(t, 51, asked.Created)
		require.Equal(t, time.Second, time.Until(*asked.PausedUntil).Round(time.Second))
		require.True(t, asked.PausedUntil.After(paused))
	})
}

func TestDisplayChoice(t *testing.T) {
	for _, c := range []struct {
		kind  string
		tty   bool
		quiet bool
		want  display
	}{
		{progressAuto, false, false, &plain{}}, {progressAuto, true, false, &bar{}}, {progressBar, true, false, &bar{}},
		{progressBar, false, false, &plain{}}, {progressPlain, true, false, &plain{}}, {progressNone, true, false, nil}, {progressAuto, true, true, nil},
	} {
		p := bare(outside{stderr: &shared{}, stderrIsTTY: c.tty})
		p.options.progress, p.options.quiet = c.kind, c.quiet
		d := p.display()
		require.IsType(t, c.want, d)
		if d != nil {
			d.close()
		}
	}
}

// While the bar is drawn, talk goes through it; afterwards to stderr again, and nothing hangs.
func TestBarGivesTheTerminalBack(t *testing.T) {
	var talked shared
	tk := &talk{to: &talked}
	b := newBar(tk)
	require.Same(t, b.progress, tk.to)
	b.show(view{phase: "creating", rows: 10, work: 10, created: 4, rate: 5})
	b.show(view{phase: "auditing", rows: 10, work: 10, auditing: true, toAudit: 4, audited: 4, rate: 5})
	b.close()
	tk.say("done")
	require.True(t, strings.HasSuffix(talked.String(), "done\n"))
}

func TestShortPhase(t *testing.T) {
	require.Equal(t, "waiting", shortPhase("waiting: a backup was restored"))
	require.Equal(t, "starting", shortPhase(""))
}
