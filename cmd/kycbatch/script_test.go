package main

import (
	"encoding/json"
	"errors"
	"flag"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The command line, story by story: each script in testdata/script runs the real program in processes of its own, in a
// folder of its own, against an API of its own. Beside testscript's commands it has
//
//	exits CODE PROGRAM [ARG…]        run to the end, and compare the exit code
//	start NAME PROGRAM [ARG…]        run beside the script; $PID is its process
//	until NAME REGEXP [VARIABLE]     wait until it has written that; VARIABLE gets the first group
//	signal NAME INT|TERM|KILL|STOP|CONT   send it a signal
//	ended NAME CODE|killed           wait for its end; its output is then stdout and stderr
//	api [CONFIG]                     serve the API at $API, and let it be the default; CONFIG is a sandbox.Config in JSON
//	faults RULES                     what goes wrong from now on: a JSON array of sandbox.Rule
//	hold ROUTE N                     keep the answer of the Nth request from now on, its work done, until release
//	held / release                   wait until it is kept / let it go
//	stranger ACCOUNT                 somebody else creates a session
//	becomes ACCOUNT STATUS           the account's newest session enters a status
//	passes DURATION                  the API's clock is set forward
//	journal FIGURE=N…                compare figures of the API's journal and its verdict
//	proxy / [!] contacted            send what leaves this machine into a trap / whether anything came
//	json PATH=VALUE…                 compare values of the JSON object on stdout
//	mode PERM FILE…                  compare permissions
//	damage cut|empty|zero FILE       lose most of it, or all of it, or what is in it
//	damage flip FILE TEXT            change a bit in each occurrence of TEXT
//	damage meta FILE                 change a bit in the newest of its meta pages
//	shows stdout|stderr FILE         compare the whole output, … is anything within a line
//
// and $NOON, a time zone in which it is noon now, so that nothing here depends on when it runs;
// and the program `cramped FILE PROGRAM [ARG…]`, for which no file can grow larger than FILE is: a full disk.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"start":     start,
			"until":     until,
			"signal":    sendSignal,
			"ended":     ended,
			"api":       serveAPI,
			"faults":    setFaults,
			"hold":      holdAnswer,
			"held":      awaitHeld,
			"release":   releaseHeld,
			"stranger":  letStranger,
			"becomes":   letBecome,
			"passes":    letPass,
			"journal":   compareJournal,
			"proxy":     serveProxy,
			"contacted": wasContacted,
			"json":      compareJSON,
			"mode":      compareMode,
			"damage":    damage,
			"shows":     shows,
		},
	})
}

// Tests that say t.Parallel wait much more than they work: for the API's time, for a settle time, for a process. So more
// of them run at a time than there are processors, unless -parallel says how many.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"kycbatch": main, "cramped": cramped, "failing": failing})
}

// scene is what a script has beside its files.
type scene struct {
	names     []string // of the environment that the script began with
	processes map[string]*process
	api       *localAPI
	proxy     *trap
}

type sceneKey struct{}

func sceneOf(ts *testscript.TestScript) *scene { return ts.Value(sceneKey{}).(*scene) }

// setUp gives a script credentials that any API here takes and no rate to wait for, and ends what the script leaves
// behind.
func setUp(env *testscript.Env) error {
	for name, value := range map[string]string{
		"VOBIZ_AUTH_ID": "PA_SCRIPT", "VOBIZ_AUTH_TOKEN": "token-of-the-script",
		"API": "", "KYCBATCH_API_URL": "", "KYCBATCH_RATE": "unlimited", "PID": "", "NOON": noon(time.Now()),
	} {
		env.Setenv(name, value)
	}
	s := &scene{processes: map[string]*process{}}
	for _, pair := range env.Vars {
		name, _, _ := strings.Cut(pair, "=")
		s.names = append(s.names, name)
	}
	env.Values[sceneKey{}] = s
	env.Defer(func() {
		for _, p := range s.processes {
			p.end()
		}
		if s.api != nil {
			s.api.end()
		}
		if s.proxy != nil {
			s.proxy.end()
		}
	})
	return nil
}

// need refuses a command that is misspelled in a script: a negation that is not understood, or too few arguments.
func need(ts *testscript.TestScript, neg bool, args []string, least int) {
	if neg || len(args) < least {
		ts.Fatalf("misused: see the list in script_test.go")
	}
}

// noon names a time zone in which it is between 12 and 13 o'clock.
func noon(now time.Time) string {
	switch east := 12 - now.UTC().Hour(); {
	case east > 0:
		return "Etc/GMT-" + strconv.Itoa(east) // as POSIX counts
	case east < 0:
		return "Etc/GMT+" + strconv.Itoa(-east)
	}
	return "Etc/GMT"
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got := codeText(exit); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// codeText is an exit code as scripts write it.
func codeText(exit *exec.ExitError) string {
	switch {
	case exit == nil:
		return "0"
	case !exit.Exited():
		return "killed"
	}
	return strconv.Itoa(exit.ExitCode())
}

func compareJSON(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	var whole any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &whole); err != nil {
		ts.Fatalf("stdout is not one JSON value: %v", err)
	}
	compareFigures(ts, args, func(path string) any {
		at := whole
		for step := range strings.SplitSeq(path, ".") {
			at = inside(at, step)
		}
		return at
	})
}

// inside takes one step into a JSON value; nil where there is nothing. "len" is the length of an array.
func inside(value any, step string) any {
	switch v := value.(type) {
	case map[string]any:
		return v[step]
	case []any:
		n, err := strconv.Atoi(step)
		switch {
		case step == "len":
			return float64(len(v))
		case err == nil && n < len(v):
			return v[n]
		}
	}
	return nil
}

// compareFigures compares NAME=VALUE arguments, the values in their JSON form or as bare words.
func compareFigures(ts *testscript.TestScript, args []string, find func(name string) any) {
	for _, arg := range args {
		name, want, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%q: write NAME=VALUE", arg)
		}
		value := find(name)
		got, err := json.Marshal(value)
		ts.Check(err)
		if text, isText := value.(string); string(got) != want && (!isText || text != want) {
			ts.Fatalf("%s is %s, want %s", name, got, want)
		}
	}
}
