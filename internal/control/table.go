package control

import (
	"context"
	"encoding/json"
	"time"
)

// table keeps the newest answer of a question that takes reading the ledger, so that many askers cost the run no
// more than one does.
type table struct {
	turn chan struct{} // holds whoever reads or makes the answer
	json []byte        // nil: none yet
	made time.Time
	took time.Duration
}

// keptFor times as long as it took, an answer serves whoever else asks: then at most a fifth of one processor's time
// goes into answers, however many ask.
const keptFor = 4

func newTable() *table { return &table{turn: make(chan struct{}, 1)} }

// get gives the kept answer, or makes a new one.
func (t *table) get(ctx context.Context, ask func(context.Context) (any, error)) (json.RawMessage, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if t.json != nil && time.Since(t.made) < keptFor*t.took {
		return t.json, nil
	}
	began := time.Now()
	answer, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	t.json, t.made, t.took = encoded, time.Now(), time.Since(began)
	return t.json, nil
}
