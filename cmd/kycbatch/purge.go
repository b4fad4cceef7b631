package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// purgeOptions are the flags of purge.
type purgeOptions struct {
	campaign  string
	olderThan string
	keep      []string
	expect    int
}

const purgeLong = `Remove personal data from a campaign whose work is over, and keep its counts. Nothing goes to the API.

Of rows whose account completed, was revoked, expired, failed, was refused, skipped or withdrawn longer ago than
--older-than, and of invalid ones, the cells go (but for the account and the columns of --keep), with what they asked for,
addresses, corrections, and what was kept of verified_data; in a redirect campaign their links too. State, session and
times stay. Accounts for which anything is still to be done, and sessions that may still live, are left as they are.

results.csv and rejected.csv are written anew, reports in the data directory are removed, and the ledger's file is
compacted, so that no free page holds what was removed. Backups and your own copies are not touched. There is no way
back: the number of rows has to be typed, or given with --expect.

`

func newPurge(p *program) *cobra.Command {
	var o purgeOptions
	cmd := &cobra.Command{
		Use:   "purge",
		Short: "Remove the personal data of what is over, and keep the counts",
		Long:  purgeLong + exitHelp,
		Example: `  kycbatch purge --campaign customers --older-than 90d
  kycbatch purge --campaign customers --older-than 90d --keep account_manager,plan,region --expect 1180`,
		Args:    cobra.NoArgs,
		PreRunE: p.checks(func() error { _, err := o.check(p); return err }),
	}
	cmd.RunE = p.does(func(ctx context.Context, _ []string) (int, error) { return p.purge(ctx, o, cmd.Flags()) })
	f := cmd.Flags()
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the only one)")
	f.StringVar(&o.olderThan, "older-than", "", "how long ago it must have ended, as 90d or 36h (needed)")
	f.StringSliceVar(&o.keep, "keep", []string{"account_manager", "plan"}, "columns of the file whose cells stay, for counts by them")
	f.IntVar(&o.expect, "expect", 0, "go on only if exactly this many rows are meant")
	return cmd
}

// check refuses values out of range, and reads how long ago.
func (o *purgeOptions) check(p *program) (time.Duration, error) {
	age, ok := parseAge(o.olderThan)
	switch {
	case o.olderThan == "":
		return 0, failed(exitUsage, "", "--older-than is missing: say how long ago it must have ended, as 90d")
	case !ok:
		return 0, failed(exitUsage, "", "--older-than %q: write days as 90d, or hours as 36h", o.olderThan)
	case p.given["expect"] && o.expect < 0:
		return 0, failed(exitUsage, "", "--expect %d: it is a number of rows", o.expect)
	}
	return age, nil
}

// purgeEnd is a purge that came to its end.
type purgeEnd struct {
	plan      campaign.PurgePlan
	done      campaign.Purged
	files     campaign.Files
	removed   []string // paths of reports
	backups   []string // paths of copies that still have everything
	compacted bool
	code      int
}

// purge is the command. The ledger is let go before its file is written anew.
func (p *program) purge(ctx context.Context, o purgeOptions, flags *pflag.FlagSet) (int, error) {
	t, err := p.target(campaign.DefaultTimeout) // nothing is asked of it: it says whose ledger is meant
	if err != nil {
		return 0, err
	}
	end, err := p.purgeLedger(ctx, o, t, flags)
	if err != nil {
		return 0, err
	}
	dir := p.dataDir()
	if err := compactLedger(dir, t); err != nil {
		p.talk.complain(failed(exitAgain, "give the same command again: it purges nothing twice", "free pages of the ledger still hold what was removed: %w", err))
		end.code = weigh(end.code, exitAgain)
	} else {
		end.compacted = true
	}
	end.backups = backupsIn(dir)
	if p.options.output == formatJSON {
		err = p.print(end.object())
	} else {
		end.print(p.out)
	}
	return end.code, errors.Join(err, p.out.Flush())
}

// purgeLedger plans, asks, and purges ledger and files.
func (p *program) purgeLedger(ctx context.Context, o purgeOptions, t target, flags *pflag.FlagSet) (end purgeEnd, err error) {
	age, err := o.check(p)
	if err != nil {
		return end, err
	}
	s, err := p.open(t, false, strings.TrimSpace("purge "+o.campaign))
	if err != nil {
		return end, err
	}
	defer closing(s.close, &err)
	c, err := s.choose(o.campaign)
	if err != nil {
		return end, err
	}
	s.desk.does("planning")
	end.plan, err = s.ledger.PlanPurge(campaign.Purge{Campaign: c.Name, Before: time.Now().Add(-age), Keep: o.keep})
	if err != nil {
		return end, err
	}
	if missing := end.plan.Missing(); len(missing) > 0 && p.given["keep"] {
		return end, failed(exitUsage, "its columns are: "+strings.Join(c.Header, ", "), "--keep: the file of campaign %s has no column %s", c.Name, strings.Join(missing, ", "))
	}
	showPurge(p.talk, end.plan)
	s.desk.does("waiting for the answer to its question")
	rows := things(end.plan.Rows, "row")
	if err := p.counted(ctx, o.expect, end.plan.Rows, "row", "would remove the personal data of "+rows, "This removes the personal data of "+rows+", for good.", false); err != nil {
		return end, err
	}
	s.desk.does("purging")
	dir := campaign.ResultsDir(s.dir, c.Name)
	if end.done, err = s.ledger.Purge(ctx, end.plan, dir, p.origin("purge", flags)); err != nil {
		return end, err
	}
	if err = campaign.ForgetRejected(dir); err != nil { // what somebody has edited holds what is personal, too
		return end, err
	}
	if end.files, err = p.writeResults(s, campaign.Config{}, campaign.Summary{Campaign: c.Name}); err == nil {
		end.removed, err = end.removeReports(filepath.Join(dir, reportFolder), filepath.Join(s.dir, reportFolder))
	}
	if err != nil { // the ledger is purged: go on and compact it
		p.talk.complain(err)
		end.code = weigh(end.code, codeOf(err), exitAgain)
	}
	return end, nil
}

// compactLedger writes the ledger's file anew where the disk has room for it.
func compactLedger(dir string, t target) error {
	if err := roomForCopy(campaign.LedgerPath(dir)); err != nil {
		return err
	}
	return campaign.CompactLedger(dir, campaign.LedgerOptions{Identity: t.identity, Holder: "purge"})
}

// removeReports removes the files of reports in folders, and no other files, where anything was purged that may be in them.
// What it removed, it says also where it failed.
func (e purgeEnd) removeReports(folders ...string) (removed []string, err error) {
	if e.done == (campaign.Purged{}) {
		return nil, nil
	}
	for _, folder := range folders {
		entries, failed := os.ReadDir(folder)
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !slices.Contains([]string{".csv", ".xlsx", ".html", ".json"}, filepath.Ext(e.Name())) {
				continue
			}
			path := filepath.Join(folder, e.Name())
			if failed := os.Remove(path); failed != nil {
				err = errors.Join(err, failed)
				continue
			}
			removed = append(removed, path)
		}
	}
	return removed, err
}

// backupsIn are the copies of the ledger in a data directory: those of kycbatch backup, those made before a migration, and what
// kycbatch recover has set aside.
func backupsIn(dir string) (paths []string) {
	for _, pattern := range []string{filepath.Join(backupFolder, "*.db"), "ledger.db.v*.bak", "ledger.db.damaged-*"} {
		found, _ := fs.Glob(os.DirFS(dir), filepath.ToSlash(pattern)) // the pattern is sound
		for _, name := range found {
			paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	return paths
}
