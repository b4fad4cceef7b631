package main_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// asked is the number in an environment variable, or else the one given.
func asked(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	require.Positive(t, n, variable)
	return n
}

// The promise of the program: killed at any moment, again and again, with an API that loses requests and
// answers, answers 5xx after doing the work and works late, there is one session and one mail for each
// row of each file; in the redirect flow one session that lives, and its link in links.csv. KYCBATCH_KILLS chooses
// the number of kills.
func TestKill(t *testing.T) {
	t.Parallel() // it waits more than it works
	kills := 500
	if testing.Short() {
		kills = 40
	}
	o := newOrdeal(t, built(t), asked(t, "KYCBATCH_KILLS", kills), true)
	began := time.Now()
	err := o.run(t.Context())
	report := o.api.judged(t)
	o.log(t, report, time.Since(began))
	v, lost := report.Verdict, []string(nil)
	if err == nil {
		lost = o.lost(t, report.Journal.Sessions)
	}
	prints(t, "kills", o.killed(), v, o.rows(false)+o.rows(true), len(lost))
	require.NoError(t, err)

	require.Zero(t, v.Accidents, "revokes by accident: %v", v.AccidentIDs)
	require.Zero(t, v.SecondMails)
	require.Empty(t, lost)
	mails, links, orphans := o.rows(false), o.rows(true), o.orphans()
	require.Equal(t, mails, v.CreationMails)
	require.Equal(t, mails+links, v.OneLive)
	require.Equal(t, mails+links+orphans, v.Sessions)
	require.Equal(t, orphans, v.Revokes[sandbox.RevokeDelete], "every orphan was ended, and nothing else")
	require.Positive(t, orphans, "no link was ever lost, so nothing is proved about orphans")
	if !testing.Short() {
		for _, class := range stormClasses() {
			require.Positive(t, report.Journal.Faults[class], "%s never occurred, so nothing is proved about it", class)
		}
	}
}

// A kill test that finds nothing proves something only if it would find the fault. With a rule of the
// protocol left out it must, and it stops there.
func TestKillFindsMutants(t *testing.T) {
	t.Parallel()
	program, err := buildMutant()
	require.NoError(t, err)
	for _, mutant := range []string{"no intent", "guard in place of reconcile"} {
		t.Run(mutant, func(t *testing.T) {
			o := newOrdeal(t, program, 600, false)
			o.env = append(o.env, "KYCBATCH_MUTANT="+mutant)
			began := time.Now()
			require.ErrorIs(t, o.run(t.Context()), errHarm)
			v := o.api.judged(t).Verdict
			t.Logf("after %d kills and %.0f s: %d accidental revokes, %d second mails in %d accounts",
				o.killed(), time.Since(began).Seconds(), v.Accidents, v.SecondMails, v.Accounts)
			require.Positive(t, v.Accidents+v.SecondMails)
		})
	}
}

// stormClasses are the classes that every long enough run under [sandbox.Storm] meets. A page shifts only
// in a list that has several, which a short run may never read.
func stormClasses() []sandbox.Fault {
	classes := map[sandbox.Fault]bool{}
	for _, rule := range sandbox.Storm(stormShare).Rules {
		classes[rule.Class] = true
	}
	delete(classes, sandbox.ShiftedPage)
	return slices.Sorted(maps.Keys(classes))
}

// prints writes what a proof found, one fact a line: how often the program was failed, and what must never have come of it.
func prints(t *testing.T, failed string, times int, v sandbox.Verdict, rows, lost int) {
	t.Helper()
	t.Logf("%d %s", times, failed)
	t.Logf("%d of %d rows: second invitation", v.SecondMails, rows)
	t.Logf("%d of %d rows: live session revoked by accident", v.Accidents, rows)
	t.Logf("%d of %d rows: lost, or wrong in the results", lost, rows)
}

// log prints the figures.
func (o *ordeal) log(t *testing.T, r sandbox.Report, took time.Duration) {
	t.Helper()
	faults := 0
	for _, n := range r.Journal.Faults {
		faults += n
	}
	t.Logf("%d runs, %d rows of %d files, %d requests, %d faults, %.0f s", o.sum(func(l *lane) int { return l.runs }),
		o.rows(false)+o.rows(true), o.sum(func(l *lane) int { return len(l.files) }), r.Verdict.Requests, faults, took.Seconds())
	t.Logf("%d kills left rows in doubt, %d rows in all", o.sum(func(l *lane) int { return l.doubtful }), o.sum(func(l *lane) int { return l.inDoubt }))
	t.Logf("redirect flow: %d rows, %d kills, %d orphans replaced", o.rows(true), o.sum(func(l *lane) int {
		if l.links {
			return l.kills
		}
		return 0
	}), o.orphans())
	stages := map[string]int{}
	for _, l := range o.lanes {
		for stage, n := range l.stages {
			stages[stage] += n
		}
	}
	for _, stage := range slices.Sorted(maps.Keys(stages)) {
		t.Logf("  %4d killed %s", stages[stage], stage)
	}
	text := ""
	for _, class := range slices.Sorted(maps.Keys(r.Journal.Faults)) {
		text += fmt.Sprintf("  %d %s", r.Journal.Faults[class], class)
	}
	t.Logf("faults:%s", text)
}
