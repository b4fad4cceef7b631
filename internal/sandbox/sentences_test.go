package sandbox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sentences names what the API page says and the test that holds it. It grows with the sandbox:
// a sentence that is not here is not held yet.
var sentences = []struct{ section, sentence, test string }{
	{"top", "All Partner API requests use X-Auth-ID and X-Auth-Token headers.", "TestCredentials"},
	{"Overview", "POST /kyc-sessions: Initiate a KYC session (email or redirect flow)", "TestPageEmailFlow"},
	{"Overview", "GET /kyc-sessions: List all KYC sessions (paginated)", "TestPageList"},
	{"Overview", "GET /kyc-sessions/{session_id}: Get a single KYC session by ID", "TestPageGet"},
	{"Overview", "POST /kyc-sessions/{session_id}/resend: Resend the KYC email (email flow only)", "TestCooldown"},
	{"Overview", "DELETE /kyc-sessions/{session_id}: Revoke an in-flight session", "TestRevoke"},

	{"Email Flow", "The session sits in email_sent until the customer opens it.", "TestPageEmailFlow"},
	{"Email Flow", "session_id: Permanent identifier for this KYC session — a UUID.", "TestPageEmailFlow"},
	{"Email Flow", "account_auth_id, customer_email: Echoed from the request.", "TestPageEmailFlow"},
	{"Email Flow", "email_dispatched_to: Masked email address where the link was sent (c***@example.com).", "TestMaskedAddress"},
	{"Email Flow", "kyc_type: null until the customer starts the flow.", "TestLifecycle"},
	{"Email Flow", "expires_at: UTC ISO timestamp after which the link stops working.", "TestExpiry"},
	{"Email Flow", "widget_url: Always null for email flow. kyc_link: Reserved. Currently null.", "TestPageEmailFlow"},
	{"Email Flow", "Subsequent GET calls return the session under the field name id — not session_id as in the POST response.", "TestPageGet"},

	{"Redirect Flow", "The response contains a widget_url.", "TestPageRedirectFlow"},
	{"Redirect Flow", "No email is sent.", "TestPageRedirectFlow"},
	{"Redirect Flow", "link_ready on a fresh redirect-flow session — distinct from the email flow’s email_sent.", "TestPageRedirectFlow"},
	{"Redirect Flow", "Token portion is kst_<64-hex>.", "TestPageRedirectFlow"},
	{"Redirect Flow", "customer_email / email_dispatched_to: Always null for redirect flow.", "TestPageRedirectFlow"},
	{"Redirect Flow", "Resend is not supported for redirect-flow sessions: 400 with its message.", "TestResendRedirectFlow"},
	{"Redirect Flow", "Only one active session per account_auth_id at a time.", "TestVerdictOfLiveSessions"},
	{"Redirect Flow", "Creating a new session (email or redirect) will silently auto-revoke the previous one.", "TestAutoRevoke"},
	{"Redirect Flow", "The old session’s status flips to revoked at the moment the new one is created.", "TestAutoRevoke"},
	{"Redirect Flow", "Resend / revoke on an old session id: 409 Cannot resend / 409 Session is already in terminal status.", "TestEndedSession"},

	{"Request body", "account_auth_id: Required.", "TestValidation"},
	{"Request body", "flow_type: Omit or set email for email flow. Set redirect for inline flow.", "TestDefaultsOfCreate"},
	{"Request body", "customer_email: Required in the email flow, ignored in the redirect flow.", "TestValidation"},
	{"Request body", "redirect_url: Ignored in the email flow, required in the redirect flow.", "TestEchoes"},
	{"Request body", "webhook_url: HTTPS endpoint.", "TestValidation"},
	{"Request body", "expires_in_days: Optional, default 7.", "TestDefaultsOfCreate"},
	{"Request body", "reminder_schedule: Each item: { trigger: days_before_expiry, value: <int> }.", "TestValidation"},
	{"Request body", "metadata: Free-form key/value object echoed back on GET.", "TestEchoes"},

	{"List", "page: default 1, 1-indexed.", "TestListDefaults"},
	{"List", "size: default 20, items per page.", "TestListDefaults"},
	{"List", "status: Filter by status.", "TestFilters"},
	{"List", "account_auth_id: Filter to a single sub-account.", "TestFilters"},
	{"List", "A paginated list of every KYC session you’ve initiated.", "TestPagesAreAPartition"},
	{"List", "Each session in the sessions[] array contains the fields of the Session object.", "TestPageList"},

	{"Resend", "Only valid for email-flow sessions that are still in an active status.", "TestEndedSession"},
	{"Resend", "The 30-minute cooldown starts at session creation, not at the first resend.", "TestCooldown"},
	{"Resend", "A resend fired immediately after creation returns 429.", "TestCooldown"},
	{"Resend", "The 429 response tells you exactly how long to wait.", "TestCooldown"},
	{"Resend", "200: Email re-dispatched (only available 30 min after the previous send).", "TestCooldown"},
	{"Resend", "409: Cannot resend: session is '<status>'.", "TestEndedSession"},

	{"Revoke", "reason: Free-text reason; the request body is optional.", "TestRevoke"},
	{"Revoke", "Response (200): message, session_id.", "TestRevoke"},
	{"Revoke", "Already in a terminal status: 409 Session is already in terminal status: '<status>'.", "TestEndedSession"},

	{"Lifecycle", "opened: Customer has loaded the widget at least once.", "TestLifecycle"},
	{"Lifecycle", "in_progress: Customer has started verification. kyc_type is now set.", "TestLifecycle"},
	{"Lifecycle", "kyc_completed: All verification steps succeeded.", "TestLifecycle"},
	{"Lifecycle", "revoked: Terminated — DELETE, or a new session for the same account.", "TestRevokeReasons"},

	{"Session object", "The fields returned on GET, their names, order and nulls.", "TestPageGet"},
	{"Session object", "first_opened_at: When the customer first loaded the widget.", "TestLifecycle"},
	{"Session object", "completed_at: Set when status reaches kyc_completed.", "TestLifecycle"},
	{"Verified data", "verified_data accumulates as the customer completes steps (individual).", "TestLifecycle"},
	{"Session object", "webhook_url, redirect_url, reminder_schedule, metadata: Echoed from the create request.", "TestEchoes"},

	{"Errors", "All errors share this shape: error, message, status_code.", "TestNotFound"},
	{"Errors", "Validation errors (422) include a details array with loc / msg / type per field.", "TestInvalidJSON"},
	{"Errors", "401 / 403: Missing or invalid X-Auth-ID / X-Auth-Token.", "TestCredentials"},
	{"Errors", "404: account_auth_id does not exist, or belongs to another partner.", "TestNotFound"},
	{"Errors", "422: email flow without customer_email, redirect flow without redirect_url, malformed reminder_schedule, invalid JSON body.", "TestValidation"},
}

// A sentence names a test that there is, and is in the table once.
func TestSentences(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	tests := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[f.Name.Name] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, s := range sentences {
		require.NotEmpty(t, s.section)
		require.True(t, strings.HasPrefix(s.test, "Test") && tests[s.test], "%q is held by %s, which does not exist", s.sentence, s.test)
		require.False(t, seen[s.section+s.sentence], "%q is there twice", s.sentence)
		seen[s.section+s.sentence] = true
	}
}
