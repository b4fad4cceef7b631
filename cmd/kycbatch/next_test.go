package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// A command that is printed for a ledger names its API, however the reading command came to it.
func TestTypedForALedger(t *testing.T) {
	const theirs = "https://kyc.example.com/api"
	here := filepath.Join(t.TempDir(), "data")
	for name, c := range map[string]struct {
		api  string // of the ledger
		says globals
		flag bool // --api-url was typed
		want string
	}{
		"the default":        {theirs, globals{apiURL: theirs, dataDir: here}, false, " --data-dir " + here},
		"typed":              {theirs, globals{apiURL: theirs + "/", dataDir: here}, true, " --data-dir " + here + " --api-url " + theirs},
		"another":            {theirs, globals{apiURL: "https://other.example.com", dataDir: here, config: "a b.yaml"}, false, " --config 'a b.yaml' --data-dir " + here + " --api-url " + theirs},
		"the sandbox":        {sandboxBase, globals{sandbox: true, apiURL: theirs, dataDir: here}, false, " --sandbox --data-dir " + here},
		"the sandbox's data": {sandboxBase, globals{apiURL: theirs, dataDir: here + sandboxSuffix + "/"}, false, " --sandbox --data-dir " + here},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := campaign.OpenLedger(t.TempDir(), true, campaign.LedgerOptions{Identity: campaign.LedgerIdentity{API: c.api, Partner: "PA_1"}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, file.Close()) })
			p := &program{options: c.says, came: map[string]origin{}}
			if c.flag {
				p.came["api-url"] = origin{source: fromFlag}
			}
			require.Equal(t, "kycbatch undecided"+c.want, p.typedFor(&store{file: file}, "undecided"))
		})
	}
	p := &program{options: globals{apiURL: theirs}, came: map[string]origin{"api-url": {source: fromFlag}}}
	require.Equal(t, "kycbatch create FILE.csv --api-url "+theirs, p.typed("create FILE.csv"))
	p.came = nil
	require.Equal(t, "kycbatch create FILE.csv", p.typed("create FILE.csv"))
}
