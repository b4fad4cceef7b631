package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/gocarina/gocsv"
)

// columns is what gocsv binds the header to: the known columns, as strings.
type columns struct {
	Account  string `csv:"account_auth_id"`
	Email    string `csv:"email"`
	Days     string `csv:"expires_in_days"`
	Webhook  string `csv:"webhook_url"`
	Metadata string `csv:"metadata"`
}

// layout is what each cell of a record is for. Indexes count the columns of the
// file; -1 = there is none.
type layout struct {
	names    []string // every column of the file, trimmed
	own      []bool   // columns of our result files, per column of the file
	need     int      // columns up to the last one that is not our own
	restore  bool     // the file is one of ours: its cells were neutralised
	workbook bool
	account  int
	email    int
	days     int
	webhook  int
	json     int     // the metadata column
	metadata []field // the columns that become metadata, in order
}

// field is a column that becomes a key of the metadata.
type field struct {
	index int
	name  string
	key   []byte // `"name":` in JSON
}

// readHeader reads the header record and lays the columns out.
func readHeader(t table, name string, o *Options) (layout, error) {
	record, err := t.start()
	if errors.Is(err, io.EOF) {
		return layout{}, &FileError{Path: name, Reason: "is empty: give a CSV with a header line and one row per account"}
	}
	if err != nil {
		return layout{}, err
	}
	l, reason := lay(record, o)
	if reason != "" {
		return layout{}, &FileError{Path: name, Line: t.line(0), Reason: reason}
	}
	l.workbook = t.delimiter() == 0
	return l, nil
}

// lay gives every column its use, or says why the header is refused.
func lay(record []string, o *Options) (layout, string) {
	l := layout{names: slices.Clone(record)}
	l.restore = slices.ContainsFunc(l.names, func(name string) bool { return isOwn(trim(name)) })
	for i, name := range l.names {
		if l.restore {
			name = Restore(name)
		}
		l.names[i] = trim(name)
	}
	for len(l.names) > 1 && l.names[len(l.names)-1] == "" { // a spreadsheet saves columns that once were filled
		l.names = l.names[:len(l.names)-1]
	}
	if reason := refuseNames(l.names); reason != "" {
		return layout{}, reason
	}
	uses, reason := usesOf(l.names, o.Map)
	if reason == "" {
		reason = refuseTwice(l.names, uses)
	}
	if reason != "" {
		return layout{}, reason
	}
	bound, err := bind(l.names, uses)
	if err != nil {
		return layout{}, "has a header that cannot be bound: " + err.Error()
	}
	missing := slices.DeleteFunc(bound.MismatchedStructFields, func(name string) bool { return name != nameAccount && name != nameEmail })
	if len(missing) > 0 {
		return layout{}, lacks(missing, l.names)
	}
	at := func(name string) int { return slices.Index(bound.Headers, name) }
	l.account, l.email, l.days = at(nameAccount), at(nameEmail), at(nameDays)
	l.webhook, l.json = at(nameWebhook), at(nameMetadata)
	l.own = make([]bool, len(l.names))
	for i, name := range l.names {
		if l.own[i] = isOwn(name); !l.own[i] {
			l.need = i + 1
		}
		if !l.own[i] && slices.Contains(bound.MismatchedHeaders, bound.Headers[i]) {
			key := append(appendString(nil, name), ':')
			l.metadata = append(l.metadata, field{index: i, name: name, key: key})
		}
	}
	return l, l.choose(o.Metadata)
}

// bind lets gocsv match the columns with those that are known, under their one name. A column of another use keeps
// its own name, marked: one that is called email can be of another use.
func bind(names, uses []string) (*gocsv.Unmarshaller, error) {
	header := make([]string, len(names))
	for i, name := range names {
		if header[i] = uses[i]; uses[i] == "" {
			header[i] = "other " + name
		}
	}
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	_ = w.Write(header) // a buffer takes everything
	w.Flush()
	return gocsv.NewUnmarshaller(csv.NewReader(&line), columns{})
}

// lacks says which required columns are missing, and which others may be meant.
func lacks(missing, names []string) string {
	others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known(name) != "" || isOwn(name) })
	hints := make([]string, len(missing))
	for i, column := range missing {
		hints[i] = fmt.Sprintf("add the column %s, rename one, or name it with --map %s=COLUMN", column, column)
		if near := nearest(column, others); near != "" {
			hints[i] = fmt.Sprintf("did you mean %q? rename it, or add --map %s=%q", near, column, near)
		}
	}
	return fmt.Sprintf("has no column %s; it has %s: %s", strings.Join(missing, " and no column "), list(names), strings.Join(hints, "; "))
}

// refuseNames says why the names cannot be a header, "" if they can.
func refuseNames(names []string) string {
	for i, name := range names {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return fmt.Sprintf("has a line break or another control character in the name of column %d: remove it (a file with old Mac line ends must be saved again)", i+1)
		}
	}
	// Before any refusal that names a column: here the names would be data.
	if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "@") }) {
		return "begins with a line that holds an e-mail address: put a header line above it, such as account_auth_id,email"
	}
	for i, name := range names {
		switch {
		case name == "":
			return fmt.Sprintf("has no name for column %d: name it or delete it", i+1)
		case strings.EqualFold(name, reservedKey):
			return fmt.Sprintf("has a column %q, a name that the program keeps for itself: rename it", name)
		}
	}
	return ""
}

// refuseTwice says which two columns have one use, "" if none.
func refuseTwice(names, uses []string) string {
	meant := map[string]string{}
	for i, name := range names {
		use := uses[i]
		if isOwn(name) {
			continue
		}
		if use == "" {
			use = "metadata key " + name
		}
		first, twice := meant[use]
		switch {
		case twice && first == name:
			return fmt.Sprintf("has the column %q twice: rename or delete one", name)
		case twice:
			return fmt.Sprintf("has two columns for %s, %q and %q: rename or delete one, or say which with --map %s=%q", use, first, name, use, first)
		}
		meant[use] = name
	}
	return ""
}

// choose keeps the named metadata columns, all where none is named.
func (l *layout) choose(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var kept []field
	json := -1
	for _, f := range l.metadata {
		if slices.ContainsFunc(names, func(n string) bool { return fold(n) == fold(f.name) }) {
			kept = append(kept, f)
		}
	}
	for _, name := range names {
		switch {
		case known(name) == nameMetadata && l.json >= 0:
			json = l.json
		case !slices.ContainsFunc(kept, func(f field) bool { return fold(f.name) == fold(name) }):
			return fmt.Sprintf("has no metadata column %q; it has %s", trim(name), list(l.metadataNames()))
		}
	}
	l.metadata, l.json = kept, json
	return ""
}

// notices name columns that are not used as their owner may think.
func (l *layout) notices() (said []string) {
	for i, name := range l.names {
		if l.own[i] && !slices.Contains(ownColumns(), strings.ToLower(name)) {
			said = append(said, fmt.Sprintf("the column %q is left out, since kyc_ is how the columns of our results begin: rename it to keep it", name))
		}
	}
	for _, f := range l.metadata {
		for _, column := range KnownColumns() {
			if slips(f.name, column) <= maxSlips && known(f.name) == "" {
				said = append(said, fmt.Sprintf("the column %q becomes metadata; if you meant %s, rename it or add --map %s=%q", f.name, column, column, f.name))
			}
		}
	}
	return said
}

// metadataNames returns the columns that end in the metadata, the metadata
// column itself included.
func (l *layout) metadataNames() []string {
	var names []string
	for _, f := range l.metadata {
		names = append(names, f.name)
	}
	if l.json >= 0 {
		names = append(names, l.names[l.json])
	}
	return names
}

// fit cuts cells without content behind the last column, since a spreadsheet saves those of columns that once were
// filled; and adds those of our own columns that are missing at the end, since nobody reads them.
func (l *layout) fit(record []string) []string {
	for n := len(record); n >= l.need && n < len(l.names); n++ {
		record = append(record, "")
	}
	for len(record) > len(l.names) && trim(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	return record
}

// ragged says what is wrong with a record of n cells that has not one for each column.
func (l *layout) ragged(n int) string {
	if l.workbook { // in which none can be missing
		return fmt.Sprintf("has a value in column %d, for which the header has no name: name the column or clear the cell", n)
	}
	return fmt.Sprintf("has %d cells where the header has %d: compare it with the header; a delimiter inside a cell needs quotation marks around the cell", n, len(l.names))
}

// visible drops the cells of our own columns, in place.
func (l *layout) visible(cells []string) []string {
	if !l.restore {
		return cells
	}
	kept := cells[:0]
	for i, cell := range cells {
		if i >= len(l.own) || !l.own[i] {
			kept = append(kept, cell)
		}
	}
	return kept
}

// list names columns in an error; long headers are cut.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most, longest = 20, 40
	var b strings.Builder
	for i, name := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		if r := []rune(name); len(r) > longest {
			name = string(r[:longest]) + "…"
		}
		fmt.Fprintf(&b, "%q", name)
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}
