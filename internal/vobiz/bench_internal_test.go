package vobiz

import (
	"encoding/json"
	"testing"
)

func BenchmarkCreateEncode(b *testing.B) {
	request := CreateRequest{
		AccountAuthID: "MA_E31MAU98",
		CustomerEmail: "customer@example.com",
		WebhookURL:    "https://yourapp.com/kyc-webhook",
		ExpiresInDays: 14,
		Metadata:      json.RawMessage(`{"customer_ref":"TEST_001","kycbatch":"1:8f14e45fceea167a:1.1","plan":"starter"}`),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := request.encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSessionDecode(b *testing.B) {
	text := []byte(`{"id":"96df2f70-f51f-41b4-997d-0de8fdb570e8","account_auth_id":"MA_M3P94TZC","customer_email":"customer@example.com",` +
		`"kyc_type":"individual","status":"revoked","expires_at":"2026-06-04T06:00:52.443834Z","first_opened_at":"2026-05-05T06:02:17.055612Z",` +
		`"completed_at":null,"webhook_url":null,"redirect_url":null,"reminder_schedule":[],"metadata":{"kycbatch":"1:8f14e45fceea167a:1.1"},` +
		`"verified_data":null,"created_at":"2026-05-05T06:00:52.435008Z","updated_at":"2026-05-06T07:07:38.048734Z"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := parseSession(text); err != nil {
			b.Fatal(err)
		}
	}
}
