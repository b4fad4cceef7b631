package vobiz_test

// The texts of this file are copied from the API page.

const pageCreateEmail = `{
"account_auth_id": "MA_XXXXXXXX",
"flow_type": "email",
"customer_email": "customer@example.com",
"webhook_url": "https://yourapp.com/kyc-webhook",
"expires_in_days": 14,
"reminder_schedule": [
{ "trigger": "days_before_expiry", "value": 3 },
{ "trigger": "days_before_expiry", "value": 1 }
],
"metadata": {
"customer_ref": "TEST_001",
"plan": "starter"
}
}`

const pageCreatedEmail = `{
"session_id": "a5f8da3c-b47f-40c3-a3e6-d2c9a0f27065",
"account_auth_id": "MA_E31MAU98",
"customer_email": "customer@example.com",
"email_dispatched_to": "c***@example.com",
"kyc_type": null,
"status": "email_sent",
"expires_at": "2026-05-15T19:37:01.316686Z",
"widget_url": null,
"kyc_link": null,
"message": "KYC email dispatched successfully"
}`

const pageCreateRedirect = `{
"account_auth_id": "MA_XXXXXXXX",
"flow_type": "redirect",
"redirect_url": "https://yourapp.com/kyc-complete",
"webhook_url": "https://yourapp.com/kyc-webhook",
"expires_in_days": 14,
"metadata": {
"customer_ref": "TEST_001",
"plan": "starter"
}
}`

const pageCreatedRedirect = `{
"session_id": "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5",
"account_auth_id": "MA_E31MAU98",
"customer_email": null,
"email_dispatched_to": null,
"kyc_type": null,
"status": "link_ready",
"expires_at": "2026-05-15T19:37:01.841263Z",
"widget_url": "https://kyc.vobiz.ai/verify?token=kst_cb1b3fda15c0df5cf58a283e47e9eee148ce0b2b87d7c6693f77296612f58f07",
"kyc_link": null,
"message": "KYC session created — redirect your customer to widget_url to begin."
}`

const pageList = `{
"sessions": [
{
"id": "09f40c53-bd09-4e4f-882b-6ebc922278de",
"account_auth_id": "MA_YLTJEUZY",
"customer_email": null,
"kyc_type": null,
"status": "opened",
"expires_at": "2026-05-20T08:32:48.524909Z",
"first_opened_at": "2026-05-06T08:33:01.101780Z",
"completed_at": null,
"webhook_url": null,
"redirect_url": "https://console.vobiz.ai/kyc-complete",
"reminder_schedule": [],
"metadata": null,
"verified_data": null,
"created_at": "2026-05-06T08:32:48.518048Z",
"updated_at": "2026-05-06T08:33:01.094999Z"
}
],
"total": 18,
"page": 1,
"size": 20
}`

const pageGet = `{
"id": "96df2f70-f51f-41b4-997d-0de8fdb570e8",
"account_auth_id": "MA_M3P94TZC",
"customer_email": "customer@example.com",
"kyc_type": "individual",
"status": "revoked",
"expires_at": "2026-06-04T06:00:52.443834Z",
"first_opened_at": "2026-05-05T06:02:17.055612Z",
"completed_at": null,
"webhook_url": null,
"redirect_url": null,
"reminder_schedule": [],
"metadata": null,
"verified_data": {
"pan_type": "individual",
"pan_number": "GTBPDXXXXX",
"pan_name_match": true,
"completed_steps": ["pan"],
"pan_registered_name": "SAURABH DUBEY"
},
"created_at": "2026-05-05T06:00:52.435008Z",
"updated_at": "2026-05-06T07:07:38.048734Z"
}`

const pageRevoked = `{
"message": "Session revoked",
"session_id": "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5"
}`

// The error texts of the API page.
const (
	pageConflict = `{
"error": "HTTPError",
"message": "Cannot resend: session is 'revoked'",
"status_code": 409
}`
	pageCooldown = `{
"error": "HTTPError",
"message": "Email was sent recently. Please wait 1799 seconds before resending.",
"status_code": 429
}`
	pageInvalid = `{
"error": "ValidationError",
"message": "Request validation failed",
"details": [
{ "type": "json_invalid", "loc": ["body", 78], "msg": "JSON decode error", "input": {}, "ctx": { "error": "Invalid control character at" } }
],
"status_code": 422
}`
)
