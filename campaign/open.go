package campaign

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"kycbatch/checkpoint"
	"kycbatch/ratelimit"
)

// What a caller of this package needs of the packages below it, under one roof.
type (
	// LedgerFile is the open file behind a Ledger: close it, back it up.
	LedgerFile = checkpoint.Ledger
	// LedgerOptions bind a ledger to its API and partner and name its holder.
	LedgerOptions = checkpoint.Options
	// LedgerIdentity is the API address and the partner that a ledger belongs to.
	LedgerIdentity = checkpoint.Identity
	// LockedError says who holds the ledger.
	LockedError = checkpoint.LockedError
	// Brake paces every request of the process.
	Brake = ratelimit.Brake
	// Rate is a number of requests a second.
	Rate = ratelimit.Rate
)

// Errors of a ledger on which a caller branches.
const (
	ErrLedgerMissing  = checkpoint.ErrMissing            // no ledger at the path
	ErrLedgerUnusable = checkpoint.ErrUnusable           // empty, foreign, cut off or damaged
	ErrLedgerNewer    = checkpoint.ErrNewer              // written by a newer version
	ErrLedgerLinked   = checkpoint.ErrLinked             // a link, or a file with another name
	ErrLedgerOlder    = checkpoint.ErrOlder              // to be migrated by a command that writes
	ErrLedgerIdentity = checkpoint.ErrIdentity           // of another API or partner
	ErrLedgerLost     = checkpoint.ErrFenceWithoutLedger // a fence shows that one was here
	ErrLedgerFull     = checkpoint.ErrFull               // no space left
	ErrLedgerBroken   = checkpoint.ErrBroken             // a write failed: nothing more is written
	ErrLedgerReadOnly = checkpoint.ErrReadOnly
	ledgerFile        = "ledger.db"
	campaignsFolder   = "campaigns"
	maxCampaignName   = 64
	fallbackName      = "campaign"
)

// NewBrake and ParseRate are those of package ratelimit.
func NewBrake(r Rate) *Brake { return ratelimit.New(r) }

// ParseRate reads "5/s", "300/m", "3600/h" or "unlimited".
func ParseRate(s string) (Rate, error) { return ratelimit.ParseRate(s) }

// LedgerPath is where the ledger of a data directory lies.
func LedgerPath(dataDir string) string { return filepath.Join(dataDir, ledgerFile) }

// OpenLedger opens the ledger of a data directory for a run, and holds the run lock until it is closed.
// create makes one where there is none. The errors are those of package checkpoint.
func OpenLedger(dataDir string, create bool, o LedgerOptions) (*LedgerFile, error) {
	path := LedgerPath(dataDir)
	l, err := checkpoint.Open(path, o)
	if create && errors.Is(err, checkpoint.ErrMissing) {
		return checkpoint.Create(path, o)
	}
	return l, err
}

// CompactLedger writes the ledger of a data directory anew, so that nothing is left in its file of what was deleted or
// overwritten. Nobody may have it open, this process included. The errors are those of package checkpoint.
func CompactLedger(dataDir string, o LedgerOptions) error {
	return checkpoint.Compact(LedgerPath(dataDir), o)
}

// ReadLedger opens the ledger of a data directory for reading only.
func ReadLedger(dataDir string, o LedgerOptions) (*LedgerFile, error) {
	return checkpoint.OpenReadOnly(LedgerPath(dataDir), o)
}

// ResultsDir is where the result files of a campaign lie.
func ResultsDir(dataDir, campaign string) string {
	return filepath.Join(dataDir, campaignsFolder, campaign)
}

var campaignName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)

// CheckName refuses a campaign name that could not be a folder's name everywhere.
func CheckName(name string) error {
	if !campaignName.MatchString(name) || len(name) > maxCampaignName {
		return fmt.Errorf("a campaign's name has 1 to %d letters, digits, dots, hyphens or underscores, and begins with a letter, a digit or an underscore", maxCampaignName)
	}
	return nil
}

// NameFor makes a campaign's name of a file's name.
func NameFor(path string) string {
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(base, "-")
	name = strings.Trim(name, ".-")
	if len(name) > maxCampaignName {
		name = strings.Trim(name[:maxCampaignName], ".-")
	}
	if name == "" {
		return fallbackName
	}
	return name
}
