package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// sandboxOptions are the flags of the command sandbox.
type sandboxOptions struct {
	listen  string
	seed    uint64
	faults  float64
	late    time.Duration
	limit   string
	latency time.Duration
	world   string
}

const sandboxLong = `Serve the partner API on this machine, without mails, until a signal comes.

It has the API's rules as its page gives them, and with --faults what networks and servers do to them. Any credentials
are good, unless --auth-id-file and --auth-token-file name some. Every account that begins with MA_ exists, except
those that begin with MA_NONE. GET /journal says what was done: sessions, mails, revokes and their causes.

`

func newSandbox(p *program) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local API to rehearse against",
		Long:  sandboxLong + exitHelp,
		Example: `  kycbatch sandbox
  kycbatch sandbox --listen 127.0.0.1:0 --faults 0.3 --seed 7 --world world.jsonl`,
		Args: cobra.NoArgs,
		RunE: p.does(func(ctx context.Context, _ []string) (int, error) { return p.sandbox(ctx, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8787", "loopback address and port; port 0 takes a free one")
	f.Uint64Var(&o.seed, "seed", 1, "decides session ids and faults: the same seed, the same world")
	f.Float64Var(&o.faults, "faults", 0, "share of creates and lists that go wrong, 0 to 1")
	f.DurationVar(&o.late, "late", sandbox.DefaultLateBy, "how late an effect can come after its request timed out")
	f.StringVar(&o.limit, "limit", defaultSandboxRate, "requests a second that are let through; 0 is no limit")
	meansItsOwn(f, "limit") // of other commands it is a number of rows
	f.DurationVar(&o.latency, "latency", 0, "time that each answer takes")
	f.StringVar(&o.world, "world", "", "file that holds the sessions, so that the next process meets them (default: memory)")
	return cmd
}

// sandbox is the command.
func (p *program) sandbox(ctx context.Context, o sandboxOptions) (code int, err error) {
	limit, err := campaign.ParseRate(o.limit)
	if err != nil {
		return 0, failed(exitUsage, "", "--limit: %w", err)
	}
	faults := sandbox.Storm(o.faults)
	faults.LateBy = o.late
	cfg := sandbox.Config{Seed: o.seed, Limit: float64(limit), Latency: o.latency, World: o.world, Faults: faults}
	if p.options.authIDFile != "" || p.options.authTokenFile != "" {
		id, token, err := p.credentials()
		if err != nil {
			return 0, err
		}
		cfg.AuthID, cfg.AuthToken = id.Reveal(), token.Reveal()
	}
	server, err := sandbox.New(cfg)
	if err != nil {
		return 0, failed(exitUsage, "", "%w", err)
	}
	defer closing(server.Close, &err)
	listener, err := sandbox.Listen(o.listen)
	if err != nil {
		return 0, failed(exitUsage, "choose another --listen", "%w", err)
	}
	base := "http://" + listener.Addr().String() + "/api/v1/partner"
	p.talk.say("In another shell:\n  export VOBIZ_AUTH_ID=PA_SANDBOX VOBIZ_AUTH_TOKEN=sandbox\n  kycbatch create FILE.csv --api-url %s --settle %s\nCtrl-C ends it.",
		base, max(sandboxSettle, 2*o.late))
	fmt.Fprintf(p.out, "sandbox ready: %s\n", base)
	if err := p.out.Flush(); err != nil {
		return 0, fmt.Errorf("say that the sandbox is ready: %w", err)
	}
	return exitDone, server.Serve(ctx, listener)
}
