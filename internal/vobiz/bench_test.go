package vobiz_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"kycbatch/internal/vobiz"
)

var benchRequest = vobiz.CreateRequest{
	AccountAuthID: "MA_E31MAU98",
	CustomerEmail: "customer@example.com",
	WebhookURL:    "https://yourapp.com/kyc-webhook",
	ExpiresInDays: 14,
	ReminderSchedule: []vobiz.Reminder{
		{Trigger: vobiz.DaysBeforeExpiry, Value: 3},
		{Trigger: vobiz.DaysBeforeExpiry, Value: 1},
	},
	Metadata: json.RawMessage(`{"customer_ref":"TEST_001","kycbatch":"1:8f14e45fceea167a:1.1","plan":"starter"}`),
}

// memory answers at once, without a network, as http.Transport would trace it.
func memory(b *testing.B, status int, text string) *vobiz.Client {
	b.Helper()
	cfg := config(b, "http://127.0.0.1:9/api/v1/partner")
	header := http.Header{"Date": {"Fri, 08 May 2026 19:37:01 GMT"}}
	cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		_, _ = io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: status, Header: header, ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text))}, nil
	})
	return newClient(b, cfg)
}

func BenchmarkCreate(b *testing.B) {
	client := memory(b, http.StatusCreated, pageCreatedEmail)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := client.Create(b.Context(), benchRequest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreateOverTCP(b *testing.B) {
	client := serve(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, pageCreatedEmail)
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := client.Create(b.Context(), benchRequest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListPage(b *testing.B) {
	item := pageGet
	text := `{"sessions":[` + strings.Repeat(item+",", 99) + item + `],"total":100,"page":1,"size":100}`
	client := memory(b, http.StatusOK, text)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := client.List(b.Context(), vobiz.ListQuery{Page: 1, Size: 100}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListing reports what a listing keeps of each session where they are visited.
func BenchmarkListing(b *testing.B) {
	pages := make([]vobiz.Page, 1000)
	for i := range pages {
		pages[i] = vobiz.Page{Total: 100 * len(pages), Number: i + 1}
		for j := range 100 {
			pages[i].Sessions = append(pages[i].Sessions, vobiz.Session{ID: fmt.Sprintf("96df2f70-f51f-41b4-997d-%06d%06d", i, j), AccountAuthID: "MA_1"})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		l := vobiz.Listing{Visit: func(vobiz.Session) {}}
		for _, page := range pages {
			if err := l.Add(page); err != nil {
				b.Fatal(err)
			}
		}
		if !l.Done() {
			b.Fatal("not done")
		}
	}
}
