package report

import (
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// Written is what a report left.
type Written struct {
	Document
	Dir string `json:"dir"` // the folder; all names of files are of files in it
}

// Path is where a file of the report lies.
func (w Written) Path(name string) string { return filepath.Join(w.Dir, name) }

// ledger is what a report needs of a campaign.Ledger, which is the one implementation outside of tests: theirs holds rows of every
// kind without the runs that would have led to them.
type ledger interface {
	SyncedAt(campaign.Campaign) (time.Time, error)
	Results(c campaign.Campaign, run uint64, exclude *intake.Exclusions) iter.Seq2[campaign.Result, error]
	TrailEnd() (uint64, error)
	TrailAfter(id uint64) iter.Seq2[campaign.Entry, error]
	TrailFrom(time.Time) iter.Seq2[campaign.Entry, error]
}

// Write makes the report of some campaigns and puts its files into cfg.Dir, all of them or, where it fails, none. What the errors of
// this package stand for is a matter of cfg; the others are the ledger's and the disk's. It asks nobody but the ledger, and no clock:
// the same ledger gives the same bytes.
func Write(ctx context.Context, cfg Config) (Written, error) { return write(ctx, cfg, cfg.Ledger) }

func write(ctx context.Context, cfg Config, l ledger) (w Written, err error) {
	if err := cfg.check(); err != nil {
		return Written{}, err
	}
	m, err := newMaker(cfg, l)
	if err != nil {
		return Written{}, err
	}
	before, err := readDocument(cfg.Dir)
	if err != nil {
		return Written{}, err
	}
	end, err := l.TrailEnd()
	if err != nil {
		return Written{}, err
	}
	since := cfg.Since.mark(before, end)
	if m.events, err = readEvents(ctx, l, since); err != nil {
		return Written{}, err
	}
	m.over.Since = since.At
	into, err := openFolder(cfg.Dir)
	if err != nil {
		return Written{}, err
	}
	defer func() { err = errors.Join(err, into.close()) }()
	if m.spool, err = newSpool(into.path(""), len(m.columns)); err != nil {
		return Written{}, err
	}
	defer func() { err = errors.Join(err, m.spool.close()) }()
	if err := m.gather(ctx); err != nil {
		return Written{}, err
	}
	if err := m.files(ctx, into); err != nil {
		return Written{}, err
	}
	names := slices.Sorted(slices.Values(append(into.names, fileJSON)))
	d := Document{Schema: Schema, Overview: m.over, Files: names, Position: end}
	if m.zone != time.Local {
		d.Timezone = m.zone.String()
	}
	if since != (Mark{}) {
		d.Compared = &since
	}
	if err := into.write(fileJSON, d.write); err != nil {
		return Written{}, err
	}
	if err := into.publish(before.Files); err != nil {
		return Written{}, err
	}
	return Written{Dir: cfg.Dir, Document: d}, nil
}

func newMaker(cfg Config, l ledger) (*maker, error) {
	cfg.Campaigns = slices.SortedFunc(slices.Values(cfg.Campaigns), func(a, b campaign.Campaign) int { return strings.Compare(a.Name, b.Name) })
	by, err := cfg.by()
	if err != nil {
		return nil, err
	}
	m := &maker{cfg: cfg, ledger: l, zone: cfg.Zone, owners: map[string]*owned{}, found: map[string]bool{}}
	if m.zone == nil {
		m.zone = time.UTC
	}
	m.columns = columnsOf(cfg)
	m.cells = make([]any, len(m.columns))
	m.days = calendar{zone: m.zone, days: map[int]Day{}}
	m.over.By, m.over.Zone = by, m.zone
	return m, nil
}

// mark is the place with which the report is compared. A report of the same place compares itself with what the one that lies
// there was compared with: made twice, it is the same.
func (s Since) mark(earlier Document, end uint64) Mark {
	switch {
	case !s.Last:
		return Mark{At: s.From}
	case earlier.Position == end && earlier.Compared != nil:
		return *earlier.Compared
	case earlier.Position == 0 || earlier.Position >= end: // none; or of another ledger, or of this one before it was set back
		return Mark{}
	}
	m := Mark{Position: earlier.Position, At: earlier.AsOf}
	if m.At.IsZero() { // nothing was ever synced: the entry's own time, which its id holds
		m.At = time.UnixMicro(int64(m.Position)).UTC()
	}
	return m
}

// files writes all files but report.json.
func (m *maker) files(ctx context.Context, into *folder) error {
	owners := m.sorted()
	if m.cfg.has(XLSX) {
		if err := checkSheets(owners, sheetRows); err != nil {
			return err
		}
	}
	var all []string
	for _, o := range owners {
		all = append(all, o.Name)
	}
	named := slugs(all)
	if m.cfg.has(CSV) {
		if err := m.csvFiles(ctx, owners, named, into); err != nil {
			return err
		}
	}
	for i, o := range owners {
		if !m.cfg.has(XLSX) {
			break
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		name := named[o.Name] + "." + string(XLSX)
		if err := into.write(name, func(to io.Writer) error {
			return m.writeXLSX(to, o.Counts.Rows, m.spool.lines(&o.lines), into.path(""))
		}); err != nil {
			return err
		}
		m.over.Owners[i].Files = append(m.over.Owners[i].Files, name)
	}
	if m.cfg.has(HTML) {
		if err := into.write(nameReport+".html", func(to io.Writer) error { return writeHTML(to, m.over) }); err != nil {
			return err
		}
	}
	if !m.cfg.has(CSV) && !m.cfg.has(XLSX) {
		return nil
	}
	if err := into.write(nameSummary+".csv", m.writeSummary); err != nil {
		return err
	}
	return into.write(nameIndex+".csv", m.writeIndex)
}

// csvFiles writes the CSV of each owner, on all cores: it is work, and hardly any memory, which a workbook takes much of.
func (m *maker) csvFiles(ctx context.Context, owners []*owned, named map[string]string, into *folder) error {
	writing := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for i, o := range owners {
		name := named[o.Name] + "." + string(CSV)
		into.names = append(into.names, name)
		m.over.Owners[i].Files = append(m.over.Owners[i].Files, name)
		writing.Go(func(ctx context.Context) error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return into.fill(name, func(to io.Writer) error { return m.writeCSV(to, m.spool.lines(&o.lines)) })
		})
	}
	return writing.Wait()
}

// kind is the format of a file.
func kind(name string) Format { return Format(strings.TrimPrefix(filepath.Ext(name), ".")) }
