package vobiz_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// raw serves literal bytes on real TCP to everything, then more for as long as the client takes it, and gives a client of it.
func raw(t *testing.T, head string, more []byte) *vobiz.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var served sync.WaitGroup
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		served.Wait()
	})
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer conn.Close()
				if _, err := conn.Read(make([]byte, 4096)); err != nil { // the request, or enough of it
					return
				}
				_, err := io.WriteString(conn, head)
				for err == nil && len(more) > 0 {
					_, err = conn.Write(more)
				}
				_, _ = io.Copy(io.Discard, conn) // until the client has left
			})
		}
	})
	return newClient(t, config(t, "http://"+l.Addr().String()+"/api/v1/partner"))
}

// What may be allocated for one answer, whatever it is.
const mostForAnAnswer = 256 << 20

// bounded runs a call and says that it took no more memory than an answer may, all that was freed meanwhile included.
func bounded(t *testing.T, name string, call func() error) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := call()
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(mostForAnAnswer), name)
	return err
}

// Whatever comes, however long it goes on, each call ends with an error that says so, and takes a bounded part of the memory.
func TestBombs(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 64<<10)
	headers := strings.Repeat("X-Bomb: y\r\n", 20_000)
	for name, b := range map[string]struct {
		head string
		more []byte
	}{
		"endless body":                 {"HTTP/1.1 200 OK\r\n\r\n", line},
		"endless body of a length":     {"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", line},
		"endless body of an error":     {"HTTP/1.1 500 No\r\n\r\n", line},
		"endless chunks":               {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", []byte("400\r\n" + strings.Repeat("[", 0x400) + "\r\n")},
		"endless small chunks":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bytes.Repeat([]byte("1\r\n{\r\n"), 10_000)},
		"endless chunk extension":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", line},
		"endless trailer":              {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", []byte("X-Bomb: y\r\n")},
		"endless headers":              {"HTTP/1.1 200 OK\r\n", []byte(headers)},
		"a header without an end":      {"HTTP/1.1 200 OK\r\nX-Bomb: ", line},
		"a status line without an end": {"HTTP/1.1 200 ", line},
		"thousands of headers":         {"HTTP/1.1 200 OK\r\n" + headers + "\r\n{}", nil},
		"answers before the answer":    {"", []byte("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")},
		"100 Continue without an end":  {"", []byte("HTTP/1.1 100 Continue\r\n\r\n")},
		"gzip that nobody asked for":   {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", line},
		"a length that is no number":   {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", line},
		"two lengths":                  {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 99\r\n\r\n", line},
		"no HTTP at all":               {"\x16\x03\x01\x02\x00\x1b[2J", line},
	} {
		client := raw(t, b.head, b.more)
		for _, e := range endpoints()[:3] { // the others have the same way in
			err := bounded(t, name, func() error { _, err := e.call(t.Context(), client); return err })
			require.Error(t, err, "%s: %s", name, e.name)
			require.NotErrorIs(t, err, context.DeadlineExceeded, "%s: %s was not ended by its bounds", name, e.name)
			require.Less(t, len(err.Error()), 2000, name)
			require.NotContains(t, err.Error(), "\x1b", name)
		}
	}
}

// What fits into an answer's bytes and means a lot of memory, or of depth, or of time.
func TestBombsOfJSON(t *testing.T) {
	const object, list = 1<<20 - 100, 16<<20 - 100
	fill := func(open, item, shut string, size int) string {
		return open + strings.TrimSuffix(strings.Repeat(item, (size-len(open)-len(shut))/len(item)), ",") + shut
	}
	numbered := func(open, shut string, size int) string { // fields of names that differ
		var b strings.Builder
		b.WriteString(open)
		for i := 0; b.Len() < size-40; i++ {
			fmt.Fprintf(&b, `"x%d":1,`, i)
		}
		return b.String() + `"end":1` + shut
	}
	for name, text := range map[string]string{
		"deep arrays":               fill(`{"id":"`+someID+`","metadata":`, "[", "", object),
		"deep objects":              fill("", `{"a":`, "", object),
		"deep and whole":            strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
		"a number of a megabyte":    fill(`{"sessions":[],"total":`, "9", "}", object),
		"an exponent":               `{"sessions":[],"total":1e999999999,"id":1e999999999}`,
		"an id of a megabyte":       fill(`{"id":"`, "a", `","account_auth_id":"MA_1","status":"email_sent"}`, object),
		"a status of a megabyte":    fill(`{"id":"`+someID+`","account_auth_id":"MA_1","status":"`, `\u001b`, `"}`, object),
		"a type of a megabyte":      fill(`{"id":"`+someID+`","account_auth_id":"MA_1","kyc_type":"`, `a`, `"}`, object),
		"an account of a megabyte":  fill(`{"id":"`+someID+`","account_auth_id":"`, `a`, `"}`, object),
		"many unknown fields":       numbered(`{"id":"`+someID+`",`, "}", object),
		"one field again and again": fill(`{"id":"`+someID+`",`, `"status":"opened",`, `"x":1}`, object),
	} {
		for _, e := range endpoints() {
			if e.name == "profile" || e.name == "resend" || e.name == "revoke" {
				continue // of these nothing is kept
			}
			err := bounded(t, name, func() error {
				_, err := e.call(t.Context(), answer(t, map[bool]int{true: 201, false: 200}[e.name == "create"], text))
				return err
			})
			require.Error(t, err, "%s: %s", name, e.name)
			require.Less(t, len(err.Error()), 2000, name)
		}
	}
	for name, text := range map[string]string{
		"a million sessions":       fill(`{"total":2000000,"sessions":[`, `{"id":"1"},`, "]}", list),
		"a million ids":            fill(`{"total":2000000,"sessions":[`, `{"id":"`+someID+`","status":""},`, "]}", list),
		"a page of nothing":        fill(`{"total":2000000,"sessions":[`, `{},`, "]}", list),
		"a page of numbers":        fill(`{"total":2000000,"sessions":[`, `1,`, "]}", list),
		"a total of a megabyte":    fill(`{"sessions":[],"total":`, "1", "}", list),
		"a session of 16 megabyte": numbered(`{"total":1,"sessions":[{"id":"`+someID+`",`, "}]}", list),
		"a schedule of 16 MiB":     fill(`{"total":1,"sessions":[{"id":"`+someID+`","reminder_schedule":[`, `{},`, "]},1]}", list),
	} {
		client := answer(t, 200, text)
		err := bounded(t, name, func() error { _, _, err := client.List(t.Context(), vobiz.ListQuery{}); return err })
		asAnswer(t, err)
		require.Less(t, len(err.Error()), 2000, name)
	}
	many := fill(`{"error":"E","message":"M","status_code":422,"details":[`, `{"loc":["body","a"],"msg":"m","type":"t"},`, "]}", object)
	err := bounded(t, "details", func() error { _, err := endpoints()[0].call(t.Context(), answer(t, 422, many)); return err })
	require.LessOrEqual(t, len(asAPI(t, err).Details), 100)
	require.Less(t, len(err.Error()), 2000)
}

// An answer that comes a byte at a time, head or body, is given up when the time of one request is over.
func TestDripsEndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 7 * time.Second
		for _, head := range []string{"", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Drip: ", "HTTP/1.1 201 Created\r\n\r\n", "HTTP/1.1 500 No\r\n\r\n"} {
			network := newPipeNet()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				conn, err := network.Accept()
				for err == nil {
					go func() { _, _ = io.Copy(io.Discard, conn) }()
					if _, err = io.WriteString(conn, head); err != nil {
						break
					}
					for err == nil {
						time.Sleep(100 * time.Millisecond)
						_, err = conn.Write([]byte("x"))
					}
				}
				_ = conn.Close()
			}()
			transport := vobiz.NewTransport(1)
			transport.DialContext = network.Dial
			client := newClient(t, vobiz.Config{
				BaseURL: "http://localhost/api/v1/partner", AuthID: vobiz.NewSecret(testID), AuthToken: vobiz.NewSecret(testToken), Transport: transport, Timeout: timeout,
			})
			began := time.Now()
			_, err := endpoints()[2].call(t.Context(), client)
			require.Error(t, err, head)
			require.LessOrEqual(t, time.Since(began), timeout, head)
			transport.CloseIdleConnections()
			<-ended
		}
	})
}

// More sessions than anybody has are not gathered, however slowly they come.
func TestListingRefusesAHugeTotal(t *testing.T) {
	l := vobiz.Listing{}
	err := l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a"}}, Total: 10_000_001})
	require.ErrorIs(t, err, vobiz.ErrIncomplete)
	require.ErrorContains(t, err, "at most 10000000")
	l = vobiz.Listing{}
	require.NoError(t, l.Add(vobiz.Page{Sessions: []vobiz.Session{{ID: "a"}}, Total: 10_000_000}))
}

// No redirect carries anything anywhere: not to another port, not to another name of this host, not from https to http, not with
// the same method, not with a Location of any kind or without one.
func TestRedirectsCarryNothing(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	port := other.Listener.Addr().(*net.TCPAddr).Port
	places := []string{
		"", other.URL, other.URL + "/api/v1/partner/kyc-sessions", fmt.Sprintf("http://localhost:%d/", port), fmt.Sprintf("//127.0.0.1:%d/x", port),
		fmt.Sprintf("http://%s:%s@127.0.0.1:%d/", testID, testToken, port), "/api/v1/partner/kyc-sessions", "kyc-sessions?token=" + testToken, "file:///etc/passwd", "javascript:1", "\u202ehttp://x", "%zz", ":",
	}
	var here atomic.Int32
	var status atomic.Int32
	var place atomic.Value
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		here.Add(1)
		if at := place.Load().(string); at != "" {
			w.Header().Set("Location", at)
			w.Header().Set("Refresh", "0; url="+at)
			w.Header().Set("Alt-Svc", fmt.Sprintf(`h2="127.0.0.1:%d"; ma=3600`, port))
		}
		w.WriteHeader(int(status.Load()))
	})
	plain, tls := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	t.Cleanup(plain.Close)
	t.Cleanup(tls.Close)
	secure := config(t, tls.URL+"/api/v1/partner")
	trust(secure, tls)
	for from, client := range map[string]*vobiz.Client{"http": newClient(t, config(t, plain.URL+"/api/v1/partner")), "https": newClient(t, secure)} {
		for code := int32(300); code <= 308; code++ {
			for _, at := range places {
				status.Store(code)
				place.Store(at)
				for _, e := range endpoints() {
					here.Store(0)
					_, err := e.call(t.Context(), client)
					require.Equal(t, int(code), asAPI(t, err).Status, "%s %s to %q", e.name, from, at)
					require.EqualValues(t, 1, here.Load(), "%s %s %d to %q", e.name, from, code, at)
					require.NotContains(t, err.Error(), testToken)
				}
			}
		}
	}
	require.Zero(t, elsewhere.Load(), "something was carried elsewhere")
}
