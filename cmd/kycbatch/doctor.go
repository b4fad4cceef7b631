package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	pace    pace // of its few requests; only the time for one is a flag
	offline bool
}

const doctorLong = `Look for what could spoil a campaign, before it begins: configuration, credentials, the API, this machine's clock, the
data directory, its disk and its ledger. Nothing is sent, made or changed; the API is only asked to list one session
and, where it has that, for the partner's profile.

Each check ends as ok, warning or problem, and says what to do. It is exit 0 if there is no problem, else the code that
a run would have ended with, or 2.

`

func newDoctor(p *program) *cobra.Command {
	o := doctorOptions{pace: pace{workers: 1}}
	cmd := &cobra.Command{
		Use:         "doctor",
		Short:       "Look for what could spoil a campaign",
		Long:        doctorLong + exitHelp,
		Example:     "  kycbatch doctor\n  kycbatch doctor --offline -o json",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{configOptional: ""}, // its problems are for the doctor to tell
		PreRunE:     p.checks(func() error { return o.pace.check(p.options.sandbox) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.doctor(ctx, cmd, o) })
	f := cmd.Flags()
	f.DurationVar(&o.pace.timeout, "timeout", campaign.DefaultTimeout, "time for one request")
	f.BoolVar(&o.offline, "offline", false, "do not ask the API")
	return cmd
}

// The states of a finding.
const (
	stateOK      = "ok"
	stateWarning = "warning" // a campaign can run
	stateProblem = "problem" // it would not, or not safely
)

// finding is what one check found: an entry of schema kycbatch/doctor/1.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"` // what to do; "" where all is well
	code   int    // of a problem
}

func well(check, format string, args ...any) finding {
	return finding{Check: check, State: stateOK, Found: fmt.Sprintf(format, args...)}
}

func doubtful(check, advice, format string, args ...any) finding {
	return finding{Check: check, State: stateWarning, Found: fmt.Sprintf(format, args...), Advice: advice}
}

// wrong makes a problem of an error, with its exit code and its advice.
func wrong(check string, err error) finding {
	f := finding{Check: check, State: stateProblem, Found: err.Error(), Advice: advice(err), code: codeOf(err)}
	if f.Advice == "" {
		f.Advice = "mend what it names, and look again"
	}
	return f
}

// doctor is the command.
func (p *program) doctor(ctx context.Context, cmd *cobra.Command, o doctorOptions) (code int, err error) {
	found, err := p.examine(ctx, cmd, o)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return 0, err
	}
	code = codeOfFindings(found)
	if p.options.output == formatJSON {
		return code, p.print(struct {
			Schema   string    `json:"schema"`
			Checks   []finding `json:"checks"`
			ExitCode int       `json:"exit_code"`
		}{"kycbatch/doctor/1", found, code})
	}
	p.printFindings(found)
	return code, nil
}

// examine makes all checks. The ledger stays open to the end: no run begins meanwhile, so the world of the embedded API
// is nobody else's.
func (p *program) examine(ctx context.Context, cmd *cobra.Command, o doctorOptions) (found []finding, err error) {
	dir := p.dataDir()
	folder := examineDir(dir)
	credentials := p.examineCredentials()
	found = append(p.examineConfig(), p.examineWebhook(cmd), examineZones(time.LoadLocation))
	found = append(append(found, folder...), credentials...)

	t, targetErr := p.target(o.pace.timeout) // without its identity the ledger's is not compared
	inUse := false
	if folder[0].State == stateProblem {
		found = append(found, doubtful("ledger", "mend the data directory, and look again", "not looked at"))
	} else {
		ledger, file, locked := examineLedger(ctx, dir, t.identity)
		if file != nil {
			defer closing(file.Close, &err)
		}
		found, inUse = append(found, ledger...), locked
	}
	switch {
	case o.offline:
	case worst(credentials) == stateProblem:
		found = append(found, doubtful("api", "mend the credentials, and look again", "not asked, for want of credentials"))
	case targetErr != nil:
		found = append(found, wrong("api", targetErr))
	case p.options.sandbox && inUse: // its embedded API is, too
		found = append(found, well("api", "not asked: it is built into the run that holds the ledger"))
	default:
		var asked []finding
		asked, err = p.examineAPI(ctx, t, o.pace, dir)
		found = append(found, asked...)
	}
	return found, err
}

func worst(found []finding) string {
	state := stateOK
	for _, f := range found {
		if f.State == stateProblem || f.State == stateWarning && state == stateOK {
			state = f.State
		}
	}
	return state
}

func codeOfFindings(found []finding) int {
	var codes []int
	for _, f := range found {
		if f.State == stateProblem {
			codes = append(codes, f.code)
		}
	}
	if code := weigh(codes...); code != exitDone || len(codes) == 0 {
		return code
	}
	return exitUsage
}

func (p *program) printFindings(found []finding) {
	const indent = "\n                        " // as wide as the two columns before the text
	counts := map[string]int{}
	for _, f := range found {
		counts[f.State]++
		text := strings.ReplaceAll(f.Found, "\n", indent)
		if f.Advice != "" {
			text += indent + "→ " + strings.ReplaceAll(f.Advice, "\n", indent+"  ")
		}
		fmt.Fprintf(p.out, "%-8s %-14s %s\n", f.State, f.Check, printable(text))
	}
	if worst(found) == stateOK {
		fmt.Fprintln(p.out, "\nAll is well.")
		return
	}
	fmt.Fprintf(p.out, "\n%s, %s.\n", things(counts[stateProblem], "problem"), things(counts[stateWarning], "warning"))
}

// examineConfig tries the whole configuration file, whatever command its settings are for.
func (p *program) examineConfig() []finding {
	const check = "configuration"
	switch {
	case p.fileErr != nil:
		f := wrong(check, p.fileErr)
		if bad := (*configError)(nil); errors.As(p.fileErr, &bad) {
			f.Advice = "mend it: until then every command refuses it. What follows goes by flags, environment and defaults"
		}
		return []finding{f}
	case p.file == nil:
		return []finding{well(check, "no file: flags, environment and defaults hold")}
	}
	if problems := p.file.tryOut(); len(problems) > 0 {
		return []finding{wrong(check, failed(exitUsage, "mend it", "%w", &configError{p.file.path, problems}))}
	}
	return []finding{well(check, "%s: %s", p.file.path, things(len(p.file.settings), "setting"))}
}
