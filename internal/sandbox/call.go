package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	sessionsPath = "/api/v1/partner/kyc-sessions"
	maxBody      = 1 << 20 // bytes of a request's body; more is 413
)

// call is a request as the API understands it.
type call struct {
	route   Route
	account string // the account that the body or the filter names
	id      string // the session that the path names
	create  createRequest
	list    listQuery
	reason  string   // of a DELETE
	details []detail // what is wrong with body or query, for a 422
	arrived uint64   // the world's seq when it arrived
}

// listQuery is what a listing is asked for; "" is no filter.
type listQuery struct {
	page, size      int
	status, account string
}

// understand finds the endpoint and reads the request's body to its end. An answer beside the call
// is one that needs no look at the world.
func understand(r *http.Request, webhookHTTP bool) (call, *answer) {
	c, early := endpoint(r)
	body, err := readBody(r)
	switch {
	case early != nil:
	case errors.Is(err, errBodyTooLarge):
		a := refuse(http.StatusRequestEntityTooLarge, "Request body is larger than %d bytes", maxBody)
		early = &a
	case err != nil: // the client left in the middle of its request
		a := refuse(http.StatusBadRequest, "There was an error reading the body")
		early = &a
	case c.route == RouteCreate:
		c.create, c.details = parseCreate(r.Header.Get("Content-Type"), body, webhookHTTP)
		c.account = c.create.account
	case c.route == RouteRevoke && len(body) > 0:
		f := parseObject(r.Header.Get("Content-Type"), body)
		if f.details == nil {
			c.reason = f.text("reason", false)
		}
		c.details = f.details
	case c.route == RouteList:
		c.list, c.details = parseList(r.URL.Query())
		c.account = c.list.account
	}
	return c, early
}

func endpoint(r *http.Request) (call, *answer) {
	rest, ok := strings.CutPrefix(r.URL.Path, sessionsPath)
	below, named := strings.CutPrefix(rest, "/")
	id, action, acts := strings.Cut(below, "/")
	switch {
	case !ok || rest != "" && !named || named && id == "" || acts && action != "resend":
		a := refuse(http.StatusNotFound, "Not Found")
		return call{route: routeOther}, &a
	case !named && r.Method == http.MethodPost:
		return call{route: RouteCreate}, nil
	case !named && r.Method == http.MethodGet:
		return call{route: RouteList}, nil
	case named && !acts && r.Method == http.MethodGet:
		return call{route: RouteGet, id: id}, nil
	case named && !acts && r.Method == http.MethodDelete:
		return call{route: RouteRevoke, id: id}, nil
	case acts && r.Method == http.MethodPost:
		return call{route: RouteResend, id: id}, nil
	}
	a := refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	return call{route: routeOther}, &a
}

var errBodyTooLarge = errors.New("body too large")

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		return nil, errBodyTooLarge
	}
	return body, err
}

// parseList reads the page's "Query Parameters". Unknown parameters are ignored.
func parseList(query url.Values) (listQuery, []detail) {
	var details []detail
	number := func(name string, missing int) int {
		if !query.Has(name) {
			return missing
		}
		loc, input := []any{"query", name}, query.Get(name)
		n, err := strconv.Atoi(input)
		switch {
		case err != nil:
			details = append(details, detail{Type: "int_parsing", Loc: loc, Input: input,
				Msg: "Input should be a valid integer, unable to parse string as an integer"})
		case n < 1:
			details = append(details, detail{Type: "greater_than_equal", Loc: loc, Input: input, Ctx: map[string]any{"ge": 1},
				Msg: "Input should be greater than or equal to 1"})
		}
		return n
	}
	q := listQuery{page: number("page", 1), size: number("size", 20)}
	q.status, q.account = query.Get("status"), query.Get("account_auth_id")
	return q, details
}

// queryDetail is a 422 about one query parameter.
func queryDetail(kind, name, input, msg string) detail {
	in, _ := json.Marshal(input) // a string always encodes
	return detail{Type: kind, Loc: []any{"query", name}, Msg: msg, Input: json.RawMessage(in)}
}
