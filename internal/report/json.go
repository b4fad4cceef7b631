package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Schema names what report.json is.
const Schema = "kycbatch/report/1"

const fileJSON = nameReport + ".json"

// Document is report.json: the figures, and what the next report needs to know of this one.
type Document struct {
	Schema   string `json:"schema"`
	Timezone string `json:"timezone,omitempty"` // its name; "": this machine's
	Overview
	Files    []string `json:"files"`
	Position uint64   `json:"position"`           // of the trail: id of its newest entry
	Compared *Mark    `json:"compared,omitempty"` // from where on Changes are counted; nil: there is nothing to compare with
}

func (d Document) write(to io.Writer) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

// maxDocument bounds a report.json that is read, in bytes: those of ours with 1,000 owners and 1,000 days have less than one MiB.
const maxDocument = 16 << 20

// readDocument reads the report.json of an earlier report in a folder; the zero Document where there is none. What is there and is no report of
// ours is ErrForeign: it would be overwritten.
func readDocument(dir string) (d Document, err error) {
	path := filepath.Join(dir, fileJSON)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	foreign := fmt.Errorf("%w: %s; choose another folder, or move it away", ErrForeign, path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxDocument) {
		return d, foreign
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return d, fmt.Errorf("read the earlier report: %w", err)
	}
	if err := json.Unmarshal(text, &d); err != nil || d.Schema != Schema {
		return Document{}, foreign
	}
	return d, nil
}
