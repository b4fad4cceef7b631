package intake

import (
	"archive/zip"
	"bytes"
	"strings"
)

// isWorkbook tells an .xlsx from text by its first bytes, whatever its name ends in. What is neither, and is given
// in place of a CSV often enough to have a name, is refused under that name.
func (r *raw) isWorkbook() (bool, error) {
	head := make([]byte, 512)
	n, _ := r.ReadAt(head, 0) // an error shows again where the whole is read
	head = head[:n]
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		reason := r.refuseZip()
		if reason != "" {
			return false, &FileError{Path: r.name, Reason: reason}
		}
		return true, nil
	}
	if reason := refuseKind(head); reason != "" {
		return false, &FileError{Path: r.name, Reason: reason}
	}
	return false, nil
}

// refuseKind says what a file is that is no table, "" where it may be one.
func refuseKind(head []byte) string {
	for _, k := range []struct{ magic, reason string }{
		{"\x1f\x8b", "is a gzip archive: unpack it and give the CSV in it"},
		{"BZh", "is a bzip2 archive: unpack it and give the CSV in it"},
		{"\xfd7zXZ", "is an xz archive: unpack it and give the CSV in it"},
		{"\x28\xb5\x2f\xfd", "is a zstd archive: unpack it and give the CSV in it"},
		{"\xd0\xcf\x11\xe0", "is an old Excel workbook (.xls), or one with a password: save it as .xlsx without a password, or as CSV UTF-8"},
		{"%PDF-", "is a PDF: give the CSV or the workbook that it was made from"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.reason
		}
	}
	if len(head) > 3 && (head[0] == 0) != (head[1] == 0) && (head[2] == 0) != (head[3] == 0) {
		return "seems to be UTF-16 without its byte order mark: save it as CSV UTF-8"
	}
	text := strings.ToLower(trim(string(head)))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"):
		return "is an HTML page, such as a login or an error page in place of a download: download the file again"
	case strings.HasPrefix(text, "<?xml"):
		return "is XML: save it as CSV UTF-8 or .xlsx"
	case text != "" && strings.ContainsAny(text[:1], "{[") && startsJSON(trim(text[1:])):
		return "is JSON: give a CSV with a header line and one row per account"
	}
	return ""
}

// startsJSON reports what can follow the first bracket of JSON, but hardly in a header.
func startsJSON(rest string) bool { return rest != "" && strings.ContainsAny(rest[:1], `"{[}]`) }

// refuseZip says what a zip archive is that is no .xlsx, "" where it is one.
func (r *raw) refuseZip() string {
	archive, err := zip.NewReader(r, r.size)
	if err != nil {
		return "is a damaged workbook or zip archive, perhaps a download that was cut off: get it again"
	}
	parts := map[string]bool{}
	for _, part := range archive.File {
		parts[strings.ToLower(part.Name)] = true
	}
	switch {
	case parts["xl/workbook.xml"]:
		return ""
	case parts["xl/workbook.bin"]:
		return "is a binary workbook (.xlsb): save it as .xlsx or as CSV UTF-8"
	case parts["mimetype"] && parts["content.xml"]:
		return "is an OpenDocument spreadsheet: save it as .xlsx or as CSV UTF-8"
	}
	return "is a zip archive: unpack it and give the CSV in it"
}
