package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// examineFile is examine for a whole file.
func examineFile(ctx context.Context, f *os.File, values bool, schema int) (*image, header, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, header{}, err
	}
	return examine(ctx, f, info.Size(), values, schema)
}

// anySchema examines a ledger that is known to be readable.
const anySchema = math.MaxInt

// examine proves that r is a whole ledger, of the given schema at most, before
// bbolt sees it. With values the checksum of every value is looked at as well.
func examine(ctx context.Context, r io.ReaderAt, size int64, values bool, schema int) (*image, header, error) {
	img, err := inspect(r, size)
	if err != nil {
		return nil, header{}, err
	}
	var mu sync.Mutex
	var framed []byte
	var bad error // the first bad value; the header decides whether it can be read at all
	var badAt string
	err = img.walk(ctx, func(t Table, key, value []byte) error {
		if t == headerTable && string(key) == headerKey {
			mu.Lock()
			defer mu.Unlock()
			framed = append([]byte{}, value...)
			return nil
		}
		if !values {
			return nil
		}
		if _, err := unframe(t, key, value); err != nil {
			mu.Lock()
			defer mu.Unlock()
			if at := string(t) + "\x00" + string(key); bad == nil || at < badAt {
				bad, badAt = err, at
			}
		}
		return nil
	})
	if err != nil {
		return nil, header{}, err
	}
	if framed == nil {
		return nil, header{}, ErrForeign
	}
	h, err := decodeHeader(framed)
	switch {
	case err != nil:
		return nil, header{}, err
	case h.Schema > schema:
		return nil, header{}, fmt.Errorf("%w (its schema is %d, here %d)", ErrNewer, h.Schema, schema)
	case bad != nil:
		return nil, header{}, bad
	}
	for _, t := range tables() {
		if h.Schema == schema && !slices.Contains(img.tables, t) {
			return nil, header{}, &CorruptError{Table: t, Reason: "the table is missing"}
		}
	}
	return img, h, nil
}

// Verify reads the whole ledger: both meta pages, every page, every value's
// checksum, and then bbolt's own check. Puts wait meanwhile. The error is a
// kind of ErrUnusable, or ctx's.
func (l *Ledger) Verify(ctx context.Context) error {
	check := func() error { return l.verify(ctx) }
	var err error
	if l.readOnly {
		err = check()
	} else {
		err = l.do(&request{alone: check, done: make(chan error, 1)})
	}
	if err != nil {
		return fmt.Errorf("verify ledger %s: %w", l.path, err)
	}
	return nil
}

func (l *Ledger) verify(ctx context.Context) error {
	img, _, err := examineFile(ctx, l.file, true, anySchema)
	switch {
	case errors.Is(err, os.ErrClosed):
		return ErrClosed
	case err != nil:
		return err
	case img.torn:
		return fmt.Errorf("%w: one of its two meta pages is invalid", ErrDamaged)
	}
	return l.view("check", check)
}

// check is bbolt's own check. It reads the mapping in a goroutine of its own,
// where a fault cannot be caught: only for files that a walk has found whole.
func check(tx *bbolt.Tx) error {
	var first error
	for err := range tx.Check() { // to its end, or its goroutine stays
		if first == nil {
			first = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return first
}
