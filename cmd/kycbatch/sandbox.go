package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// sandboxPath is where the API is, below the address of a sandbox.
const sandboxPath = "/api/v1/partner"

// sandboxOptions are the flags of the command sandbox.
type sandboxOptions struct {
	listen  string
	seed    uint64
	clock   string
	crowd   string
	faults  float64
	late    time.Duration
	stale   time.Duration
	read    []string
	limit   string
	latency time.Duration
	world   string
}

const sandboxLong = `Serve the partner API on this machine, without mails, until a signal comes.

It has the API's rules as its page gives them, and with --faults what networks and servers do to them. Where the page
leaves a meaning open, --reading chooses another than the first. Any credentials are good, unless --auth-id-file and
--auth-token-file name some. Every account that begins with MA_ exists, except those that begin with MA_NONE.

A browser sees the mails under /mail. Follow the link in one to be its customer: enter a PAN, then a one-time code,
and see the session complete. With --crowd the other customers do so by themselves. Under /journal is what was done:
sessions, mails, revokes and their causes, and the verdict on them.

--clock 600x lets the world's clock run 600 times as fast: customers, expiry, the resend's half hour and reminders
follow it, a day takes 2m24s. What is between the program and the API does not: --late, --stale, --latency, --limit
and the reading shown-after are times of your own clock at any speed, and so is the settle time of create.

Webhooks are delivered to this machine alone: --webhook-url http://127.0.0.1:9000/kyc of create is a receiver of yours,
and nothing leaves for anywhere else. They are signed with the token that the program came with.

While it runs, GET and PUT of /faults, /readings and /clock look at it and change it; see the README.

`

// readingsHelp lists what --reading can choose.
func readingsHelp() string {
	var b strings.Builder
	b.WriteString("Readings, each with its values, the first one first:\n")
	for _, c := range sandbox.ReadingChoices() {
		fmt.Fprintf(&b, "  %-22s %s: %s\n", c.Name, c.About, strings.Join(c.Values, ", "))
	}
	return b.String() + "\n"
}

func newSandbox(p *program) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local API to rehearse against",
		Long:  sandboxLong + readingsHelp() + exitHelp,
		Example: `  kycbatch sandbox
  kycbatch sandbox --clock 600x --crowd typical
  kycbatch sandbox --crowd open=90%,complete=80%,fail=5%,delay=1d
  kycbatch sandbox --reading failed=kyc-word --reading oldest-first=true
  kycbatch sandbox --listen 127.0.0.1:0 --faults 0.3 --seed 7 --world world.jsonl`,
		Args: cobra.NoArgs,
		RunE: p.does(func(ctx context.Context, _ []string) (int, error) { return p.sandbox(ctx, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8787", "loopback address and port; port 0 takes a free one")
	f.Uint64Var(&o.seed, "seed", 1, "decides session ids, faults and what the crowd does: the same seed, the same world")
	f.StringVar(&o.clock, "clock", "1x", "how many times as fast as yours the world's clock runs, up to 86400x")
	f.StringVar(&o.crowd, "crowd", "", "customers who act by themselves: typical, or open=70%,complete=75%,fail=3%,delay=8h (default: nobody)")
	f.Float64Var(&o.faults, "faults", 0, "share of creates and lists that go wrong, 0 to 1")
	f.DurationVar(&o.late, "late", sandbox.DefaultLateBy, "how late an effect can come after its request timed out")
	f.DurationVar(&o.stale, "stale", sandbox.DefaultStaleBy, "how old the world is that a stale list shows")
	f.StringSliceVar(&o.read, "reading", nil, "NAME=VALUE, a meaning that the API page leaves open; repeatable (default: the first of each)")
	f.StringVar(&o.limit, "limit", defaultSandboxRate, "requests a second that are let through; 0 is no limit")
	meansItsOwn(f, "limit") // of other commands it is a number of rows
	f.DurationVar(&o.latency, "latency", 0, "time that each answer takes")
	f.StringVar(&o.world, "world", "", "file that holds the sessions, so that the next process meets them (default: memory)")
	return cmd
}

// sandbox is the command.
func (p *program) sandbox(ctx context.Context, o sandboxOptions) (code int, err error) {
	cfg, err := p.sandboxConfig(o)
	if err != nil {
		return 0, err
	}
	listener, err := sandbox.Listen(o.listen)
	if err != nil {
		return 0, failed(exitUsage, "choose another --listen", "%w", err)
	}
	cfg.LinkBase = "http://" + listener.Addr().String()
	server, err := sandbox.New(cfg)
	if err != nil {
		return 0, errors.Join(failed(exitUsage, "", "%w", err), listener.Close())
	}
	defer closing(server.Close, &err)
	fmt.Fprintln(p.talk, o.guide(cfg))
	fmt.Fprintf(p.out, "sandbox ready: %s\n", cfg.LinkBase+sandboxPath)
	if err := p.out.Flush(); err != nil {
		return 0, errors.Join(fmt.Errorf("say that the sandbox is ready: %w", err), listener.Close())
	}
	return exitDone, server.Serve(ctx, listener)
}

// sandboxConfig is what the flags ask for.
func (p *program) sandboxConfig(o sandboxOptions) (sandbox.Config, error) {
	cfg := sandbox.Config{Seed: o.seed, Latency: o.latency, World: o.world, Faults: sandbox.Storm(o.faults), WebhookHTTP: true}
	limit, err := campaign.ParseRate(o.limit)
	if err != nil {
		return cfg, failed(exitUsage, "", "--limit: %w", err)
	}
	cfg.Limit = float64(limit)
	speed, err := sandbox.ParseSpeed(o.clock)
	if err == nil && speed == 0 {
		err = errors.New("it has to run, nobody here can set it")
	}
	if err != nil {
		return cfg, failed(exitUsage, "", "--clock: %w", err)
	}
	if cfg.Clock, err = sandbox.NewClock(time.Time{}, speed); err != nil {
		return cfg, failed(exitUsage, "", "--clock: %w", err)
	}
	if cfg.Crowd, err = sandbox.ParseCrowd(o.crowd); err != nil {
		return cfg, failed(exitUsage, "", "--crowd: %w", err)
	}
	if cfg.Readings, err = sandbox.ParseReadings(strings.Join(o.read, ",")); err != nil {
		return cfg, failed(exitUsage, "", "--reading: %w", err)
	}
	cfg.Faults.LateBy, cfg.Faults.StaleBy = o.late, o.stale
	// These follow the world's clock; what a client meets is to be what the flags say.
	for _, d := range []*time.Duration{&cfg.Faults.LateBy, &cfg.Faults.StaleBy, &cfg.Readings.ShownAfter} {
		*d *= time.Duration(speed)
	}
	if p.options.authIDFile != "" || p.options.authTokenFile != "" {
		id, token, err := p.credentials()
		if err != nil {
			return cfg, err
		}
		cfg.AuthID, cfg.AuthToken = id.Reveal(), token.Reveal()
	}
	return cfg, nil
}

// settle is the settle time that is right against a sandbox: twice the time after which every list shows an effect,
// however late it came and however stale the list is.
func settle(cfg sandbox.Config) time.Duration {
	hidden := cfg.Readings.ShownAfter
	if len(cfg.Faults.Rules) > 0 {
		hidden = cfg.Faults.LateBy + max(hidden, cfg.Faults.StaleBy)
	}
	return max(sandboxSettle, 2*hidden/time.Duration(cfg.Clock.Speed()))
}

// guide says what to do with the sandbox that is served at its LinkBase.
func (o sandboxOptions) guide(cfg sandbox.Config) string {
	address, speed := cfg.LinkBase, cfg.Clock.Speed()
	rate := o.limit
	if cfg.Limit == 0 {
		rate = defaultSandboxRate
	}
	create := fmt.Sprintf("kycbatch create FILE.csv --api-url %s --data-dir rehearsal-data --rate %s --settle %s", address+sandboxPath, rate, settle(cfg))
	if o.faults > 0 { // a request that gets no answer costs a whole timeout
		create += fmt.Sprintf(" --timeout %s", o.latency+2*time.Second)
	}
	lines := []string{
		"In another shell:",
		"  export VOBIZ_AUTH_ID=PA_SANDBOX VOBIZ_AUTH_TOKEN=sandbox",
		"  " + create,
		"In a browser:",
		"  " + address + "/mail     the mails; follow the link in one to be its customer",
		"  " + address + "/journal  what was done, and the verdict on it",
	}
	if speed > 1 {
		lines = append(lines, fmt.Sprintf("The clock runs %d times as fast as yours: a day takes %s.", speed, (24*time.Hour/time.Duration(speed)).Round(time.Second)))
	}
	return strings.Join(append(lines, "Ctrl-C ends it."), "\n")
}
