package main

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// hold is what a run has in hand: the ledger, which nobody else has meanwhile, and the API. Whoever took it closes it.
type hold struct {
	target target
	store  *store
	api    *api
	cfg    campaign.Config // Ledger, Client, Brake, Workers, Timeout and Origin; the rest is the command's own
}

// hold takes the ledger for a command and connects to the API. Others who want the ledger are told of the command, and of the campaign
// that it was given.
func (p *program) hold(command, named string, o pace, flags *pflag.FlagSet) (*hold, error) {
	t, err := p.target(o.timeout)
	if err != nil {
		return nil, err
	}
	s, err := p.open(t, false, strings.TrimSpace(command+" "+named))
	if err != nil {
		return nil, err
	}
	a, err := p.connect(t, o, s.dir, true)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return &hold{target: t, store: s, api: a, cfg: campaign.Config{
		Ledger: s.ledger, Client: a.client, Brake: a.brake, Workers: o.workers, Timeout: o.timeout, Origin: p.origin(command, flags),
	}}, nil
}

func (h *hold) close() error { return errors.Join(h.api.close(), h.store.close()) }
