package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"

	"go.etcd.io/bbolt"
)

// A migration brings the tables from one schema version to the next. Values it
// writes are framed.
type migration func(tx *bbolt.Tx) error

// migrations returns the steps from schema 1 on: the first one leads to schema
// 2. None yet.
func migrations() []migration { return nil }

// schemaOf is the schema version to which the migrations lead.
func schemaOf(m []migration) int { return 1 + len(m) }

// migrate backs up a ledger of an older schema and brings it up to date, all
// steps in one transaction: a crash leaves the old schema or the new.
func (l *Ledger) migrate(h header, m []migration) (header, error) {
	if h.Schema == schemaOf(m) {
		return h, nil
	}
	if err := l.backupBefore(h.Schema); err != nil {
		return header{}, err
	}
	steps := m[h.Schema-1:]
	h.Schema = schemaOf(m)
	err := l.update("migrate", func(tx *bbolt.Tx) error {
		for i, step := range steps {
			if err := step(tx); err != nil {
				return fmt.Errorf("migrate to schema %d: %w", h.Schema-len(steps)+i+1, err)
			}
		}
		return h.write(tx)
	})
	return h, err
}

// backupBefore makes ledger.db.v1.20260102T150405Z.bak. A second one within the
// second, after a crash, gets a number.
func (l *Ledger) backupBefore(schema int) error {
	name := fmt.Sprintf("%s.v%d.%s", l.path, schema, l.o.Now().UTC().Format("20060102T150405Z"))
	const tries = 100
	err := l.Backup(name + ".bak")
	for i := 2; errors.Is(err, fs.ErrExist) && i < tries; i++ {
		err = l.Backup(fmt.Sprintf("%s.%d.bak", name, i))
	}
	return err
}
