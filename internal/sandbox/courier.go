package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// maxCouriers is how many webhooks are under way at once.
const maxCouriers = 4

// couriers deliver webhooks. One is made where there is something to deliver, up to maxCouriers, and ends when
// nothing is left.
type couriers struct {
	client  *http.Client
	waiting []delivery // what is due and not under way; at most the webhooks of the world
	busy    int
	all     sync.WaitGroup
}

// delivery names the n-th webhook of a session, from 1.
type delivery struct {
	about *session
	n     int
}

// newCouriers takes the client that delivers, nil for one of its own. Whichever it is, it follows no redirect: a 3xx
// is a failed attempt, and nothing is sent to where it points.
func newCouriers(client *http.Client) couriers {
	own := http.Client{Transport: &http.Transport{
		// No proxy: nothing leaves this machine. No connection is kept: a receiver may be stopped at any time.
		DialContext:       (&net.Dialer{Control: loopbackOnly}).DialContext,
		DisableKeepAlives: true,
	}}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Jar = nil
	return couriers{client: &own}
}

// tell puts the next attempt at a webhook into the schedule, if there is one. The lock is held, as in all below
// but deliver and send.
func (s *Server) tell(d delivery) {
	if t, ever := s.nextTry(d.about, d.n); ever {
		s.at(t, func() { s.dispatch(d) })
	}
}

// dispatch hands a delivery that is due to a courier.
func (s *Server) dispatch(d delivery) {
	if to, err := url.Parse(d.about.Webhook); err != nil || !loopbackHost(to.Host) {
		s.tried(d, WebhookTry{At: s.now(), Error: notLoopback})
		return
	}
	s.couriers.waiting = append(s.couriers.waiting, d)
	if s.couriers.busy < maxCouriers {
		s.couriers.busy++
		s.couriers.all.Go(s.deliver)
	}
}

// deliver is a courier's life.
func (s *Server) deliver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.couriers.busy-- }()
	for c := &s.couriers; !s.ended && len(c.waiting) > 0; {
		d := c.waiting[0]
		c.waiting = c.waiting[1:]
		s.settle()
		try := WebhookTry{At: s.now()}
		body, err := s.webhookBody(d.about, d.n)
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"kycbatch-sandbox"}}
		if s.token != "" {
			header.Set("X-Vobiz-Signature", s.signature(body))
		}
		s.mu.Unlock()
		if err == nil {
			try.Status, err = s.send(d.about.Webhook, header, body)
		}
		s.mu.Lock()
		if err != nil {
			try.Error = err.Error()
		}
		if s.ended {
			return // as by a crash: nobody wrote down what became of it
		}
		s.settle()
		s.tried(d, try)
	}
}

// tried writes an attempt down.
func (s *Server) tried(d delivery, try WebhookTry) {
	_ = s.happen(event{Kind: eventTry, At: s.now(), ID: d.about.ID, Nth: d.n, Try: &try}) // unwritten, it did not happen
}

// send makes one attempt and gives the status of its answer. No lock is held.
func (s *Server) send(to string, header http.Header, body []byte) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), WebhookTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("webhook_url is no URL to send to")
	}
	r.Header = header
	res, err := s.couriers.client.Do(r)
	if err != nil {
		var where *url.Error // whose text has the URL in it
		if errors.As(err, &where) {
			err = where.Err
		}
		return 0, fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // the status counts; who says more than that is not listened to
	return res.StatusCode, nil
}
