package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kycbatch/campaign"
)

// Format is a kind of file that a report can have.
type Format string

// The formats. report.json is written whatever is asked for: the next report compares itself with it.
const (
	CSV  Format = "csv"  // a file an owner, summary.csv and index.csv
	XLSX Format = "xlsx" // a workbook an owner, and the two lists of CSV
	HTML Format = "html" // report.html
	JSON Format = "json" // report.json alone
)

// Formats are all formats, in the order in which help names them.
func Formats() []Format { return []Format{CSV, XLSX, HTML, JSON} }

// Config says what to report, and where to.
type Config struct {
	Ledger    *campaign.Ledger
	Campaigns []campaign.Campaign // at least one; they are reported in the order of their names
	Dir       string              // folder of the files; made, mode 0700, where there is none
	Formats   []Format            // nil: all
	By        string              // column that names the owners, compared as headers are; "": account_manager, in files that have it
	Since     Since
	Zone      *time.Location // in which days are counted and times are shown; nil: UTC

	FullEmails bool     // show addresses as they are, not as c***@example.com
	Include    []string // facts of verified_data that become columns, as verified_data.pan_name_match
	RawCSV     bool     // CSV for machines: no byte order mark, LF, no cell made safe for spreadsheets

	// Reminder is when a resend of ours would remind the customer of a record next; the zero time: not. nil: none is planned.
	Reminder func(campaign.Record) time.Time
}

// Since says what a report is compared with. The zero value: with nothing.
type Since struct {
	Last bool      // with the report that lies in Config.Dir, if one does
	From time.Time // with how things stood then, by this machine's clock
}

// Errors on which a caller branches: each is a matter of what was asked for.
var (
	ErrColumn   = errors.New("no such column")
	ErrOwners   = errors.New("too many owners")
	ErrVerified = errors.New("the ledger holds no such fact")
	ErrRows     = errors.New("too many rows for a workbook")
	ErrForeign  = errors.New("not a report of ours")
	ErrBusy     = errors.New("another report is being written there")
)

const verifiedPrefix = "verified_data."

// check refuses what can't be reported, before anything is read.
func (cfg Config) check() error {
	if len(cfg.Campaigns) == 0 {
		return errors.New("a report needs a campaign")
	}
	for _, f := range cfg.Formats {
		if !slices.Contains(Formats(), f) {
			return fmt.Errorf("no such format: %q", f)
		}
	}
	for i, name := range cfg.Include {
		if !strings.HasPrefix(name, verifiedPrefix) || name == verifiedPrefix {
			return fmt.Errorf("%w: %q: write it as %span_name_match", ErrVerified, name, verifiedPrefix)
		}
		if slices.Contains(cfg.Include[:i], name) {
			return fmt.Errorf("%w: %q is asked for twice", ErrVerified, name)
		}
	}
	return nil
}

func (cfg Config) has(f Format) bool { return cfg.Formats == nil || slices.Contains(cfg.Formats, f) }

// by finds the column of the owners: "" where nobody named one and no file has the usual one.
func (cfg Config) by() (string, error) {
	name := cfg.By
	if name == "" {
		name = defaultBy
	}
	for _, c := range cfg.Campaigns {
		if i := column(c, name); i >= 0 {
			return c.Header[i], nil
		}
	}
	if cfg.By == "" {
		return "", nil
	}
	var has []string
	for _, c := range cfg.Campaigns {
		for _, h := range c.Header {
			if !slices.Contains(has, h) {
				has = append(has, h)
			}
		}
	}
	return "", fmt.Errorf("%w: %q; there are %s", ErrColumn, cfg.By, strings.Join(has, ", "))
}
