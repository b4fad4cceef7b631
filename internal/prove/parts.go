package main

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// fuzzTime is how long each fuzz target runs in the full proof.
const fuzzTime = 2 * time.Minute

// allParts is the proof, in the order in which it begins: what needs both cores first, then what needs one, two at a
// time. share, above 0 and at most 1, shortens what is drawn; what is exhaustive takes what it takes.
func allParts(source fs.FS, share float64) ([]part, error) {
	targets, err := fuzzTargets(source)
	if err != nil {
		return nil, err
	}
	each := max(time.Second, time.Duration(float64(fuzzTime)*share).Round(time.Second))
	asked := func(n int) int { return max(1, int(float64(n)*share)) }
	scaled := func(n int) string { return strconv.Itoa(asked(n)) }
	parts := []part{
		{
			name: "simulation", cores: 2, minutes: max(1, 30*share), draws: []string{"campaigns", "campaigns of nights"}, least: asked(200_000),
			what:     "whole campaigns in virtual time: create, replace, revoke, nights of sync and resend, restarts and harmed ledgers, through the real client against the faithful API, with faults, strangers and crashes drawn by seed",
			commands: []command{till(goTest("./campaign", "^TestSimulation$", fmt.Sprint("KYCBATCH_SEEDS=", manySeeds)))}, // a process for each core
		},
		{
			name: "kills", cores: 2, atOnce: killShards + 1, minutes: max(2, 4*share), draws: []string{"kills"}, least: asked(5000),
			what: "the real binary, killed with SIGKILL at random moments and started again, over real connections to an API that loses requests and answers",
			commands: append(shards(killShards, func(n int) command {
				return goTest("./cmd/kycbatch", "^TestKill$", "KYCBATCH_KILLS="+scaled(5000/killShards), fmt.Sprint("KYCBATCH_SEED=", 1+1000*n))
			}), goTest("./cmd/kycbatch", "^TestKillReplace$")),
		},
		{
			name: "fuzz", cores: 1, minutes: float64(len(targets))*each.Minutes() + 3, // and to build it
			what:     fmt.Sprintf("%d fuzz targets, %s each", len(targets), each),
			commands: fuzzCommands(targets, each),
		},
		{
			name: "power", cores: 1, minutes: max(2, 19*share), draws: []string{"power-loss images"}, least: asked(1_000_000),
			what: "power cuts: images of the disk between two syscalls of recorded lives of a ledger, with what was not yet fsynced kept, dropped and torn, each opened by the real ledger",
			commands: shards(powerShards, func(n int) command {
				return goTest("./checkpoint", "^TestPower$", "KYCBATCH_IMAGES="+scaled(1_000_000/powerShards), fmt.Sprint("KYCBATCH_SEED=", 1+1000*n))
			}),
		},
		{
			name: "points", cores: 1, minutes: 12,
			what: "every syscall that touches the data directory: killed there, and made to fail with EIO and ENOSPC, for the ledger alone and for the real binary; and the ledger's own rules of writing left out",
			commands: []command{
				goTest("./checkpoint", "^(TestPoints|TestPowerFindsMutants)$", "KYCBATCH_POINTS=all"),
				goTest("./cmd/kycbatch", "^TestPoints$", "KYCBATCH_POINTS=all"),
			},
		},
		{
			name: "explorer", cores: 1, minutes: 3,
			what:     "every order of events around one account: create, replace and resend, exhaustively; and each rule left out, which has to be noticed",
			commands: []command{goTest("./campaign", "Explorer|FindMutants|FindsMutants|Repeats$")},
		},
		{
			name: "race", cores: 1, minutes: 5.5,
			what:     "the race detector, where goroutines meet",
			commands: []command{race("./campaign", "./checkpoint", "./ratelimit", "./internal/control")},
		},
		{
			name: "reminders", cores: 1, minutes: max(1, 3*share), draws: []string{"campaigns of nights"},
			what:     "campaigns of reminders in virtual time, with lost answers, crashes, outages, hands at the console and a stepped clock",
			commands: []command{till(goTest("./campaign", "^TestResendSimulation$", fmt.Sprint("KYCBATCH_RESEND_SEEDS=", manySeeds)))},
		},
		{
			name: "sync", cores: 1, minutes: 1, draws: []string{"campaigns whose list shifts"},
			what:     "following every session while the list that is read shifts, and Dates lie",
			commands: []command{till(goTest("./campaign", "^TestSyncWhileTheListShifts$", fmt.Sprint("KYCBATCH_SEEDS=", manySeeds)))},
		},
		{
			name: "readings", cores: 1, minutes: 1, draws: []string{"campaigns under readings"},
			what:     "creating under every two meanings that the API's page leaves open",
			commands: []command{goTest("./campaign", "^TestReadings$", "KYCBATCH_TURNS="+scaled(24))},
		},
		{
			name: "calendar", cores: 1, minutes: 1, draws: []string{"campaigns of sixty days"},
			what:     "sixty days of reminders, ours and the API's own, judged by the API's journal",
			commands: []command{goTest("./campaign", "^TestCalendarHoldsForSixtyDays$")},
		},
	}
	makefile, err := fs.ReadFile(source, "Makefile")
	if regexp.MustCompile(`(?m)^vuln:`).Match(makefile) {
		parts = append(parts, part{
			name: "vulnerabilities", cores: 1, minutes: 1.5,
			what:     "known vulnerabilities of what the program is built from; the list of them is elsewhere and may be out of reach",
			commands: []command{{args: []string{"make", "--no-print-directory", "vuln"}, mayMiss: true}},
		})
	}
	return parts, err
}

// goTest runs the tests of one package whose names match.
func goTest(dir, names string, env ...string) command {
	return command{args: []string{"go", "test", dir, "-run", names, "-count=1", "-timeout=0", "-v"}, env: env}
}

// till has a command go on, seed after seed, until its part's time is nearly over.
func till(c command) command {
	c.till = true
	return c
}

// manySeeds are more than any command gets done in its time.
const manySeeds = 100_000_000

// killShards are as many as run at a time, each with an API of its own, which the program's processes mostly wait for.
const killShards = 4

// powerShards are so many that little is lost where the time ends within one of them.
const powerShards = 20

// shards are so many processes that share a task, so that what one of them did is counted also where the next one is cut.
func shards(n int, one func(n int) command) (all []command) {
	for i := range n {
		all = append(all, one(i))
	}
	return all
}

func race(dirs ...string) command {
	args := []string{"go", "test", "-race", "-short", "-skip", "Explorer|Mutants|Simulation|Readings|Calendar|Kill|TestPower|TestPoints", "-count=1", "-timeout=0", "-v"}
	return command{args: append(args, dirs...)}
}

// race reports whether the command runs under the race detector.
func (c command) race() bool { return slices.Contains(c.args, "-race") }
