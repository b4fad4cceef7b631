package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kycbatch/internal/sandbox"
)

const (
	partnerPath = "/api/v1/partner"
	patience    = time.Minute // how long a script waits for what must come
)

// localAPI is the API that a script's programs talk to, over real connections.
type localAPI struct {
	world *sandbox.Server
	http  *httptest.Server

	mu   sync.Mutex
	gate *gate // nil: nothing is held
}

// gate keeps one answer back whose work is done, so that a script knows what is under way.
type gate struct {
	route string
	left  int           // requests of the route that come through before the one that is kept
	shut  chan struct{} // closed when it is kept
	open  chan struct{} // closed when it may go
}

func serveAPI(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0)
	var cfg sandbox.Config
	if len(args) > 0 {
		decode(ts, args[0], &cfg)
	}
	world, err := sandbox.New(cfg)
	ts.Check(err)
	a := &localAPI{world: world}
	a.http = httptest.NewServer(a)
	sceneOf(ts).api = a
	ts.Setenv("API", a.http.URL+partnerPath)
	ts.Setenv("KYCBATCH_API_URL", a.http.URL+partnerPath)
}

// decode reads JSON in a script. A word that means nothing would be a fault that never happens.
func decode(ts *testscript.TestScript, text string, to any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(to))
}

func (a *localAPI) end() {
	a.release()
	a.http.CloseClientConnections()
	a.http.Close()
	_ = a.world.Close() // in memory: there is nothing to lose
}

// ServeHTTP is the API; one answer may be kept at the gate.
func (a *localAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := a.take(routeOf(r))
	if g == nil {
		a.world.ServeHTTP(w, r)
		return
	}
	kept := httptest.NewRecorder()
	a.world.ServeHTTP(kept, r)
	close(g.shut)
	select {
	case <-g.open:
	case <-r.Context().Done(): // the client has left
	}
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.Code)
	_, _ = w.Write(kept.Body.Bytes())
}

// take counts a request, and gives the gate if this is the one to keep.
func (a *localAPI) take(route sandbox.Route) *gate {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.gate
	if g == nil || g.route != string(route) {
		return nil
	}
	if g.left--; g.left != 0 {
		return nil
	}
	return g
}

func routeOf(r *http.Request) sandbox.Route {
	whole := strings.HasSuffix(r.URL.Path, "/kyc-sessions")
	switch {
	case r.Method == http.MethodPost && whole:
		return sandbox.RouteCreate
	case r.Method == http.MethodPost:
		return sandbox.RouteResend
	case r.Method == http.MethodGet && whole:
		return sandbox.RouteList
	case r.Method == http.MethodGet:
		return sandbox.RouteGet
	case r.Method == http.MethodDelete:
		return sandbox.RouteRevoke
	}
	return ""
}

func holdAnswer(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	a := sceneOf(ts).api
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gate = &gate{route: args[0], left: n, shut: make(chan struct{}), open: make(chan struct{})}
}

func awaitHeld(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0)
	select {
	case <-sceneOf(ts).api.gate.shut:
	case <-time.After(patience):
		ts.Fatalf("no such request came")
	}
}

func releaseHeld(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0)
	sceneOf(ts).api.release()
}

func (a *localAPI) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gate != nil {
		close(a.gate.open)
		a.gate = nil
	}
}

func setFaults(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	var f sandbox.Faults
	decode(ts, args[0], &f.Rules)
	ts.Check(sceneOf(ts).api.world.SetFaults(f))
}

func letStranger(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	if sceneOf(ts).api.world.Stranger(args[0]) == "" {
		ts.Fatalf("there is no account %s", args[0])
	}
}

func letBecome(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	world := sceneOf(ts).api.world
	sessions := world.Sessions(args[0])
	if len(sessions) == 0 {
		ts.Fatalf("account %s has no session", args[0])
	}
	ts.Check(world.Set(sessions[len(sessions)-1].ID, args[1]))
}

func letPass(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	url := strings.TrimSuffix(ts.Getenv("API"), partnerPath) + "/clock"
	r, err := http.NewRequest(http.MethodPut, url, strings.NewReader(`{"advance":`+strconv.Quote(args[0])+`}`))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("the clock was not set forward: %s", answer.Status)
	}
}

// compareJournal asks the API at $API, which may be a process of its own. FIGURE is a key of sandbox.Verdict, or a
// route: how many requests of it arrived.
func compareJournal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	answer, err := http.Get(strings.TrimSuffix(ts.Getenv("API"), partnerPath) + "/journal?sessions=0")
	ts.Check(err)
	defer answer.Body.Close()
	var report struct {
		Journal sandbox.Journal `json:"journal"`
		Verdict map[string]any  `json:"verdict"`
	}
	ts.Check(json.NewDecoder(answer.Body).Decode(&report))
	compareFigures(ts, args, func(name string) any {
		switch route := sandbox.Route(name); route {
		case sandbox.RouteCreate, sandbox.RouteList, sandbox.RouteGet, sandbox.RouteResend, sandbox.RouteRevoke:
			return report.Journal.Total(route)
		}
		return report.Verdict[name]
	})
}

// trap is a proxy that lets nobody through and remembers that somebody came.
type trap struct {
	listener net.Listener
	came     atomic.Bool
}

func serveProxy(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	t := &trap{listener: l}
	sceneOf(ts).proxy = t
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.came.Store(true)
			_ = c.Close()
		}
	}()
	ts.Setenv("HTTPS_PROXY", "http://"+l.Addr().String())
}

func (t *trap) end() { _ = t.listener.Close() }

func wasContacted(ts *testscript.TestScript, neg bool, _ []string) {
	if came := sceneOf(ts).proxy.came.Load(); came == neg {
		ts.Fatalf("something left this machine: %t", came)
	}
}
