package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	answerWithin = 5 * time.Second // what comes from memory
	readWithin   = 2 * time.Minute // what is read from the ledger
	maxAnswer    = 64 << 20
)

// Client asks the process that holds the ledger of a data directory. Each call is a connection of its own, so there
// is nothing to close.
//
// Errors of every method: ErrNobody, ErrSilent, a *RefusedError, or the cause of ctx. Anything else is a fault
// of the socket, such as one that belongs to another user (fs.ErrPermission).
type Client struct {
	dir  string
	http *http.Client
}

// NewClient asks at the socket of the data directory dir. Nothing is connected yet.
func NewClient(dir string) *Client {
	return newClient(dir, func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, dir) })
}

func newClient(dir string, dial func(ctx context.Context, network, address string) (net.Conn, error)) *Client {
	return &Client{dir: dir, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Run asks who runs and how far it is.
func (c *Client) Run(ctx context.Context) (r Run, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, ErrSilent)
	defer cancel()
	_, err = c.call(ctx, http.MethodGet, "/run", nil, &r)
	return r, err
}

// Campaigns asks what the ledger knows of each campaign, and decodes it into what into points to.
func (c *Client) Campaigns(ctx context.Context, into any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readWithin, ErrSilent)
	defer cancel()
	_, err := c.call(ctx, http.MethodGet, "/campaigns", nil, into)
	return err
}

// Stop asks the run to begin nothing more and to finish what is under way. It returns once the run knows.
func (c *Client) Stop(ctx context.Context, a Asker) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, ErrSilent)
	defer cancel()
	_, err := c.call(ctx, http.MethodPost, "/stop", a, nil)
	return err
}

// End waits until the run has ended, for as long as ctx lets it, and decodes what it gave to Ended. known is false
// where it ended without that. The process may hold the ledger for a moment longer.
func (c *Client) End(ctx context.Context, into any) (known bool, err error) {
	return c.call(ctx, http.MethodGet, "/end", nil, into)
}

// Snapshot has the process write a copy of its ledger, calls open with the folder that holds it as ledger.db, and
// removes the folder. A file that open has opened stays readable after that, and leaves nothing behind however this
// process ends. The error may be that of open.
func (c *Client) Snapshot(ctx context.Context, open func(dir string) error) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readWithin, ErrSilent)
	defer cancel()
	var made snapshotAnswer
	if _, err := c.call(ctx, http.MethodPost, "/snapshot", nil, &made); err != nil {
		return err
	}
	if ours, _ := filepath.Match(copyPrefix+"*", made.Name); !ours { // so it has no separator, and leads nowhere else
		return errors.New("the snapshot that the process names is not in its folder")
	}
	folder := filepath.Join(c.dir, shelfFolder, made.Name)
	defer func() {
		if removed := os.RemoveAll(folder); removed != nil && err == nil {
			err = fmt.Errorf("remove the snapshot: %w", removed)
		}
	}()
	return open(folder)
}

// call makes one request. present is false where the answer is empty.
func (c *Client) call(ctx context.Context, method, path string, body, into any) (present bool, err error) {
	var sent io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return false, err
		}
		sent = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://run"+path, sent)
	if err != nil {
		return false, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return false, told(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read as far as it matters
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return false, told(ctx, err)
	}
	switch {
	case answer.StatusCode == http.StatusNoContent:
		return false, nil
	case answer.StatusCode != http.StatusOK:
		var no refusal
		if json.Unmarshal(text, &no) != nil || no.Error == "" {
			no.Error = "it does not know the question: it may be another version of this program"
		}
		return false, &RefusedError{no.Error}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("its answer cannot be read: %w", err)
	}
	return true, nil
}
