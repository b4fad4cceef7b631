package main

import (
	"bytes"
	"context"
	"log"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stand is a repository with one commit, and a proof of it.
func stand(t *testing.T) (proof, *bytes.Buffer) {
	dir := t.TempDir()
	write(t, dir, "a.txt", "one\n")
	write(t, dir, ".gitignore", "/bin/\n")
	_, err := git(t.Context(), dir, "init", "-q")
	require.NoError(t, err)
	commit(t, dir)
	tree, err := openTree(t.Context(), dir)
	require.NoError(t, err)
	var said bytes.Buffer
	return proof{tree: tree, dir: filepath.Join(tree.root, "bin", "prove", tree.commit), talk: log.New(&said, "", 0)}, &said
}

// commit commits all that is in dir.
func commit(t *testing.T, dir string) {
	for _, args := range [][]string{{"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-qm", "the first | one"}} {
		_, err := git(t.Context(), dir, args...)
		require.NoError(t, err)
	}
}

func write(t *testing.T, dir, name, text string) {
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// shell is a part of shell scripts.
func shell(name string, minutes float64, scripts ...string) part {
	p := part{name: name, what: "trying " + name, cores: 1, minutes: minutes}
	for _, script := range scripts {
		p.commands = append(p.commands, command{args: []string{"sh", "-c", script}})
	}
	return p
}

// What fails, and what runs out of its time, keeps nothing else from running, and is on the page.
func TestProofOfGoodAndBad(t *testing.T) {
	p, _ := stand(t)
	drawn := shell("drawn", 1, "echo 30 campaigns; echo 0 of 600 rows: lost row; echo 6 nights; echo 0 of 8 mails: second mail; echo $GOMAXPROCS core of proof $KYCBATCH_PROVE", "echo 15 campaigns; echo 0 of 300 rows: lost row")
	drawn.cores, drawn.draws = 2, []string{"campaigns", "nights"}
	drawn.least = 46
	missing := shell("missing", 1, "echo NOT RUN: nobody is there; exit 1")
	missing.commands[0].mayMiss = true
	parts := []part{
		shell("bad", 1, "echo 0 of 9 images: unreadable ledger; echo oops $PWD; exit 3"),
		shell("found", 1, "echo 2 of 9 images: torn value"),
		shell("slow", 0.005, "echo 7 kills; sleep 60 & echo $!; wait", "echo 8 kills"),
		shell("torn", 0.005, "echo '    --- FAIL: TestX/y (0.1s)'; sleep 60"),
		shell("nothing", 1, "echo 'testing: warning: no tests to run'"),
		missing,
		drawn,
	}
	results, err := p.all(t.Context(), parts)
	require.NoError(t, err)
	for i, failed := range []bool{true, true, false, true, true, false, false} {
		require.Equal(t, failed, results[i].failed(), parts[i].name)
	}
	require.True(t, results[2].Ends[0].Cut)
	require.False(t, results[2].Ends[1].Begun)

	text := page{tree: p.tree, machine: "2 cores", minutes: 5, parts: parts, results: results, written: time.Now()}.text()
	for _, want := range []string{
		"never by hand.\n\n**FAILED: bad.** What it tried: trying bad.",
		"`sh -c 'echo 0 of 9 images: unreadable ledger; echo oops $PWD; exit 3'`: exit 3\n", "\noops .\n",
		"**FAILED: found.** What it tried: trying found.\n\n- 2 of 9 images: torn value\n", "**FAILED: nothing.**", "**FAILED: torn.**", "\n- failed: `TestX/y`\n", "no test has such a name",
		"| commit | `" + p.tree.commit + "` (the first \\| one) |", "**a short try**",
		"| drawn | 900 rows | lost row: 0 | 0s | 1 in 15 campaigns |\n|  | 8 mails | second mail: 0 |  | 1 in 2 nights |\n",
		"| found | 9 images | torn value: 2 | 0s | it happens |\n", "| bad | 9 images | unreadable ledger: 0 | 0s | no draws |\n",
		"- **slow** did not fit into its 0.0 minutes. Of its commands were ended, with what they had printed until then counted: 1 of 2; did not begin: 1\n",
		"wait'   # ended by its time\n", "$ sh -c 'echo 8 kills'   # did not begin\n", "\n1 core of proof 1\n", "1 of 7 parts ran to their end",
		"- **drawn**: 45 campaigns of the 46 that were asked for, in its 1.0 minutes\n",
		"- **missing**: NOT RUN: nobody is there\n", "| missing | nothing was counted | not run | 0s | |\n", "\n7 kills\n", "\n45 campaigns\n", "\n## Bugs found on the way\n", "\n## Outside of what is modelled\n",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, p.tree.root)
	require.NotContains(t, text, "No part failed")
	require.NotContains(t, text, "8 kills\n")
}

func TestProofOfGoodAlone(t *testing.T) {
	p, _ := stand(t)
	parts := []part{shell("good", 1, "echo 9 images; echo 0 of 9 images: lost value")}
	parts[0].draws, parts[0].least = []string{"images"}, 9
	results, err := p.all(t.Context(), parts)
	require.NoError(t, err)
	text := page{tree: p.tree, minutes: full, parts: parts, results: results, written: time.Now()}.text()
	require.Contains(t, text, "never by hand.\n\nNo part failed: nothing was found that must not happen. 1 of 1 parts ran to their end;")
	require.Contains(t, text, "Every command ended by itself, within its time.")
	require.Contains(t, text, "the whole, 75 minutes at most")
}

// Whatever a command started is ended with it.
func TestCutEndsTheGroup(t *testing.T) {
	p, _ := stand(t)
	pids := filepath.Join(t.TempDir(), "pids")
	slow := shell("slow", 0.005, "trap '' TERM; sh -c 'trap \"\" TERM; sleep 600' & echo $! > "+pids+"; wait")
	slow.commands[0].till = true
	results, err := p.all(t.Context(), []part{slow})
	require.NoError(t, err)
	require.True(t, results[0].Ends[0].Cut)
	pid, err := os.ReadFile(pids)
	require.NoError(t, err)
	state, err := os.ReadFile(filepath.Join("/proc", string(bytes.TrimSpace(pid)), "stat"))
	if err == nil {
		require.Contains(t, string(state), ") Z ", "it is dead, and nobody has asked for its end yet")
	}
}

// A part that has ended is not run again, unless it is asked for; one that was interrupted is.
func TestProofGoesOn(t *testing.T) {
	p, talk := stand(t)
	told := filepath.Join(t.TempDir(), "told")
	runs := func() string {
		text, err := os.ReadFile(told)
		require.NoError(t, err)
		return string(text)
	}
	once := shell("once", 1, "echo once >> "+told)
	ctx, cancel := context.WithCancel(t.Context())
	stops := shell("stops", 1, "echo stops >> "+told+"; sleep 60")
	watch := time.AfterFunc(time.Hour, cancel)
	defer watch.Stop()
	go func() { // as soon as both have begun
		for {
			if text, err := os.ReadFile(told); err == nil && bytes.Contains(text, []byte("stops")) && bytes.Contains(text, []byte("once")) {
				if _, err := os.Stat(filepath.Join(p.dir, "once.json")); err == nil {
					cancel()
					return
				}
			}
		}
	}()
	_, err := p.all(ctx, []part{once, stops})
	require.ErrorContains(t, err, "make prove goes on")
	before := runs()
	stops.commands[0].args[2] = "echo stops >> " + told
	_, err = p.all(t.Context(), []part{once, stops})
	require.NoError(t, err)
	require.Equal(t, before+"stops\n", runs())

	require.NoError(t, p.forget([]part{once, stops}, "once"))
	_, err = p.all(t.Context(), []part{once, stops})
	require.NoError(t, err)
	require.Equal(t, before+"stops\nonce\n", runs())
	require.ErrorContains(t, p.forget([]part{once, stops}, "twice"), "there are once, stops")
	require.Contains(t, talk.String(), "once: begins, 1.0 minutes at most\n")

	once.minutes = 2 // another proof: what was tried in less time is not what this one says
	_, err = p.all(t.Context(), []part{once, stops})
	require.NoError(t, err)
	require.Equal(t, before+"stops\nonce\nonce\n", runs())

	write(t, p.dir, "once.json", "{")
	_, err = p.all(t.Context(), []part{once, stops})
	require.ErrorContains(t, err, "-again once")
}

// What was changed has no commit, so it is not proved; PROOF.md is no change.
func TestDirtyTree(t *testing.T) {
	p, _ := stand(t)
	root := p.tree.root
	write(t, root, "PROOF.md", "old\n")
	same, err := openTree(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, p.tree, same)
	commit(t, root)
	same, err = openTree(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, p.tree, same, "a commit that changes PROOF.md alone is no other one to be proved")

	write(t, root, "bin/x.txt", "ignored\n")
	require.NoError(t, p.tree.unchanged(t.Context()))
	litters := shell("litters", 1, "echo x > new_test.go")
	_, err = p.all(t.Context(), []part{litters})
	require.ErrorContains(t, err, "litters: the tree has changes that no commit has")
	require.ErrorContains(t, err, "new_test.go")
	require.NoFileExists(t, filepath.Join(p.dir, "litters.json"))
	require.NoError(t, os.Remove(filepath.Join(root, "new_test.go")))
	write(t, root, "a.txt", "two\n")
	commit(t, root)
	require.ErrorContains(t, p.tree.unchanged(t.Context()), "another commit was checked out")
	write(t, root, "a.txt", "three\n")
	_, err = openTree(t.Context(), root)
	require.ErrorContains(t, err, "a.txt")
}

// What fuzzing finds leaves the tree, and is kept and told.
func TestFindsLeaveTheTree(t *testing.T) {
	p, _ := stand(t)
	corpus := "b/testdata/fuzz/FuzzX"
	fuzz := shell("fuzz", 1, "mkdir -p "+corpus+"; echo input > "+corpus+"/1234; echo 'fuzz: elapsed: 3s, execs: 40 (1/sec), new'; echo '--- FAIL: FuzzX (1.0s)'; exit 1")
	fuzz.commands[0].fuzz, fuzz.commands[0].dir = "FuzzX", "b"
	results, err := p.all(t.Context(), []part{fuzz})
	require.NoError(t, err)
	require.True(t, results[0].failed())
	require.Equal(t, []string{corpus + "/1234"}, results[0].Ends[0].Finds)
	require.FileExists(t, filepath.Join(p.dir, "finds", corpus, "1234"))
	text := page{tree: p.tree, minutes: full, parts: []part{fuzz}, results: results, written: time.Now()}.text()
	require.Contains(t, text, "- an input that fails: `"+corpus+"/1234`")
	require.Contains(t, text, "| fuzz | 40 inputs of FuzzX in b | failing one: 1 |")
}

// What can end by itself is told when, early enough to say what it did.
func TestUntil(t *testing.T) {
	p, _ := stand(t)
	both := shell("both", 10, "echo NOT RUN: until ${KYCBATCH_UNTIL-never}", "echo NOT RUN: until ${KYCBATCH_UNTIL-never}")
	both.commands[0].till = true
	results, err := p.all(t.Context(), []part{both})
	require.NoError(t, err)
	until, err := time.Parse("until "+time.RFC3339, results[0].Facts[0].Text)
	require.NoError(t, err)
	require.Equal(t, results[0].Started.Add(10*time.Minute-30*time.Second).Truncate(time.Second), until)
	require.Equal(t, "until never", results[0].Facts[1].Text)
}

// Under the race detector tests are shortened, so that what they count is no figure of the proof.
func TestRaceCountsRacesAlone(t *testing.T) {
	p, _ := stand(t)
	race := shell("race", 1, "echo 0 of 3 rows: lost row; echo '--- PASS: TestX (0.1s)'")
	race.commands[0].args = append(race.commands[0].args, "-race")
	results, err := p.all(t.Context(), []part{race})
	require.NoError(t, err)
	require.Len(t, results[0].Facts, 1)
	require.Equal(t, "0 of 1 tests: data race", results[0].Facts[0].String())
}
