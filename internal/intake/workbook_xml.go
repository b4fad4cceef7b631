package intake

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// proveWorkbook reads every sheet of a workbook to its end, once. excelize ends a sheet without a word where its XML
// breaks off, and rows would be lost; and it trusts the sizes that the archive states. Both is settled here.
func (r *raw) proveWorkbook(ctx context.Context) error {
	archive, err := zip.NewReader(r, r.size)
	if err != nil {
		return &FileError{Path: r.name, Reason: "is a damaged workbook: get it again", Err: err}
	}
	var all, beside uint64
	var sheets []*zip.File
	for _, part := range archive.File {
		all += min(part.UncompressedSize64, maxUnzipped+1)
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		strung := name == "xl/sharedstrings.xml"
		if !strung && !strings.HasPrefix(name, "xl/worksheets/sheet") {
			beside += min(part.UncompressedSize64, maxUnzipped+1) // excelize holds it in memory whole
		}
		if strung || strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") {
			sheets = append(sheets, part)
		}
	}
	if all > maxUnzipped || beside > maxBeside {
		return &FileError{Path: r.name, Reason: "is a workbook that unpacks to more than 1 GiB, or holds pictures of more than 64 MiB: save the sheet as CSV UTF-8"}
	}
	for _, part := range sheets {
		err := provePart(ctx, part)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("read %s: %w", r.name, context.Cause(ctx))
		case errors.Is(err, errRecordTooLong):
			return &FileError{Path: r.name, Reason: "is a workbook with a row of more than 4 MiB: save the sheet as CSV UTF-8"}
		case err != nil:
			return &FileError{Path: r.name, Reason: "is a damaged workbook, of which rows would be missing: open it in a spreadsheet and save it again", Err: err}
		}
	}
	return nil
}

// provePart reads one part's XML. What is between two ends of rows must fit into memory with ease.
func provePart(ctx context.Context, part *zip.File) error {
	const patience, longest = 4096, 4 << 20
	opened, err := part.Open()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	budget := &budgetReader{from: opened, left: longest}
	decoder := xml.NewDecoder(budget)
	inRow := false
	for n := 0; ; n++ {
		if n%patience == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			inRow = inRow || t.Name.Local == "row"
		case xml.EndElement:
			inRow = inRow && t.Name.Local != "row"
		}
		if !inRow {
			budget.left = longest
		}
	}
}

// budgetReader passes on so many bytes, and then no more until left is set anew.
type budgetReader struct {
	from io.Reader
	left int
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := b.from.Read(p)
	b.left -= n
	return n, err
}
