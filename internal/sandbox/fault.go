package sandbox

import "slices"

// Route names one of the five endpoints.
type Route string

// The routes; AnyRoute stands for all of them in a [Rule].
const (
	RouteCreate Route = "create" // POST /kyc-sessions
	RouteList   Route = "list"   // GET /kyc-sessions
	RouteGet    Route = "get"    // GET /kyc-sessions/{session_id}
	RouteResend Route = "resend" // POST /kyc-sessions/{session_id}/resend
	RouteRevoke Route = "revoke" // DELETE /kyc-sessions/{session_id}
	AnyRoute    Route = "*"

	routeOther Route = "other" // no endpoint of the page
)

// Fault is one class of failure.
type Fault string

// The network's failures.
const (
	ConnectRefused Fault = "connect_refused" // no connection, nothing was sent; over TCP a reset_before
	ResetBefore    Fault = "reset_before"    // the connection breaks, the request has no effect
	ResetAfter     Fault = "reset_after"     // the request has its effect, then the connection breaks
	TimeoutNone    Fault = "timeout_none"    // no effect, and never an answer
	TimeoutEarly   Fault = "timeout_early"   // the effect at once, and never an answer
	TimeoutLate    Fault = "timeout_late"    // the effect within Faults.LateBy, also when the client has left; never an answer
	Truncated      Fault = "truncated"       // the effect, and half the body
)

// The failures of something between client and API, and of the API as a whole.
const (
	ErrorBefore   Fault = "error_before"   // 500, 502, 503 or 504, no effect; documented JSON, HTML or an empty body
	ErrorAfter    Fault = "error_after"    // the effect, then the same
	Empty         Fault = "empty"          // the effect, the right status, no body
	HTML          Fault = "html"           // the effect, the right status (or 200 for 201), an HTML page
	Throttled     Fault = "throttled"      // 429 in the documented shape, Retry-After 1 to 3 s, no effect
	ThrottledBare Fault = "throttled_bare" // 429 without Retry-After, JSON or HTML, no effect
	Unauthorized  Fault = "unauthorized"   // 401 although the credentials are right, no effect
	SkewedDate    Fault = "skewed_date"    // the effect and the true answer, but its Date is Faults.SkewBy off
)

// Answers that are well-formed and wrong. Those about lists and sessions count as carried out only
// when the answer differs from the true one.
const (
	WrongEcho       Fault = "wrong_echo"       // create: the effect, and a 201 with another's account_auth_id
	StaleList       Fault = "stale_list"       // list, get: the world of Faults.StaleBy ago
	ShiftedPage     Fault = "shifted_page"     // list: an item moved between pages: the one before is repeated, one is missing
	LyingSize       Fault = "lying_size"       // list: pages half as large as asked, the echo says something else
	LyingTotal      Fault = "lying_total"      // list: total is one too many, or one too few
	FilterIgnored   Fault = "filter_ignored"   // list: everybody's sessions instead of one account's
	MetadataTrimmed Fault = "metadata_trimmed" // list, get: metadata is null in this answer; create: for good
	UnknownStatus   Fault = "unknown_status"   // list, get: the first session has a status that nobody documented; create: the 201
	NotFoundOnce    Fault = "not_found_once"   // get: 404, list of an account: empty, once for each session (a lagging replica)
)

// The doings of someone else with the same account.
const (
	StrangerBefore Fault = "stranger_before" // someone's session appears just before the request is served
	StrangerAfter  Fault = "stranger_after"  // someone's session appears just after the request was served
)

// routesOf says which routes a class makes sense for; nil stands for all five.
func (f Fault) routesOf() (routes []Route, known bool) {
	switch f {
	case ConnectRefused, ResetBefore, ResetAfter, TimeoutNone, TimeoutEarly, TimeoutLate, Truncated,
		ErrorBefore, ErrorAfter, Empty, HTML, Throttled, ThrottledBare, Unauthorized, SkewedDate:
		return nil, true
	case WrongEcho:
		return []Route{RouteCreate}, true
	case StaleList, NotFoundOnce:
		return []Route{RouteList, RouteGet}, true
	case ShiftedPage, LyingSize, LyingTotal, FilterIgnored:
		return []Route{RouteList}, true
	case MetadataTrimmed, UnknownStatus:
		return []Route{RouteCreate, RouteList, RouteGet}, true
	case StrangerBefore, StrangerAfter:
		return []Route{RouteCreate, RouteList}, true
	}
	return nil, false
}

// on says whether the class makes sense for a route.
func (f Fault) on(r Route) bool {
	routes, known := f.routesOf()
	return known && (routes == nil || slices.Contains(routes, r))
}
