package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	reasonObject    = `is not a JSON object: write it as {"key": "value"} or leave it empty`
	reasonTwice     = "names one key twice: keep one of them"
	reasonReserved  = "names the key kycbatch, which the program keeps for itself: rename it"
	reasonCollision = "names a key that is also a column of the file: keep one of them"
)

// member is one key of the metadata column's object, with its value as compact JSON.
type member struct {
	name  string
	value []byte
}

// appendMetadata appends the row's metadata as one JSON object: the columns in
// their order, then the members of the metadata column by key, so that equal
// metadata is equal bytes. Nothing is appended where there is no key.
func (p *parser) appendMetadata(b []byte, record []string) (object []byte, reason string) {
	var members []member
	if i := p.layout.json; i >= 0 {
		if reason = checkText(record[i]); reason != "" {
			return b, reason
		}
		if members, reason = parseObject(trim(record[i])); reason != "" {
			return b, reason
		}
	}
	if len(p.layout.metadata) == 0 && len(members) == 0 {
		return b, ""
	}
	b = append(b, '{')
	for i := range p.layout.metadata {
		f := &p.layout.metadata[i]
		b = appendComma(b)
		b = append(b, f.key...)
		b = appendString(b, trim(record[f.index]))
	}
	for _, m := range members {
		if slices.ContainsFunc(p.layout.metadata, func(f field) bool { return f.name == m.name }) {
			return b, reasonCollision
		}
		b = appendComma(b)
		b = appendString(b, m.name)
		b = append(b, ':')
		b = append(b, m.value...)
	}
	return append(b, '}'), ""
}

func appendComma(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}

// parseObject returns the members of a JSON object by key, none for an empty cell.
// Values keep their type and, numbers above all, their spelling.
func parseObject(cell string) ([]member, string) {
	if cell == "" {
		return nil, ""
	}
	var members []member
	d := json.NewDecoder(strings.NewReader(cell))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, reasonObject
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, reasonObject
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, reasonObject
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return nil, reasonObject
		}
		members = append(members, member{name.(string), compact.Bytes()})
	}
	if _, err := d.Token(); err != nil {
		return nil, reasonObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, reasonObject
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for i, m := range members {
		switch {
		case i > 0 && members[i-1].name == m.name:
			return nil, reasonTwice
		case strings.EqualFold(m.name, reservedKey):
			return nil, reasonReserved
		}
	}
	return members, ""
}

// appendString appends a JSON string. It differs from encoding/json in leaving
// < > & as they are; s is valid UTF-8, since the text was proved.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
