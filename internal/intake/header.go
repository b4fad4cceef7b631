package intake

import (
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
	restore  bool     // the file is one of ours: its cells were neutralised
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

// sniff returns the delimiter: the one under which the first line has the most
// known columns, then the most columns.
func sniff(head []byte) rune {
	best, bestKnown, bestCells := ',', 0, 0
	for _, comma := range []rune{',', ';', '\t'} {
		r := csv.NewReader(strings.NewReader(string(head)))
		r.Comma = comma
		record, err := r.Read()
		if err != nil {
			continue
		}
		n := 0
		for _, name := range record {
			if _, ok := known(name); ok {
				n++
			}
		}
		if n > bestKnown || n == bestKnown && len(record) > bestCells {
			best, bestKnown, bestCells = comma, n, len(record)
		}
	}
	return best
}

// readHeader finds the delimiter, reads the header record and lays the columns out.
func readHeader(s *source, choose []string) (layout, error) {
	head, err := s.head.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return layout{}, s.refuse(err)
	}
	s.csv.Comma = sniff(head)
	bound, err := gocsv.NewUnmarshaller(s.csv, columns{})
	if err != nil {
		if err = s.refuse(err); errors.Is(err, io.EOF) {
			return layout{}, &FileError{Path: s.path, Reason: "is empty: give a CSV with a header line and one row per account"}
		}
		return layout{}, err
	}
	l, reason := lay(bound, choose)
	if reason != "" {
		return layout{}, &FileError{Path: s.path, Line: s.line(0), Reason: reason}
	}
	s.end = s.line(len(l.names)-1) + strings.Count(bound.Headers[len(l.names)-1], "\n")
	return l, nil
}

// lay gives every column its use, or says why the header is refused.
func lay(bound *gocsv.Unmarshaller, choose []string) (layout, string) {
	l := layout{names: slices.Clone(bound.Headers)}
	l.restore = slices.ContainsFunc(l.names, func(name string) bool { return isOwn(trim(name)) })
	for i, name := range l.names {
		if l.restore {
			name = Restore(name)
		}
		l.names[i] = trim(name)
	}
	if reason := refuseNames(l.names); reason != "" {
		return layout{}, reason
	}
	canonical := func(names []string) []string {
		out := make([]string, len(names))
		for i := range names {
			out[i] = l.names[i]
			if name, ok := known(l.names[i]); ok {
				out[i] = name
			}
		}
		return out
	}
	if err := bound.RenormalizeHeaders(canonical); err != nil {
		return layout{}, "has a header that cannot be bound: " + err.Error()
	}
	for _, missing := range bound.MismatchedStructFields {
		if missing == nameAccount || missing == nameEmail {
			return layout{}, fmt.Sprintf("has no column %s; it has %s: add the column or rename one", missing, list(l.names))
		}
	}
	at := func(name string) int { return slices.Index(bound.Headers, name) }
	l.account, l.email, l.days = at(nameAccount), at(nameEmail), at(nameDays)
	l.webhook, l.json = at(nameWebhook), at(nameMetadata)
	l.own = make([]bool, len(l.names))
	for i, name := range bound.Headers {
		l.own[i] = isOwn(name)
		if !l.own[i] && slices.Contains(bound.MismatchedHeaders, name) {
			key := append(appendString(nil, name), ':')
			l.metadata = append(l.metadata, field{index: i, name: name, key: key})
		}
	}
	return l, l.choose(choose)
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
	meant := map[string]string{}
	for i, name := range names {
		switch {
		case name == "":
			return fmt.Sprintf("has no name for column %d: name it or delete it", i+1)
		case isOwn(name):
			continue
		case strings.EqualFold(name, reservedKey):
			return fmt.Sprintf("has a column %q, a name that the program keeps for itself: rename it", name)
		}
		use, ok := known(name)
		if !ok {
			use = "metadata key " + name
		}
		if first, twice := meant[use]; twice {
			if first == name {
				return fmt.Sprintf("has the column %q twice: rename or delete one", name)
			}
			return fmt.Sprintf("has two columns for %s, %q and %q: rename or delete one", use, first, name)
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
		use, ok := known(name)
		switch {
		case ok && use == nameMetadata && l.json >= 0:
			json = l.json
		case !slices.ContainsFunc(kept, func(f field) bool { return fold(f.name) == fold(name) }):
			return fmt.Sprintf("has no metadata column %q; it has %s", trim(name), list(l.metadataNames()))
		}
	}
	l.metadata, l.json = kept, json
	return ""
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
