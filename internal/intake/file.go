package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/text/encoding"
)

// Options says how a file is read. The zero value reads every column and refuses
// rows that contradict each other.
type Options struct {
	Metadata    []string    // columns that become metadata, the others are dropped; empty = every column that has no other use
	OnDuplicate string      // rows of one account that differ: "fail" refuses all, "first" or "last" stands; "" = "fail"
	Exclude     *Exclusions // accounts and addresses that are not contacted; nil = none
	MaxBytes    int64       // a larger file is refused; 0 = 1 GiB, at most 4 GiB; a workbook at most 128 MiB

	// Map says which columns are the known ones, where their headers do not: known column to header. A header that is
	// not mapped then loses the use that a mapped one has. nil = headers speak for themselves.
	Map map[string]string

	// Sheet names the sheet of a workbook; "" = the only visible one that is not empty.
	Sheet string
}

// File is a file that was read to its end and found sound. It is never changed
// after [Open] and may be used by several goroutines. Rows = Valid + Invalid +
// Duplicates + Excluded.
type File struct {
	Path      string   // as given to Open
	SHA256    string   // of its bytes, in hex
	Header    []string // column names, trimmed, without the kyc_ columns of our own result files
	Metadata  []string // the columns that become metadata, the metadata column included
	Delimiter rune     // ',', ';', '|' or tab; 0 in a workbook
	Notices   []string // what was decided about the file that its owner may want to know

	Rows       int // rows below the header; lines without content are none
	Valid      int // can be sent
	Invalid    int // have problems
	Duplicates int // another row stands for them
	Excluded   int // named by the do-not-contact list

	Problems      []Problem // by line, the first 10,000
	ProblemsTotal int       // all of them

	from       origin
	how        reading
	options    Options
	size       int64
	layout     layout
	ids        digitIDs
	duplicates duplicates
}

// Open reads a file to its end and closes it. A file whose structure is broken
// is refused with a [*FileError]; problems of single rows are in the File. A
// wrong option is a plain error, the context's end its cause.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	return open(ctx, origin{name: path, path: path}, o)
}

// open reads the file, and begins anew where a pass found out how it must be read: that it is Windows-1252, or that
// ids have lost their zeros.
func open(ctx context.Context, from origin, o Options) (*File, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	f, err := read(ctx, from, o, reading{})
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		if err = from.legacy(o.MaxBytes, err); err == nil {
			f, err = read(ctx, from, o, reading{windows1252: true})
		}
	}
	if err != nil {
		return nil, err
	}
	if how := f.how; f.ids.width() > 0 {
		how.width = f.ids.width()
		return read(ctx, from, o, how)
	}
	return f, nil
}

// read is a first pass over the whole file.
func read(ctx context.Context, from origin, o Options, how reading) (*File, error) {
	r, err := from.open(o.MaxBytes)
	if err != nil {
		return nil, err
	}
	f := &File{Path: from.name, from: from, options: o, size: r.size}
	t, err := newTable(ctx, r, o.Sheet, how)
	if err != nil {
		return nil, err
	}
	defer t.close()
	how.proved = true
	f.how = how
	if f.layout, err = readHeader(t, from.name, &o); err != nil {
		return nil, err
	}
	f.Header = f.layout.visible(slices.Clone(f.layout.names))
	f.Metadata = f.layout.metadataNames()
	f.Delimiter = t.delimiter()
	if err := f.check(ctx, t); err != nil {
		return nil, err
	}
	f.SHA256 = t.hash()
	f.Notices = append(t.notices(), f.layout.notices()...)
	return f, nil
}

func (o *Options) complete() error {
	o.OnDuplicate = cmp.Or(o.OnDuplicate, "fail")
	if !slices.Contains([]string{"fail", "first", "last"}, o.OnDuplicate) {
		return fmt.Errorf("intake: on duplicate %q: it must be fail, first or last", o.OnDuplicate)
	}
	if o.MaxBytes < 0 {
		return fmt.Errorf("intake: file limit of %d bytes: it must not be negative", o.MaxBytes)
	}
	o.MaxBytes = min(cmp.Or(o.MaxBytes, defaultMaxBytes), hardMaxBytes)
	var err error
	o.Map, err = completeMap(o.Map)
	return err
}

// check is the first pass: it counts, collects problems and settles duplicates.
func (f *File) check(ctx context.Context, t table) error {
	if text, ok := t.(*source); ok {
		text.csv.ReuseRecord = true
	}
	p := f.parser()
	for record, err := range records(ctx, t, &f.layout) {
		if ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", f.Path, context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		r := p.row(record, t.line)
		f.Rows++
		switch {
		case r.Excluded:
			f.Excluded++
		case len(r.Problems) > 0:
			f.Invalid++
			f.note(r.Problems...)
		default:
			f.Valid++
		}
		if r.Account != "" {
			f.ids.note(r.Account)
			account := p.account(&r)
			f.duplicates.add(account, p.values(&r, record, len(r.Problems) == 0), &r)
		}
	}
	if f.Rows == 0 {
		return &FileError{Path: f.Path, Reason: "has a header and no rows: add one row per account"}
	}
	f.settle()
	return nil
}

// parser judges the rows of a pass.
func (f *File) parser() parser {
	return parser{layout: &f.layout, exclude: f.options.Exclude, width: f.how.width}
}

func (f *File) note(problems ...Problem) {
	f.ProblemsTotal += len(problems)
	room := maxProblems - len(f.Problems)
	f.Problems = append(f.Problems, problems[:min(len(problems), max(room, 0))]...)
}

func (f *File) settle() {
	d := &f.duplicates
	d.settle(f.options.OnDuplicate)
	f.Valid -= d.repeated + d.refused
	f.Duplicates += d.repeated
	f.Invalid += d.refused
	clashes := 0
	for i := range d.verdicts.n {
		v := d.verdicts.at(i)
		if v.of != 0 {
			continue
		}
		if f.ProblemsTotal++; clashes < maxProblems {
			f.Problems = append(f.Problems, d.problem(v))
			clashes++
		}
	}
	slices.SortStableFunc(f.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	f.Problems = slices.Clip(f.Problems[:min(len(f.Problems), maxProblems)])
}
