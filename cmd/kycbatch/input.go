package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// inputOptions say which rows are meant, and how their file is read.
type inputOptions struct {
	campaign    string
	onDuplicate string
	onInvalid   string
	metadata    []string
	columns     []string // as --map has them: COLUMN=HEADER
	sheet       string
	exclude     string
}

const (
	invalidSkip = "skip"
	invalidFail = "fail"
	fromStdin   = "-" // as the file's name
)

func (o *inputOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the file's name; needed if FILE is -, a pipe)")
	f.StringVar(&o.onDuplicate, "on-duplicate", "fail", "rows of one account that differ: fail refuses all, first or last stands")
	f.StringSliceVar(&o.metadata, "metadata", nil, "columns that become metadata (default: every column without another use)")
	f.StringVar(&o.onInvalid, "on-invalid", invalidSkip, "rows that cannot be sent: skip sends the others, fail sends nothing (exit 4)")
	f.StringArrayVar(&o.columns, "map", nil, "say which column is a known one, as email=\"Customer E-mail\"; once for each")
	f.StringVar(&o.sheet, "sheet", "", "sheet of an .xlsx (default: the only visible one with content)")
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
}

// input is what a command was given to work on. file is nil where no file was named. Close it.
type input struct {
	campaign  string // "" where neither a file nor --campaign names one
	file      *intake.File
	spool     *intake.Spool // of what came through a pipe; else nil
	exclude   *intake.Exclusions
	options   string // a hash of all that the rows depend on beside the file
	onInvalid string
}

// open reads the file to its end, if there is one. Nothing is written.
func (o *inputOptions) open(ctx context.Context, p *program, args []string) (in input, err error) {
	in.campaign, in.onInvalid = o.campaign, o.onInvalid
	if o.onInvalid != invalidSkip && o.onInvalid != invalidFail {
		return in, failed(exitUsage, "", "--on-invalid %q: choose %s or %s", o.onInvalid, invalidSkip, invalidFail)
	}
	columns, err := mapped(o.columns)
	if err != nil {
		return in, err
	}
	if in.exclude, in.options, err = o.readExclusions(); err != nil {
		return in, err
	}
	if len(args) > 0 {
		how := intake.Options{Metadata: o.metadata, OnDuplicate: o.onDuplicate, Exclude: in.exclude, Map: columns, Sheet: o.sheet}
		if err := in.read(ctx, p, args[0], how); err != nil {
			return in, refusedInput(ctx, err)
		}
	}
	if in.campaign != "" {
		if err := campaign.CheckName(in.campaign); err != nil {
			return in, errors.Join(failed(exitUsage, "", "--campaign %q: %w", in.campaign, err), in.close())
		}
	}
	return in, nil
}

// read opens the file, or what comes through a pipe, and says what was decided about it.
func (in *input) read(ctx context.Context, p *program, path string, how intake.Options) (err error) {
	switch {
	case path != fromStdin:
		in.file, err = intake.Open(ctx, path, how)
		in.campaign = cmp.Or(in.campaign, campaign.NameFor(path))
	case in.campaign == "":
		return failed(exitUsage, "add --campaign and a name", "what comes through a pipe has no name, and a campaign needs one")
	default:
		if in.spool, err = intake.NewSpool(ctx, "standard input", p.stdin, 0); err != nil {
			return err
		}
		if in.file, err = in.spool.Open(ctx, how); err != nil {
			return errors.Join(err, in.close())
		}
	}
	if err != nil {
		return err
	}
	for _, notice := range in.file.Notices {
		p.talk.say("%s: %s", path, notice)
	}
	return nil
}

// close lets go of what came through a pipe.
func (in input) close() error {
	if in.spool == nil {
		return nil
	}
	return in.spool.Close()
}

// mapped reads the values of --map.
func mapped(flags []string) (map[string]string, error) {
	columns := map[string]string{}
	for _, text := range flags {
		column, header, ok := strings.Cut(text, "=")
		if _, twice := columns[column]; !ok || twice {
			return nil, failed(exitUsage, "", "--map %q: write it once for each column, as email=\"Customer E-mail\"", text)
		}
		columns[column] = header
	}
	return columns, nil
}

// readExclusions reads the exclusion file and makes the hash that tells one import's options from another's.
func (o *inputOptions) readExclusions() (x *intake.Exclusions, options string, err error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", o.onDuplicate, o.metadata)
	if len(o.columns) > 0 || o.sheet != "" {
		fmt.Fprintf(h, "%q %q\n", slices.Sorted(slices.Values(o.columns)), o.sheet)
	}
	if o.exclude != "" {
		if x, err = intake.LoadExclusions(o.exclude); err != nil {
			return nil, "", refusedInput(context.Background(), err)
		}
		text, err := os.ReadFile(o.exclude)
		if err != nil {
			return nil, "", failed(exitInput, "", "read the exclusion file: %w", err)
		}
		h.Write(text)
	}
	return x, hex.EncodeToString(h.Sum(nil)), nil
}

// refusedInput says what an error of intake means: an unusable file, a wrong option, or the end of the context.
func refusedInput(ctx context.Context, err error) error {
	var file *intake.FileError
	var known *failure
	switch {
	case ctx.Err() != nil, errors.As(err, &known):
		return err
	case errors.As(err, &file):
		return failed(exitInput, "nothing was sent, and nothing was written to the ledger", "%w", err)
	case errors.Is(err, intake.ErrChanged):
		return failed(exitInput, "nothing of it was taken in; give it again when nobody writes it", "%w", err)
	}
	return failed(exitUsage, "", "%w", err)
}

// unusable says that nothing of the file may be sent: every row is invalid, or one is and that was not to be.
func (in input) unusable() bool {
	if in.file == nil || in.file.Invalid == 0 {
		return false
	}
	return in.file.Invalid == in.file.Rows || in.onInvalid == invalidFail
}

// usable refuses an unusable file: none of it is sent, so it must not become a campaign either.
func (in input) usable() error {
	if !in.unusable() {
		return nil
	}
	what := "none of its " + things(in.file.Rows, "row") + " can be used"
	if in.file.Invalid < in.file.Rows {
		what = fmt.Sprintf("%s of %s cannot be used, and --on-invalid is fail", count(in.file.Invalid), things(in.file.Rows, "row"))
	}
	var text strings.Builder
	showProblems(&text, in.file, false)
	return failed(exitInput, strings.TrimSpace(text.String()),
		"%s: %s; nothing was sent, and nothing was written to the ledger", in.file.Path, what)
}
