package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// inputOptions say which rows are meant, and how their file is read.
type inputOptions struct {
	campaign    string
	onDuplicate string
	metadata    []string
	exclude     string
}

func (o *inputOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.campaign, "campaign", "", "name of the campaign (default: the file's name)")
	f.StringVar(&o.onDuplicate, "on-duplicate", "fail", "rows of one account that differ: fail refuses all, first or last stands")
	f.StringSliceVar(&o.metadata, "metadata", nil, "columns that become metadata (default: every column without another use)")
	f.StringVar(&o.exclude, "exclude", "", "file of accounts and addresses that get nothing, one a line")
}

// input is what a command was given to work on. file is nil where no file was named.
type input struct {
	campaign string // "" where neither a file nor --campaign names one
	file     *intake.File
	exclude  *intake.Exclusions
	options  string // a hash of all that the rows depend on beside the file
}

// open reads the file to its end, if there is one. Nothing is written.
func (o *inputOptions) open(ctx context.Context, args []string) (in input, err error) {
	in.campaign = o.campaign
	if in.exclude, in.options, err = o.readExclusions(); err != nil {
		return in, err
	}
	if len(args) > 0 {
		in.file, err = intake.Open(ctx, args[0], intake.Options{Metadata: o.metadata, OnDuplicate: o.onDuplicate, Exclude: in.exclude})
		if err != nil {
			return in, refusedInput(ctx, err)
		}
		if in.campaign == "" {
			in.campaign = campaign.NameFor(args[0])
		}
	}
	if in.campaign != "" {
		if err := campaign.CheckName(in.campaign); err != nil {
			return in, failed(exitUsage, "", "--campaign %q: %w", in.campaign, err)
		}
	}
	return in, nil
}

// readExclusions reads the exclusion file and makes the hash that tells one import's options from another's.
func (o *inputOptions) readExclusions() (x *intake.Exclusions, options string, err error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", o.onDuplicate, o.metadata)
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
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &file):
		return failed(exitInput, "nothing was sent, and nothing was written to the ledger", "%w", err)
	case errors.Is(err, intake.ErrChanged):
		return failed(exitInput, "nothing of it was taken in; give it again when nobody writes it", "%w", err)
	}
	return failed(exitUsage, "", "%w", err)
}

// useless says that the file has rows and every one is invalid.
func (in input) useless() bool {
	return in.file != nil && in.file.Rows > 0 && in.file.Invalid == in.file.Rows
}

// usable refuses a useless file: none of it can be sent, so it must not become a campaign either.
func (in input) usable() error {
	if !in.useless() {
		return nil
	}
	var text strings.Builder
	showProblems(&text, in.file, false)
	return failed(exitInput, strings.TrimSpace(text.String()),
		"%s: none of its %s can be used; nothing was sent, and nothing was written to the ledger", in.file.Path, things(in.file.Rows, "row"))
}
