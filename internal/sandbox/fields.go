package sandbox

import (
	"encoding/json"
	"errors"
	"mime"
	"strconv"
	"strings"
)

// detail is one entry of a 422's details.
type detail struct {
	Type  string         `json:"type"`
	Loc   []any          `json:"loc"`
	Msg   string         `json:"msg"`
	Input any            `json:"input"`
	Ctx   map[string]any `json:"ctx,omitempty"`
}

// fields reads the members of a JSON object by their exact names; of a name given twice the last
// one counts. Decoding into a struct would accept names in any case.
type fields struct {
	raw     map[string]json.RawMessage
	whole   json.RawMessage
	details []detail
}

// parseObject checks that a body is a JSON object. Where it is not, the only detail says why.
func parseObject(contentType string, body []byte) *fields {
	f := &fields{}
	if len(body) == 0 {
		f.fail(detail{Type: "missing", Loc: []any{"body"}, Msg: "Field required"})
		return f
	}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		f.fail(detail{Type: "model_attributes_type", Loc: []any{"body"},
			Msg: "Input should be a valid dictionary or object to extract fields from", Input: string(body)})
		return f
	}
	err := json.Unmarshal(body, &f.raw)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		f.fail(detail{Type: "json_invalid", Loc: []any{"body", syntaxAt(syntax, body)}, Msg: "JSON decode error",
			Input: struct{}{}, Ctx: map[string]any{"error": syntaxReason(syntax)}})
	case err != nil || f.raw == nil: // valid JSON that is no object, or null
		f.fail(detail{Type: "model_attributes_type", Loc: []any{"body"},
			Msg: "Input should be a valid dictionary or object to extract fields from", Input: json.RawMessage(body)})
	}
	f.whole = body
	return f
}

// syntaxAt is the position of the offending character, counted in characters from 0.
func syntaxAt(err *json.SyntaxError, body []byte) int {
	at := int(err.Offset)
	if at > 0 && !strings.HasPrefix(err.Error(), "unexpected end") {
		at--
	}
	return len([]rune(string(body[:min(at, len(body))])))
}

func syntaxReason(err *json.SyntaxError) string {
	switch {
	case strings.Contains(err.Error(), "in string literal"):
		return "Invalid control character at"
	case strings.Contains(err.Error(), "after top-level value"):
		return "Extra data"
	}
	return "Expecting value"
}

func (f *fields) fail(d detail) { f.details = append(f.details, d) }

// get gives a member's JSON; nil where it is missing or null.
func (f *fields) get(name string) json.RawMessage {
	raw := f.raw[name]
	if string(raw) == "null" {
		return nil
	}
	return raw
}

func (f *fields) missing(name string) {
	f.fail(detail{Type: "missing", Loc: []any{"body", name}, Msg: "Field required", Input: f.whole})
}

// text reads a string member. An empty string of a required member is as good as none.
func (f *fields) text(name string, required bool) string {
	raw := f.get(name)
	if raw == nil {
		if required {
			f.missing(name)
		}
		return ""
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		f.fail(detail{Type: "string_type", Loc: []any{"body", name}, Msg: "Input should be a valid string", Input: raw})
		return ""
	}
	if s == "" && required {
		f.fail(detail{Type: "string_too_short", Loc: []any{"body", name}, Msg: "String should have at least 1 character",
			Input: raw, Ctx: map[string]any{"min_length": 1}})
	}
	return s
}

// peek gives a string member, "" for anything else, and finds no fault with it.
func (f *fields) peek(name string) string {
	var s string
	if json.Unmarshal(f.get(name), &s) != nil {
		return ""
	}
	return s
}

// integer reads a JSON integer between low and high.
func (f *fields) integer(raw json.RawMessage, loc []any, low, high int) int {
	n, err := strconv.Atoi(string(raw))
	switch {
	case err != nil:
		f.fail(detail{Type: "int_type", Loc: loc, Msg: "Input should be a valid integer", Input: raw})
	case n < low:
		f.fail(detail{Type: "greater_than_equal", Loc: loc, Input: raw, Ctx: map[string]any{"ge": low},
			Msg: "Input should be greater than or equal to " + strconv.Itoa(low)})
	case n > high:
		f.fail(detail{Type: "less_than_equal", Loc: loc, Input: raw, Ctx: map[string]any{"le": high},
			Msg: "Input should be less than or equal to " + strconv.Itoa(high)})
	}
	return n
}

func oddID(id string) detail {
	return detail{Type: "uuid_parsing", Loc: []any{"path", "session_id"}, Msg: "Input should be a valid UUID", Input: id}
}

func largeMetadata(limit int) detail {
	return detail{Type: "value_error", Loc: []any{"body", "metadata"}, Input: struct{}{},
		Msg: "Metadata should have at most " + strconv.Itoa(limit) + " bytes", Ctx: map[string]any{"max_bytes": limit}}
}
