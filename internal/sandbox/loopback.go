package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Listen opens a TCP listener for [Server.Serve]. It refuses any address but one of this machine's
// loopback: a sandbox has no secrets worth keeping and no business with a network. Port 0 takes a
// free one.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("listen for the sandbox: %s is not a loopback address; use 127.0.0.1", address), l.Close())
	}
	return l, nil
}

// notLoopback is the error of the one try that a webhook to another machine gets.
const notLoopback = "not sent: not loopback"

// loopbackOnly refuses to connect to another machine, whatever a name resolved to.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil && !to.Addr().IsLoopback() {
		err = errors.New(notLoopback)
	}
	return err
}

// loopbackHost says whether a host, with or without a port, is this machine by its name.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
