package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// starter holds the files that init writes.
//
//go:embed starter/kycbatch.yaml starter/customers.csv
var starter embed.FS

const initLong = `Write a commented configuration file, kycbatch.yaml, and a small sample, customers.csv, into DIR (default: here).

A file that is there already stays as it is. Nothing is sent, and nothing else is made.

`

func newInit(p *program) *cobra.Command {
	return &cobra.Command{
		Use:         "init [DIR]",
		Short:       "Write a configuration file and a sample CSV to begin with",
		Long:        initLong + exitHelp,
		Example:     "  kycbatch init\n  kycbatch init kyc",
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{configOptional: ""},
		RunE:        p.does(p.begin),
	}
}

// begun is the result of init, of schema kycbatch/init/1.
type begun struct {
	Schema string   `json:"schema"`
	Wrote  []string `json:"wrote"` // paths
	Kept   []string `json:"kept"`  // paths of files that were there already
	Next   []string `json:"next"`  // what to do now, in this order
}

// begin is the command.
func (p *program) begin(_ context.Context, args []string) (code int, err error) {
	dir := filepath.Clean(strings.Join(args, ""))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, failed(exitUsage, "name a folder", "%w", err)
	}
	b := begun{Schema: "kycbatch/init/1", Wrote: []string{}, Kept: []string{}, Next: firstSteps(dir)}
	for _, name := range []string{configHere, "customers.csv"} {
		path := filepath.Join(dir, name)
		err := writeNew(path, name)
		switch {
		case err == nil:
			b.Wrote = append(b.Wrote, path)
		case errors.Is(err, fs.ErrExist):
			b.Kept = append(b.Kept, path)
		default:
			return 0, failed(exitUsage, "", "%w", err)
		}
	}
	if len(b.Wrote) == 0 {
		return 0, failed(exitUsage, "name another folder, or go on with: kycbatch create --sandbox FILE.csv",
			"%s are there already; nothing was written", strings.Join(b.Kept, " and "))
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(b)
	}
	fmt.Fprintf(p.out, "Wrote %s.\n", strings.Join(b.Wrote, " and "))
	for _, path := range b.Kept {
		fmt.Fprintf(p.out, "%s was there already and stays as it is.\n", path)
	}
	fmt.Fprintln(p.out, "\nNext:")
	for _, step := range b.Next {
		fmt.Fprintln(p.out, "  - "+step)
	}
	return exitDone, nil
}

// firstSteps lead from a rehearsal to the real API.
func firstSteps(dir string) []string {
	var steps []string
	if dir != "." {
		steps = append(steps, "go there, where the configuration file is found: cd "+quoted(dir))
	}
	return append(steps,
		"rehearse: kycbatch create --sandbox customers.csv",
		"read "+configHere+" and set what you need, then: kycbatch config show",
		"export VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, and see that all is well: kycbatch doctor",
		"with a file of your own, look before you send: kycbatch plan FILE.csv",
	)
}

// writeNew writes one of the starter files where nothing is yet, for this user only.
func writeNew(path, name string) error {
	text, err := starter.ReadFile("starter/" + name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path)) // half a file is no beginning
	}
	return nil
}
