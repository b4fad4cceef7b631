package report

import (
	"iter"

	"github.com/sourcegraph/conc"

	"kycbatch/campaign"
)

// Bounds of a batch of rows that are read ahead. Cells can be large: what is held of them does not depend on how large.
const (
	aheadRows    = 64
	aheadBytes   = 256 << 10 // of cells
	aheadBatches = 4         // that wait
)

type batch struct {
	rows []campaign.Result
	err  error // behind them
}

// ahead reads rows from the ledger while the loop over them makes lines of those before: each takes about half of the time. Rows and
// their order are those of the ledger.
func ahead(rows iter.Seq2[campaign.Result, error]) iter.Seq2[campaign.Result, error] {
	return func(yield func(campaign.Result, error) bool) {
		batches, left := make(chan batch, aheadBatches), make(chan struct{})
		var reading conc.WaitGroup // a panic in it is the loop's
		reading.Go(func() {
			defer close(batches)
			readAhead(rows, batches, left)
		})
		defer reading.Wait()
		defer close(left)
		for b := range batches {
			for _, row := range b.rows {
				if !yield(row, nil) {
					return
				}
			}
			if b.err != nil {
				yield(campaign.Result{}, b.err)
				return
			}
		}
	}
}

// readAhead ends with the rows, their first error, or the loop over them.
func readAhead(rows iter.Seq2[campaign.Result, error], batches chan<- batch, left <-chan struct{}) {
	var b batch
	size := 0
	send := func() bool {
		select {
		case batches <- b:
			b, size = batch{rows: make([]campaign.Result, 0, aheadRows)}, 0
			return true
		case <-left:
			return false
		}
	}
	for row, err := range rows {
		if err != nil {
			b.err = err
			break
		}
		b.rows = append(b.rows, row)
		for _, c := range row.Row.Cells {
			size += len(c)
		}
		if (len(b.rows) == aheadRows || size >= aheadBytes) && !send() {
			return
		}
	}
	send()
}
