package main

import (
	"context"
	"fmt"
	"io"

	"kycbatch/internal/intake"
)

// annotate writes the annotated copy of a file.
func (p *program) annotate(ctx context.Context, f *intake.File, path string) error {
	err := writeNewFile("--annotate", path, func(w io.Writer) error {
		if err := f.Annotate(ctx, w); err != nil {
			return fmt.Errorf("--annotate: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.talk.say("Annotated copy: %s, %s, of which %s cannot be used as they are (see the column kyc_problem)",
		path, things(f.Rows, "row"), count(f.Invalid))
	return nil
}
