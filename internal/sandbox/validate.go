package sandbox

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// The bounds of expires_in_days, and what is taken where it is left out.
const (
	minDays     = 1
	maxDays     = 365
	defaultDays = 7
)

// tagKey is the metadata key whose value the journal keeps: the attempt id.
const tagKey = "kycbatch"

// createRequest is the body of a POST, validated.
type createRequest struct {
	account   string
	flow      string
	email     string
	redirect  string
	webhook   string
	days      int
	reminders json.RawMessage // an array, as it was sent; [] where none was
	metadata  json.RawMessage // an object, as it was sent; nil where none was
	tag       string          // metadata[tagKey], if it is a string
}

// parseCreate validates the body of a POST by the page's "Request body — full field reference".
// The request is filled as far as it was readable, also where there are details: the account is
// needed to draw a fault for it.
func parseCreate(contentType string, body []byte, webhookHTTP bool) (createRequest, []detail) {
	req := createRequest{flow: flowEmail, days: defaultDays, reminders: json.RawMessage("[]")}
	f := parseObject(contentType, body)
	if f.details != nil {
		return req, f.details
	}
	req.account = f.text("account_auth_id", true)
	if f.get("flow_type") != nil {
		req.flow = f.flow()
	}
	switch req.flow {
	case flowEmail:
		req.email = f.email()
	case flowRedirect:
		req.redirect = f.link("redirect_url", true, "http", "https")
	}
	req.webhook = f.webhook(webhookHTTP)
	if raw := f.get("expires_in_days"); raw != nil {
		req.days = f.integer(raw, []any{"body", "expires_in_days"}, minDays, maxDays)
	}
	if raw := f.get("reminder_schedule"); raw != nil {
		f.reminders(raw)
		req.reminders = raw
	}
	if raw := f.get("metadata"); raw != nil {
		req.metadata, req.tag = raw, f.metadata(raw)
	}
	return req, f.details
}

func (f *fields) flow() string {
	before := len(f.details)
	flow := f.text("flow_type", false)
	if len(f.details) == before && flow != flowEmail && flow != flowRedirect {
		f.fail(detail{Type: "literal_error", Loc: []any{"body", "flow_type"}, Msg: "Input should be 'email' or 'redirect'",
			Input: flow, Ctx: map[string]any{"expected": "'email' or 'redirect'"}})
	}
	return flow
}

func (f *fields) email() string {
	before := len(f.details)
	email := f.text("customer_email", true)
	if len(f.details) > before {
		return ""
	}
	local, domain, found := strings.Cut(email, "@")
	if !found || local == "" || len(email) > 254 || strings.ContainsAny(email, " \t\r\n,;<>\"") ||
		!strings.Contains(domain, ".") || strings.Contains(domain, "@") ||
		strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
		f.fail(detail{Type: "value_error", Loc: []any{"body", "customer_email"},
			Msg: "value is not a valid email address", Input: email})
	}
	return email
}

// webhook reads webhook_url: https, and where plain is allowed also http to this machine.
func (f *fields) webhook(plain bool) string {
	if plain {
		if u, err := url.Parse(f.peek("webhook_url")); err == nil && loopbackHost(u.Host) {
			return f.link("webhook_url", false, "http", "https")
		}
	}
	return f.link("webhook_url", false, "https")
}

func (f *fields) link(name string, required bool, schemes ...string) string {
	before := len(f.details)
	link := f.text(name, required)
	if len(f.details) > before || (link == "" && f.get(name) == nil) {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		f.fail(detail{Type: "url_parsing", Loc: []any{"body", name}, Msg: "Input should be a valid URL", Input: link})
		return ""
	}
	if slices.Contains(schemes, u.Scheme) {
		return link
	}
	expected := "'" + strings.Join(schemes, "' or '") + "'"
	f.fail(detail{Type: "url_scheme", Loc: []any{"body", name}, Msg: "URL scheme should be " + expected,
		Input: link, Ctx: map[string]any{"expected_schemes": expected}})
	return ""
}

// reminders checks each item: { "trigger": "days_before_expiry", "value": <int> }.
func (f *fields) reminders(raw json.RawMessage) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		f.fail(detail{Type: "list_type", Loc: []any{"body", "reminder_schedule"}, Msg: "Input should be a valid list", Input: raw})
		return
	}
	for i, item := range items {
		loc := func(more ...any) []any { return append([]any{"body", "reminder_schedule", i}, more...) }
		var member map[string]json.RawMessage
		if json.Unmarshal(item, &member) != nil || member == nil {
			f.fail(detail{Type: "model_attributes_type", Loc: loc(), Input: item,
				Msg: "Input should be a valid dictionary or object to extract fields from"})
			continue
		}
		var word string
		switch trigger, ok := member["trigger"]; {
		case !ok:
			f.fail(detail{Type: "missing", Loc: loc("trigger"), Msg: "Field required", Input: item})
		case json.Unmarshal(trigger, &word) != nil || word != "days_before_expiry":
			f.fail(detail{Type: "literal_error", Loc: loc("trigger"), Msg: "Input should be 'days_before_expiry'",
				Input: trigger, Ctx: map[string]any{"expected": "'days_before_expiry'"}})
		}
		if value, ok := member["value"]; ok {
			f.integer(value, loc("value"), 1, maxDays)
		} else {
			f.fail(detail{Type: "missing", Loc: loc("value"), Msg: "Field required", Input: item})
		}
	}
}

// metadata checks that raw is an object, and gives the value of tagKey.
func (f *fields) metadata(raw json.RawMessage) (tag string) {
	if raw[0] != '{' {
		f.fail(detail{Type: "dict_type", Loc: []any{"body", "metadata"}, Msg: "Input should be a valid dictionary", Input: raw})
		return ""
	}
	if !bytes.Contains(raw, []byte(tagKey)) { // the usual case without ours, at no cost
		return ""
	}
	var member map[string]json.RawMessage
	if json.Unmarshal(raw, &member) == nil && json.Unmarshal(member[tagKey], &tag) != nil {
		return ""
	}
	return tag
}
