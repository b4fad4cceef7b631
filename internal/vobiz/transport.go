package vobiz

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// idleTimeout keeps a create off a connection that the server may be closing. Measured: of POSTs on connections
	// near the server's idle limit 7 % ended unknown though they were not processed; without such reuse, none.
	idleTimeout    = 2 * time.Second
	connectTimeout = 10 * time.Second
	maxHeaderBytes = 64 << 10
)

// NewTransport returns the network that design rule 7 asks for: HTTP/1.1 only, TLS 1.2 or better, no connection
// used that was idle for more than two seconds, no transparent decompression (gzip grows a thousandfold), answer
// headers of at most 64 KiB. Up to maxConns idle connections are kept (0 means 2); more may be open at a time. A
// proxy from the environment is used, but never for the loopback interface.
//
// The caller owns it; CloseIdleConnections releases what it holds.
func NewTransport(maxConns int) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  quietProxy(http.ProxyFromEnvironment),
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    maxConns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		Protocols:              protocols,
	}
}

// quietProxy keeps the loopback interface off any proxy, and the proxy's password out of errors: an address that
// cannot be parsed is quoted in full by the standard library.
func quietProxy(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if isLoopback(r.URL.Hostname()) {
			return nil, nil
		}
		proxy, err := choose(r)
		if err != nil {
			return nil, errors.New("the proxy address in the environment cannot be read; check HTTPS_PROXY")
		}
		return proxy, nil
	}
}
