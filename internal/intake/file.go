package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Options says how a file is read. The zero value reads every column and refuses
// rows that contradict each other.
type Options struct {
	Metadata    []string    // columns that become metadata, the others are dropped; empty = every column that has no other use
	OnDuplicate string      // rows of one account that differ: "fail" refuses all, "first" or "last" stands; "" = "fail"
	Exclude     *Exclusions // accounts and addresses that are not contacted; nil = none
	MaxBytes    int64       // a larger file is refused; 0 = 1 GiB, at most 4 GiB
}

// File is a file that was read to its end and found sound. It is never changed
// after [Open] and may be used by several goroutines. Rows = Valid + Invalid +
// Duplicates + Excluded.
type File struct {
	Path      string   // as given to Open
	SHA256    string   // of its bytes, in hex
	Header    []string // column names, trimmed, without the kyc_ columns of our own result files
	Metadata  []string // the columns that become metadata, the metadata column included
	Delimiter rune     // ',', ';' or tab

	Rows       int // rows below the header; lines without content are none
	Valid      int // can be sent
	Invalid    int // have problems
	Duplicates int // another row stands for them
	Excluded   int // named by the do-not-contact list

	Problems      []Problem // by line, the first 10,000
	ProblemsTotal int       // all of them

	options    Options
	size       int64
	layout     layout
	duplicates duplicates
}

// Open reads a file to its end and closes it. A file whose structure is broken
// is refused with a [*FileError]; problems of single rows are in the File. A
// wrong option is a plain error, the context's end its cause.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := openSource(path, o.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer s.close()
	f := &File{Path: path, options: o, size: s.size}
	if f.layout, err = readHeader(s, o.Metadata); err != nil {
		return nil, err
	}
	f.Header = f.layout.visible(slices.Clone(f.layout.names))
	f.Metadata = f.layout.metadataNames()
	f.Delimiter = s.csv.Comma
	if err := f.check(ctx, s); err != nil {
		return nil, err
	}
	f.SHA256 = s.hash()
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
	return nil
}

// check is the first pass: it counts, collects problems and settles duplicates.
func (f *File) check(ctx context.Context, s *source) error {
	s.csv.ReuseRecord = true
	p := parser{layout: &f.layout, exclude: f.options.Exclude}
	for record, err := range records(ctx, s) {
		if err != nil {
			return err
		}
		r := p.row(record, s.line)
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
