package vobiz

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is the address of the real API.
const DefaultBaseURL = "https://api.vobiz.ai/api/v1/partner"

// DefaultTimeout bounds one request when [Config.Timeout] is zero.
const DefaultTimeout = 30 * time.Second

const (
	defaultUserAgent = "kycbatch"
	defaultMaxConns  = 16
)

// Config is what a [Client] needs. AuthID and AuthToken have no default; BaseURL has none either, so that no
// program mails customers because it forgot to say where.
type Config struct {
	// BaseURL is the address that all paths are added to, [DefaultBaseURL] for the real API. https, or http where
	// the host is the loopback interface (127.0.0.0/8, ::1, localhost); no user, query, fragment or escapes in it.
	BaseURL string

	// AuthID and AuthToken are sent as X-Auth-ID and X-Auth-Token. Printable ASCII without spaces around it.
	AuthID, AuthToken Secret

	// Timeout bounds one request, from the call of the method to the last byte of the answer. Zero means
	// [DefaultTimeout]. It does not include what the caller waited before the call.
	Timeout time.Duration

	// Transport carries the requests; nil means NewTransport(16). Another one must neither retry nor follow
	// redirects, and must report GotConn to net/http/httptrace as http.Transport does: a transport that sends
	// without reporting it makes [TransportError.Sent] say that nothing was sent.
	Transport http.RoundTripper

	// UserAgent is sent as User-Agent; "" means "kycbatch".
	UserAgent string
}

// Client calls the five KYC session endpoints. It is safe for concurrent use and holds no state between calls
// beyond its transport's connections.
type Client struct {
	base      url.URL // Path without a trailing slash
	authID    Secret
	authToken Secret
	userAgent string
	timeout   time.Duration
	transport http.RoundTripper

	// header and headerOfJSON are those of every request without and with a body, made once: a transport only reads them.
	// They lie in funcs for the reason for which a Secret does.
	header, headerOfJSON func() http.Header
}

// New checks the configuration; it sends nothing. Its errors name the field and never print a credential.
func New(cfg Config) (*Client, error) {
	base, err := parseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkHeaderValue("auth id", cfg.AuthID.Reveal()); err != nil {
		return nil, err
	}
	if err := checkHeaderValue("auth token", cfg.AuthToken.Reveal()); err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("timeout %v is negative", cfg.Timeout)
	}
	c := &Client{
		base:      base,
		authID:    cfg.AuthID,
		authToken: cfg.AuthToken,
		userAgent: cfg.UserAgent,
		timeout:   cfg.Timeout,
		transport: cfg.Transport,
	}
	if c.userAgent == "" {
		c.userAgent = defaultUserAgent
	}
	if err := checkHeaderValue("user agent", c.userAgent); err != nil {
		return nil, err
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.transport == nil {
		c.transport = NewTransport(defaultMaxConns)
	}
	plain := c.headers()
	withBody := plain.Clone()
	withBody.Set("Content-Type", "application/json")
	c.header, c.headerOfJSON = func() http.Header { return plain }, func() http.Header { return withBody }
	return c, nil
}

func (c *Client) headers() http.Header {
	return http.Header{
		"X-Auth-Id":    {c.authID.Reveal()},
		"X-Auth-Token": {c.authToken.Reveal()},
		"Accept":       {"application/json"},
		// A stored list may lack a session. What lies in between may keep one: X-Auth-Token, unlike Authorization, forbids it nothing.
		"Cache-Control": {"no-cache"},
		"User-Agent":    {c.userAgent},
	}
}

// parseBaseURL never quotes the address in an error before it is known to hold no password.
func parseBaseURL(text string) (url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return url.URL{}, errors.New("API address is not a URL")
	}
	switch {
	case u.User != nil:
		return url.URL{}, errors.New("API address holds a user or password; credentials are given separately")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return url.URL{}, errors.New("API address holds a query or fragment")
	case u.Opaque != "" || u.Hostname() == "":
		return url.URL{}, errors.New("API address has no host; it looks like " + DefaultBaseURL)
	case u.RawPath != "":
		return url.URL{}, fmt.Errorf("API address for %s has escapes in its path", u.Host)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return url.URL{}, fmt.Errorf("API address for %s must be https (http is for the loopback interface only)", u.Host)
	}
	return url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// checkHeaderValue is stricter than net/http, which would find a bad value only at the first request and report it
// as one on which nothing was sent: worth trying again, for ever.
func checkHeaderValue(name, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty", name)
	}
	if strings.TrimSpace(value) != value {
		return fmt.Errorf("%s has white space around it (a line end from a file?)", name)
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return fmt.Errorf("%s has a character at byte %d that no header can carry", name, i)
		}
	}
	return nil
}
