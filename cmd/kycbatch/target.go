package main

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

const (
	// sandboxBase is where the embedded API would be if it had an address. Nothing listens there.
	sandboxBase       = "http://127.0.0.1/api/v1/partner"
	sandboxCredential = "sandbox"
	sandboxWorld      = "sandbox-world.jsonl" // in the data directory: the next run meets the same world
	sandboxLimit      = 60                    // requests a second that the embedded API lets through: a run asks for 50, and a slow machine bunches some
)

// target is the API that a command is about, and as whom. Nothing was sent to it yet.
type target struct {
	config   vobiz.Config // without its transport
	identity campaign.LedgerIdentity
	sandbox  bool
	loopback bool // what is sent stays on this machine
}

// target finds the API and the credentials, and checks both without a request.
func (p *program) target(timeout time.Duration) (target, error) {
	t := target{sandbox: p.options.sandbox}
	t.config.BaseURL, t.config.Timeout = p.baseURL(), timeout
	t.config.UserAgent = "kycbatch/" + version()
	if t.sandbox {
		t.config.AuthID, t.config.AuthToken = vobiz.NewSecret(sandboxCredential), vobiz.NewSecret(sandboxCredential)
	} else {
		var err error
		if t.config.AuthID, t.config.AuthToken, err = p.credentials(); err != nil {
			return t, err
		}
	}
	if _, err := vobiz.New(t.config); err != nil {
		return t, failed(exitUsage, "mend --api-url, the credentials or --timeout", "%w", err)
	}
	t.identity = campaign.LedgerIdentity{API: t.config.BaseURL, Partner: t.config.AuthID.Reveal()}
	t.loopback = isLoopback(t.config.BaseURL)
	return t, nil
}

// baseURL is the API's address in the one spelling that a ledger is bound to.
func (p *program) baseURL() string {
	if p.options.sandbox {
		return sandboxBase
	}
	u, err := url.Parse(p.options.apiURL)
	if err != nil {
		return p.options.apiURL // the client says what is wrong
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := ":" + map[string]string{"https": "443", "http": "80"}[u.Scheme]; port != ":" {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u.String()
}

func isLoopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// api is an open connection to a target: the client, and the brake that paces it.
type api struct {
	client *vobiz.Client
	brake  *campaign.Brake
	close  func() error
}

// connect opens the target. With --sandbox, dir holds the world of the embedded API: a command that keeps it locked
// by its ledger writes it; one that may not make anything reads what is there.
func (p *program) connect(t target, o pace, dir string, write bool) (*api, error) {
	a := &api{brake: campaign.NewBrake(o.parsed)}
	var transport http.RoundTripper
	if t.sandbox {
		p.talk.say("Sandbox: the API is built in, and no mail leaves this machine.")
		server, err := sandbox.New(sandbox.Config{
			AuthID: sandboxCredential, AuthToken: sandboxCredential, Limit: sandboxLimit, World: world(dir, write), WebhookHTTP: true,
		})
		if err != nil {
			return nil, err
		}
		transport, a.close = server.Transport(), server.Close
	} else {
		wire := vobiz.NewTransport(o.workers)
		transport, a.close = wire, func() error { wire.CloseIdleConnections(); return nil }
	}
	if p.options.verbose {
		transport = logged{transport, p.log}
	}
	t.config.Transport = transport
	var err error
	if a.client, err = vobiz.New(t.config); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// world is the path of the sandbox's world, "" where it is not there and may not be made.
func world(dir string, write bool) string {
	path := filepath.Join(dir, sandboxWorld)
	if _, err := os.Stat(path); err != nil && !write {
		return ""
	}
	return path
}
