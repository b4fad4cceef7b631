package vobiz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// encoding/json matches field names in any case and lets the last of two equal names win, so that a strange answer
// can mean two things at once. The walk below sees each member once, by its exact name, without copying. It relies on
// json.Valid having accepted the whole text, which also bounds the depth (10,000) and refuses anything after the
// value; it never reads out of bounds even so.

var errNotObject = errors.New("it is not a JSON object")

// checkJSON accepts one JSON value in UTF-8. Its errors quote nothing of the text.
func checkJSON(text []byte) error {
	switch {
	case len(text) == 0:
		return errors.New("its body is empty")
	case !utf8.Valid(text) || !json.Valid(text):
		return errors.New("its body is not JSON")
	}
	return nil
}

// eachMember calls visit for each member of an object, in their order. name (unescaped) and value are only borrowed.
func eachMember(raw []byte, visit func(name, value []byte) error) error {
	return each(raw, '{', '}', errNotObject, visit)
}

// eachElement calls visit for each element of an array. value is only borrowed.
func eachElement(raw []byte, visit func(value []byte) error) error {
	return each(raw, '[', ']', errors.New("it is not a JSON array"), func(_, value []byte) error { return visit(value) })
}

func each(raw []byte, open, shut byte, wrong error, visit func(name, value []byte) error) error {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != open {
		return wrong
	}
	for i = skipSpace(raw, i+1); i < len(raw) && raw[i] != shut; {
		var name []byte
		if open == '{' {
			end := skipValue(raw, i)
			var err error
			if name, err = decodeName(raw[i:end]); err != nil {
				return err
			}
			i = skipSpace(raw, end)
			i = skipSpace(raw, i+1) // the colon
			if i >= len(raw) {
				return wrong
			}
		}
		end := skipValue(raw, i)
		if err := visit(name, raw[i:end]); err != nil {
			return err
		}
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return nil
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i, at least i+1.
func skipValue(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
		depth := 0
		for i < len(raw) {
			switch raw[i] {
			case '"':
				i = skipString(raw, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				break
			}
		}
		return i
	}
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return i
}

func skipString(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// decodeString decodes a JSON string. The error says what is there instead, without quoting it.
func decodeString(raw []byte, to *string) error {
	if len(raw) < 2 || raw[0] != '"' {
		return fmt.Errorf("%s in place of a string", kind(raw))
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		return json.Unmarshal(raw, to)
	}
	*to = string(raw[1 : len(raw)-1])
	return nil
}

// decodeName does not copy the usual name, which has no escapes.
func decodeName(raw []byte) ([]byte, error) {
	if len(raw) >= 2 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	var name string
	err := decodeString(raw, &name)
	return []byte(name), err
}

func isNull(raw []byte) bool { return len(raw) > 0 && raw[0] == 'n' }

func kind(raw []byte) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}
