package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// scan is the bare loop beside a report: it goes through every row and every record of the ledger, and writes the files that
// the report wrote, byte for byte, into another folder.
func scan(ledger, from, to string) error {
	db, err := bbolt.Open(ledger, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	sum := 0
	err = db.View(func(tx *bbolt.Tx) error {
		for _, table := range []string{"rows", "records"} {
			c := tx.Bucket([]byte(table)).Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				for _, b := range v {
					sum += int(b)
				}
			}
		}
		return nil
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if sum == 0 {
		return errors.New("the ledger is empty")
	}
	names, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := rewrite(name, filepath.Join(to, filepath.Base(name))); err != nil {
			return err
		}
	}
	return nil
}

func rewrite(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	_, err = io.Copy(struct{ io.Writer }{w}, struct{ io.Reader }{in}) // through this process, not past it
	return errors.Join(err, w.Flush(), out.Close())
}
