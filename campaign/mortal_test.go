package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
)

// life is one process: it dies once, and from then on nothing it does has an effect.
type life struct {
	*simulation
	cancel context.CancelFunc

	mu     sync.Mutex
	dead   bool
	broken bool // the ledger had a commit error
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

func (l *life) die(where string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return
	}
	l.dead = true
	l.note("CRASH %s", where)
	l.simulation.mu.Lock()
	l.crashes["crash "+where]++
	l.simulation.mu.Unlock()
	l.cancel()
}

const seamChance = 0.004 // of dying at one seam

func (s *simulation) seamChance() float64 {
	if s.dying > 0 {
		return s.dying
	}
	return seamChance
}

// takes lets a moment pass that belongs to the entity: up to limit, and never the same for two. Things
// that happen at one instant happen in whatever order the scheduler likes; these don't.
func (s *simulation) takes(entity string, limit time.Duration) {
	time.Sleep(time.Microsecond + time.Duration(s.chance("time of "+entity)*float64(limit)))
}

// mortalStore is the second implementation of store: a ledger in a process that dies at its seams, on a
// disk that fills up and fails.
type mortalStore struct {
	*checkpoint.Ledger
	l *life
}

func (m mortalStore) Put(ctx context.Context, w ...checkpoint.Write) error {
	where, account := m.seam(w)
	m.l.takes("put "+where+account, 5*time.Millisecond)
	if m.l.isDead() {
		return errDead
	}
	if m.l.isBroken() {
		return checkpoint.ErrBroken
	}
	draw := 0.5
	if where != "" && !m.l.calm {
		draw = m.l.chance("put " + where + account)
	}
	switch {
	case draw < m.l.seamChance():
		m.l.die("before " + where)
		return errDead
	case draw < 1.5*m.l.seamChance():
		m.l.breaks("disk full on " + where)
		return checkpoint.ErrFull
	}
	if err := m.Ledger.Put(ctx, w...); err != nil {
		return err
	}
	m.l.wrote(w)
	switch {
	case draw > 1-m.l.seamChance():
		m.l.die("after " + where)
		return errDead
	case draw > 1-1.5*m.l.seamChance():
		m.l.breaks("commit error on " + where)
		return checkpoint.ErrBroken
	}
	return nil
}

// breaks is the end of a disk: nothing is written any more in this life.
func (l *life) breaks(class string) {
	l.mu.Lock()
	l.broken = true
	l.mu.Unlock()
	l.note("FAULT %s", class)
	l.simulation.mu.Lock()
	defer l.simulation.mu.Unlock()
	l.crashes[class]++
}

func (l *life) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Get takes a moment, as a disk does.
func (m mortalStore) Get(t checkpoint.Table, key []byte) ([]byte, error) {
	m.l.takes("get "+string(t)+string(key), time.Millisecond)
	return m.Ledger.Get(t, key)
}

// seam names what a Put is about, and "" where nothing of the protocol depends on it.
func (m mortalStore) seam(w []checkpoint.Write) (where, account string) {
	if len(w) == 0 || w[0].Table != checkpoint.Records || w[0].Value == nil {
		if len(w) > 1 {
			return "the import", ""
		}
		return "", ""
	}
	rec, err := decodeRecord(w[0].Value)
	require.NoError(m.l.t, err)
	switch {
	case m.l.resends && m.l.wasResent(rec.Account) == rec.Resend:
		return "what a sync saw", rec.Account
	case m.l.resends && !rec.Resend.First.IsZero():
		return "the resend's intent", rec.Account
	case m.l.resends:
		return "the resend's outcome", rec.Account
	case rec.State == Started:
		return "the intent", rec.Account
	case rec.Audited:
		return "the audit's outcome", rec.Account
	case rec.Current() == Pending && rec.End.byHand():
		return "the order", rec.Account
	default:
		return "the outcome", rec.Account
	}
}

// wasResent is what the ledger says of the account's resends.
func (l *life) wasResent(account string) Resends {
	l.simulation.mu.Lock()
	defer l.simulation.mu.Unlock()
	return l.resent[account]
}

func (l *life) wrote(w []checkpoint.Write) {
	l.simulation.mu.Lock()
	defer l.simulation.mu.Unlock()
	for _, write := range w {
		if write.Table == checkpoint.Records && write.Value != nil {
			rec, err := decodeRecord(write.Value)
			require.NoError(l.t, err)
			l.states[rec.Account], l.resent[rec.Account] = rec.State, rec.Resend
			if l.watches != nil {
				l.watches(rec)
			}
			if rec.End.byHand() {
				l.named[rec.End.Session], l.only[rec.Account] = true, rec.End.Only
			}
			if l.untold {
				continue
			}
			l.trace = append(l.trace, fmt.Sprintf("%12s put %s %s %d.%d %s audited=%v", time.Since(l.began), rec.Account, rec.State,
				rec.Round, rec.Attempt, rec.Session.ID, rec.Audited))
		}
	}
}

// mortalTransport is the network of a process that can die in the middle of a request.
type mortalTransport struct{ l *life }

func (m mortalTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.l.isDead() {
		return nil, errDead
	}
	where, account := m.seam(r)
	draw := 0.5
	if !m.l.calm {
		draw = m.l.chance("request " + where + account)
	}
	if draw < m.l.seamChance() {
		m.l.die(where + " before it is sent")
		return nil, errDead
	}
	m.l.takes("way to "+where+account, 20*time.Millisecond)
	resp, err := m.l.api.Transport().RoundTrip(r)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	if m.l.isDead() {
		return nil, errDead
	}
	m.l.note("%s %s: %d", where, account, status)
	m.l.takes("way back from "+where+account, 20*time.Millisecond)
	if draw > 1-m.l.seamChance() {
		m.l.die(where + " after its effect")
	}
	if m.l.isDead() {
		return nil, errDead
	}
	return resp, err
}

func (m mortalTransport) seam(r *http.Request) (where, account string) {
	if strings.HasSuffix(r.URL.Path, "/resend") {
		return "the resend", filepath.Base(filepath.Dir(r.URL.Path))
	}
	if r.Method == http.MethodPost {
		return "the POST", accountOf(m.l.t, r)
	}
	account = r.URL.Query().Get("account_auth_id")
	switch {
	case r.Method == http.MethodDelete:
		return "the DELETE", filepath.Base(r.URL.Path)
	case m.l.resends && !strings.HasSuffix(r.URL.Path, "/kyc-sessions"):
		return "a night's look", filepath.Base(r.URL.Path)
	case !strings.HasSuffix(r.URL.Path, "/kyc-sessions"):
		return "the canary's look", filepath.Base(r.URL.Path)
	case account == "":
		return "a sweep", ""
	}
	m.l.simulation.mu.Lock()
	defer m.l.simulation.mu.Unlock()
	switch m.l.states[account] {
	case Started:
		return "a reconciling look", account
	case "":
		return "a guard's look", account
	default:
		return "an audit's look", account
	}
}

// accountOf is the account that a create request names.
func accountOf(t *testing.T, r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var create struct {
		Account string `json:"account_auth_id"`
	}
	require.NoError(t, json.Unmarshal(body, &create))
	return create.Account
}
