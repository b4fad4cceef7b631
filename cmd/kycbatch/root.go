package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/internal/vobiz"
)

// globals are the flags that every command has.
type globals struct {
	dataDir       string
	config        string
	apiURL        string
	sandbox       bool
	output        string
	progress      string
	logFormat     string
	quiet         bool
	verbose       bool
	yes           bool
	authIDFile    string
	authTokenFile string
}

const (
	defaultDataDir = "./kycbatch-data"
	sandboxSuffix  = "-sandbox" // what is rehearsed never meets what is real
	formatText     = "text"
	formatJSON     = "json"
)

func (g *globals) addFlags(f *pflag.FlagSet) {
	f.StringVar(&g.dataDir, "data-dir", "", "folder of the ledger and the results (default "+defaultDataDir+", or $STATE_DIRECTORY)")
	f.StringVar(&g.config, "config", "", "configuration file (default "+configHere+" here, or ~/.config/"+configAtHome+"); an empty name: none")
	f.StringVar(&g.apiURL, "api-url", vobiz.DefaultBaseURL, "address of the partner API")
	f.BoolVar(&g.sandbox, "sandbox", false, "rehearse against the built-in API: no credentials, no mail, data in <data-dir>"+sandboxSuffix)
	f.StringVarP(&g.output, "output", "o", formatText, "result on stdout as text or json")
	f.StringVar(&g.progress, "progress", progressAuto, "progress on stderr: auto, bar, plain or none")
	f.StringVar(&g.logFormat, "log-format", formatText, "log on stderr (with -v) as text or json")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "no progress")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "log each request on stderr; plan lists every problem")
	f.BoolVarP(&g.yes, "yes", "y", false, "do not ask; without a terminal also --limit or --expect is needed")
	f.StringVar(&g.authIDFile, "auth-id-file", "", "file that holds the partner's id, in place of VOBIZ_AUTH_ID")
	f.StringVar(&g.authTokenFile, "auth-token-file", "", "file that holds the auth token, in place of VOBIZ_AUTH_TOKEN")
}

const rootLong = `kycbatch turns a CSV of accounts into KYC sessions, one each, and follows what it began.

One live session and one invitation per account, whatever fails: kill it, run it again, and no customer
gets a second mail or loses a link. What the API cannot tell is shown as undecided, never guessed.

Every flag can be set beforehand. create --rate comes from the command line, else from KYCBATCH_CREATE_RATE or
KYCBATCH_RATE, else from "create: {rate: 5/s}" or "rate: 5/s" in the configuration file, else from its default;
kycbatch config show says which. kycbatch init writes a configuration file to begin with.

Credentials come from VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, from --auth-id-file and --auth-token-file, or from systemd's
credentials vobiz-auth-id and vobiz-auth-token; they are never flag values. Output has no colours, so NO_COLOR is kept.

`

const rootExample = `  kycbatch init                             a configuration file and a sample CSV to begin with
  kycbatch create --sandbox customers.csv   rehearse: no mail leaves this machine
  kycbatch plan customers.csv               what a run would do
  kycbatch create customers.csv             do it
  kycbatch create --campaign customers      go on with what is pending`

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:           "kycbatch",
		Short:         "KYC campaigns: from a CSV to one session per account, once each",
		Long:          rootLong + exitHelp,
		Example:       rootExample,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return p.prepare(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	p.options.addFlags(root.PersistentFlags())
	root.AddCommand(newPlan(p), newCreate(p), newReplace(p), newRevoke(p), newWithdraw(p), newStatus(p), newStop(p), newUndecided(p), newAudit(p),
		newSync(p), newResend(p), newReport(p), newHistory(p), newBackup(p), newRecover(p), newNightly(p), newPurge(p), newSandbox(p), newInit(p), newConfig(p), newDoctor(p), newVersion(p))
	root.SetIn(p.stdin)
	root.SetOut(p.out)
	root.SetErr(p.talk)
	root.InitDefaultCompletionCmd() // after SetOut, which it keeps
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" { // as cobra makes it, it takes an unknown shell for a wish to read the help
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}

// configOptional marks a command that does its work although the configuration file cannot be used.
const configOptional = "kycbatch_config_optional"

// prepare gives every flag its value: of the command line, the environment, the configuration file. Whatever it
// refuses is a matter of usage.
func (p *program) prepare(cmd *cobra.Command) error {
	file, err := p.configuration(cmd)
	if _, optional := cmd.Annotations[configOptional]; err != nil && !optional && !ofCobra(cmd) && cmd.HasParent() {
		return err
	}
	p.file, p.fileErr = file, err
	if !ofCobra(cmd) {
		p.warnOfVariables(cmd.Root())
	}
	if err := p.take(cmd, file); err != nil {
		return err
	}
	if p.options.verbose {
		p.log = newLog(p.talk, p.options.logFormat)
	}
	return nil
}

// take makes the settings of a command this program's own.
func (p *program) take(cmd *cobra.Command, file *configFile) (err error) {
	if p.came, err = p.settle(cmd, file); err != nil {
		return err
	}
	p.given = map[string]bool{}
	for name, from := range p.came {
		p.given[name] = from.source != fromDefault
	}
	if err := p.options.check(cmd.Flags()); err != nil {
		return p.withSources(cmd, err)
	}
	return nil
}

// check refuses values that no global flag can have.
func (g *globals) check(flags *pflag.FlagSet) error {
	for _, choice := range []struct {
		flag, value string
		allowed     []string
	}{
		{"output", g.output, []string{formatText, formatJSON}},
		{"log-format", g.logFormat, []string{formatText, formatJSON}},
		{"progress", g.progress, []string{progressAuto, progressBar, progressPlain, progressNone}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return failed(exitUsage, "", "--%s %q: choose one of %s", choice.flag, choice.value, strings.Join(choice.allowed, ", "))
		}
	}
	if g.sandbox && flags.Changed("api-url") {
		return failed(exitUsage, "give one of them", "--sandbox brings its own API, so --api-url has no place beside it")
	}
	return nil
}

// checks makes the check of a command's options what cobra runs before the command. Nothing was read or sent yet.
func (p *program) checks(check func() error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if err := check(); err != nil {
			return p.withSources(cmd, err)
		}
		return nil
	}
}

// withSources adds to the refusal of a value that perhaps nobody typed where to look for it.
func (p *program) withSources(cmd *cobra.Command, err error) error {
	var f *failure
	for _, from := range p.came {
		if (from.source == fromEnvironment || from.source == fromConfig) && errors.As(err, &f) {
			next := "kycbatch config show " + sectionOf(cmd) + " says where each value comes from"
			return failed(f.code, strings.TrimPrefix(f.next+"\n"+next, "\n"), "%w", err)
		}
	}
	return err
}

// dataDir is the folder of the ledger: of the sandbox's where that is used.
func (p *program) dataDir() string {
	dir := p.options.dataDir
	if dir == "" {
		dir, _ = p.defaultDir()
	}
	dir = filepath.Clean(dir)
	if p.options.sandbox {
		dir += sandboxSuffix
	}
	return dir
}

// defaultDir is the data directory where none is named. systemd's $STATE_DIRECTORY can name several folders; the
// first one is meant.
func (p *program) defaultDir() (string, origin) {
	const variable = "STATE_DIRECTORY"
	state, _ := p.lookup(variable)
	if dir, _, _ := strings.Cut(state, ":"); dir != "" {
		return dir, origin{fromEnvironment, variable}
	}
	return defaultDataDir, origin{source: fromDefault}
}
