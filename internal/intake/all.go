package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// All reads the file again and yields every row in order, valid or not. An error
// is the last thing it yields: [ErrChanged] after the last row if the file no
// longer is what Open read, and as soon as it cannot be read as before; or the
// cause of the context's end. Whoever stops early compares nothing.
func (f *File) All(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s, err := f.reopen(ctx)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer s.close()
		p := f.parser()
		next := 0 // verdict
		for record, err := range records(ctx, s, &f.layout) {
			if err != nil {
				if ctx.Err() == nil {
					err = f.changed(err)
				} else {
					err = fmt.Errorf("read %s: %w", f.Path, err)
				}
				yield(Row{}, err)
				return
			}
			r := p.row(record, s.line)
			r.Metadata = bytes.Clone(r.Metadata)
			r.Cells = f.layout.visible(record)
			next = f.decide(&r, next)
			if !yield(r, nil) {
				return
			}
		}
		if s.hash() != f.SHA256 {
			yield(Row{}, f.changed(nil))
		}
	}
}

// decide applies the duplicates' verdict to a row. It returns where to look on.
func (f *File) decide(r *Row, next int) int {
	d := &f.duplicates
	for next < d.verdicts.n && int(d.verdicts.at(next).line) < r.Line {
		next++
	}
	if next == d.verdicts.n || int(d.verdicts.at(next).line) != r.Line {
		return next
	}
	v := d.verdicts.at(next)
	if v.of != 0 {
		r.DuplicateOf = int(v.of)
	} else {
		r.Problems = append(r.Problems, d.problem(v))
	}
	return next + 1
}

// reopen starts a second pass, behind the header.
func (f *File) reopen(ctx context.Context) (table, error) {
	r, err := f.from.open(f.options.MaxBytes)
	if err != nil {
		return nil, f.changed(err)
	}
	if r.size != f.size {
		r.close()
		return nil, f.changed(nil)
	}
	t, err := newTable(ctx, r, f.options.Sheet, f.how)
	if err != nil {
		return nil, f.changed(err)
	}
	if _, err := t.start(); err != nil {
		t.close()
		return nil, f.changed(err)
	}
	return t, nil
}

// changed reports a second pass that did not find what the first one did.
func (f *File) changed(err error) error {
	if err != nil {
		return fmt.Errorf("%w, give it again once nothing writes to it: %w", ErrChanged, err)
	}
	return fmt.Errorf("%s: %w, give it again once nothing writes to it", f.Path, ErrChanged)
}

// records yields the records with content; an error ends it.
func records(ctx context.Context, t table, l *layout) iter.Seq2[[]string, error] {
	const patience = 256 // records between two looks at the context
	return func(yield func([]string, error) bool) {
		for n := 0; ; n++ {
			if n%patience == 0 && ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			record, err := t.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !blank(record) && !yield(l.fit(record), nil) {
				return
			}
		}
	}
}
