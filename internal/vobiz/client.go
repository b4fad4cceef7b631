package vobiz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// Bounds of an answer's body, in bytes. A list page of 100 sessions is some 70 KiB.
const (
	maxObject = 1 << 20
	maxList   = 16 << 20
)

// Answer is what is known of an answer besides its content. It comes with errors too, as far as it was received.
type Answer struct {
	Status int       // HTTP status; 0 if no answer came
	Date   time.Time // the server's Date, whole seconds, UTC, a lower bound of its clock; zero if absent or unreadable
}

// call is one request: where it goes, what it carries, and the one status that is its success.
type call struct {
	op     string // for errors
	method string
	path   string // below the base address
	query  string // encoded
	body   []byte // JSON; nil for none
	want   int
	limit  int // bytes of the answer's body
}

// do carries out one request and returns the body of its success. It calls the RoundTripper itself instead of an
// http.Client: so no redirect can be followed, and no error can quote the address with its query.
func (c *Client) do(ctx context.Context, call call) ([]byte, Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var connected atomic.Bool // the hook may run on another goroutine
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})

	response, err := c.transport.RoundTrip(c.request(ctx, call))
	if err == nil && response == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		return nil, Answer{}, c.transportError(call.op, connected.Load(), withContext(ctx, err))
	}
	if response.Body == nil {
		response.Body = http.NoBody
	}
	defer func() { _ = response.Body.Close() }() // what was read is judged below; nothing more can be learned here

	answer := Answer{Status: response.StatusCode, Date: parseDate(response.Header)}
	if answer.Status == http.StatusSwitchingProtocols {
		// Its "body" is the bare connection, which no deadline bounds.
		return nil, answer, c.apiError(call.op, answer, response.Header, nil)
	}
	failed := answer.Status < 200 || answer.Status > 299
	limit := call.limit
	if failed {
		limit = maxObject
	}
	text, err := readBody(response, limit)
	switch {
	case stored(response.Header) && call.method == http.MethodGet && !failed:
		return nil, answer, c.answerError(call.op, answer, errors.New("a cache answered in the API's place (its header Age says so), which proves nothing"))
	case failed:
		// Where the text broke off there is none, and the status stands.
		return nil, answer, c.apiError(call.op, answer, response.Header, text)
	case err != nil:
		return nil, answer, c.answerError(call.op, answer, withContext(ctx, err))
	case answer.Status != call.want:
		return nil, answer, c.answerError(call.op, answer, fmt.Errorf("the documented success is %d", call.want))
	}
	return text, answer, nil
}

// request builds the request by hand, not with http.NewRequest, which would set GetBody: with that, net/http could
// send a create a second time by itself.
func (c *Client) request(ctx context.Context, call call) *http.Request {
	request := &http.Request{
		Method:     call.method,
		URL:        &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: c.base.Path + call.path, RawQuery: call.query},
		Host:       c.base.Host,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     c.header(),
	}
	switch {
	case call.body != nil:
		request.Header = c.headerOfJSON()
		request.Body = io.NopCloser(bytes.NewReader(call.body))
		request.ContentLength = int64(len(call.body))
	case call.method == http.MethodGet:
		request.Body = emptyBody{}
	}
	return request.WithContext(ctx)
}

// emptyBody is a body of no bytes. net/http repeats a GET that has no body when a reused connection breaks, unseen by
// the brake; one whose body it cannot rewind it leaves alone, and sends it without any body all the same.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// readBody reads to the end, which also frees the connection for the next request: the whole body, or nil and an
// error, also beyond limit bytes.
func readBody(response *http.Response, limit int) ([]byte, error) {
	// One byte more than announced, so that the end is met without growing. What is announced is not believed
	// beyond 64 KiB.
	size := int64(512)
	if response.ContentLength >= 0 {
		size = min(response.ContentLength, 64<<10) + 1
	}
	text := make([]byte, 0, size)
	for {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		n, err := response.Body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case len(text) > limit:
			return nil, fmt.Errorf("its body is longer than %d KiB", limit>>10)
		case err == io.EOF:
			return text, nil
		case err != nil:
			return nil, fmt.Errorf("its body breaks off after %d bytes: %w", len(text), err)
		}
	}
}

// withContext makes errors.Is find the context's error, in whose place net/http may report the cause that the caller
// gave to a cancel.
func withContext(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}

// stored says whether an answer comes out of a cache (RFC 9111, section 5.1).
func stored(header http.Header) bool {
	age := header.Get("Age")
	return age != "" && age != "0"
}

func parseDate(header http.Header) time.Time {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date.UTC()
}
