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
