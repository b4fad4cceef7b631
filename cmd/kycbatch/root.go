package main

import (
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

Every flag can be set by the environment: --data-dir is KYCBATCH_DATA_DIR; a flag comes first. Credentials come
from VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, from --auth-id-file and --auth-token-file, or from systemd's credentials
vobiz-auth-id and vobiz-auth-token; they are never flag values. Output has no colours, so NO_COLOR is kept.

`

const rootExample = `  kycbatch create --sandbox customers.csv   rehearse: no mail leaves this machine
  kycbatch plan customers.csv               what a run would do
  kycbatch create customers.csv             do it
  kycbatch create                           go on with what is pending`

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
			return p.prepare(cmd.Flags())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	p.options.addFlags(root.PersistentFlags())
	root.AddCommand(newPlan(p), newCreate(p), newStatus(p), newUndecided(p), newAudit(p), newBackup(p), newSandbox(p), newVersion(p))
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

// prepare settles the global flags. Whatever it refuses is a matter of usage.
func (p *program) prepare(flags *pflag.FlagSet) error {
	if err := p.fromEnvironment(flags); err != nil {
		return err
	}
	g := &p.options
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
	if g.verbose {
		p.log = newLog(p.talk, g.logFormat)
	}
	return nil
}

// fromEnvironment sets every flag that is not on the command line from KYCBATCH_<FLAG>, and notes which were given.
// An empty variable is none.
func (p *program) fromEnvironment(flags *pflag.FlagSet) (err error) {
	p.given = map[string]bool{}
	flags.VisitAll(func(f *pflag.Flag) {
		p.given[f.Name] = f.Changed
		name := "KYCBATCH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := p.lookup(name)
		if f.Changed || !ok || value == "" || f.Name == "help" || err != nil {
			return
		}
		p.given[f.Name] = true
		if wrong := f.Value.Set(value); wrong != nil {
			err = failed(exitUsage, "mend or unset it", "environment variable %s: %w", name, wrong)
		}
	})
	return err
}

// dataDir is the folder of the ledger: of the sandbox's where that is used. systemd's $STATE_DIRECTORY can name
// several folders; the first one is meant.
func (p *program) dataDir() string {
	dir := p.options.dataDir
	if state, ok := p.lookup("STATE_DIRECTORY"); ok && dir == "" {
		dir, _, _ = strings.Cut(state, ":")
	}
	if dir == "" {
		dir = defaultDataDir
	}
	dir = filepath.Clean(dir)
	if p.options.sandbox {
		dir += sandboxSuffix
	}
	return dir
}
