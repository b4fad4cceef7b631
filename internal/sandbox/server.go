package sandbox

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

// Server is the API. It is safe for concurrent use. Make one with [New], end it with [Server.Close].
type Server struct {
	cfg    Config
	closed chan struct{} // closed by Close

	mu       sync.Mutex // guards what follows; never held while waiting for time or network
	world    *world
	file     *worldFile // nil: memory only
	faults   Faults
	readings Readings
	since    time.Time // when faults were set, on the process's clock
	played   []int     // how many of each script's classes were taken
	visits   map[visit]int
	limit    *limiter  // nil: no limit
	moment   time.Time // the world's time, see settle
	coming   schedule
	couriers couriers
	token    string // of the latest request with good credentials, where Config names none; it signs the webhooks
	tally    tally
	ended    bool

	unwatch func()       // of the clock
	pages   func() pages // parsed when the first one is shown
}

// visit is what requests are counted by, for the draws.
type visit struct {
	route  Route
	entity string
}

// New makes a sandbox, and reads the world file where one is named. A configuration that no API
// could have, and a world file that cannot be read or that is none, are errors.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		closed:   make(chan struct{}),
		world:    newWorld(),
		faults:   cfg.Faults,
		readings: cfg.Readings,
		since:    time.Now(),
		played:   make([]int, len(cfg.Faults.Scripts)),
		visits:   map[visit]int{},
		limit:    newLimiter(cfg.Limit),
		couriers: newCouriers(cfg.WebhookClient),
		token:    cfg.AuthToken,
		tally:    newTally(),
		pages:    sync.OnceValue(parsePages),
	}
	if cfg.World != "" {
		if s.file, err = openWorld(cfg.World, s.world); err != nil {
			return nil, err
		}
	}
	s.begin()
	return s, nil
}

// begin lets time start with the last thing that the world file tells. What fell due while no process served the
// world happens now, each at its time.
func (s *Server) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moment = s.world.last; s.moment.After(s.cfg.Clock.Now()) {
		_ = s.cfg.Clock.Set(s.moment) // a clock that is not ours catches up by itself; until then time stands still
	}
	s.mailed(0)
	for _, one := range s.world.order {
		s.remind(one)
		for n := range one.webhooks {
			s.tell(delivery{one, n + 1})
		}
	}
	s.settle()
	s.unwatch = s.cfg.Clock.watch(s.wake)
}

// Close ends the sandbox: what is still to come is dropped as by a crash, silent requests and webhooks under way
// end, later requests find nobody listening. It gives the first error of writing the world file, which until then
// showed as 500. A second Close does nothing. The journal stays readable.
func (s *Server) Close() error {
	if !s.end() {
		return nil
	}
	s.couriers.all.Wait() // none is made any more
	if s.file == nil {
		return nil
	}
	return s.file.close()
}

// end stops everything, once.
func (s *Server) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.settle()
	s.ended = true
	s.unwatch()
	s.coming.stop()
	close(s.closed)
	return true
}

// wire is what the network makes of an answer.
type wire int

const (
	whole   wire = iota // it arrives
	refused             // no connection is obtained
	reset               // the connection breaks before the first byte of it
	half                // the connection breaks in the middle of its body
	silent              // nothing ever comes
)

// outcome is an answer and what the network makes of it.
type outcome struct {
	answer
	wire wire
	date time.Time // for the Date header
}

// exchange serves one request: it understands it, lets faults and the world have their way, and
// counts it. It does not wait; that is left to the handler and to the in-memory network.
func (s *Server) exchange(r *http.Request) outcome {
	var out outcome
	if isControl(r.URL.Path) {
		out = outcome{answer: s.control(r), date: s.cfg.Clock.Now()}
	} else {
		c, early := understand(r, s.cfg.WebhookHTTP)
		out = s.serve(r.Header, c, early)
	}
	if err := out.encode(); err != nil {
		out.answer = refuse(http.StatusInternalServerError, "%v", err)
		_ = out.encode() // a struct of strings and numbers always encodes
	}
	return out
}

// serve is the part of exchange under the lock.
func (s *Server) serve(h http.Header, c call, early *answer) (out outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return outcome{wire: refused}
	}
	s.settle()
	out.date = s.now().Add(s.cfg.SkewDate)
	defer func() {
		s.reshape(&out.answer)
		out.date = out.date.Add(out.skew)
		if out.wire != refused {
			s.tally.request(time.Now(), c.route, out)
		}
	}()
	switch {
	case !s.authorized(h):
		out.answer = s.unauthorized()
	case early != nil:
		out.answer = *early
	default:
		if s.cfg.AuthToken == "" {
			s.token = h.Get("X-Auth-Token")
		}
		c.arrived = s.world.seq
		class, d := s.count(c)
		if class != ConnectRefused { // which never reaches the limit
			if wait := s.limit.admit(time.Now()); wait > 0 {
				out.answer = throttledAnswer(wait)
				return out
			}
		}
		out.answer, out.wire = s.befall(class, c, d)
	}
	return out
}

// count counts a request for its entity and draws what befalls it.
func (s *Server) count(c call) (Fault, draw) {
	v := visit{c.route, s.entity(c)}
	s.visits[v]++
	n := s.visits[v]
	d := newDraw(s.cfg.Seed, v.route, v.entity, n)
	return s.choose(v, n, d), d
}

// entity is what the request is about: an account where one is known, else a session id.
func (s *Server) entity(c call) string {
	if c.id == "" {
		return c.account
	}
	if known := s.world.byID[c.id]; known != nil {
		return known.Account
	}
	return c.id
}

// now is the world's time, in the microseconds that the API writes. It stands still while the lock is held.
func (s *Server) now() time.Time { return s.moment }

func (s *Server) authorized(h http.Header) bool {
	right := func(got, want string) bool { return got != "" && (want == "" || got == want) }
	return right(h.Get("X-Auth-ID"), s.cfg.AuthID) && right(h.Get("X-Auth-Token"), s.cfg.AuthToken)
}

func (s *Server) unauthorized() answer {
	status := http.StatusUnauthorized
	if s.readings.Forbidden {
		status = http.StatusForbidden
	}
	return refuse(status, "Missing or invalid X-Auth-ID / X-Auth-Token")
}

// errWorld stands in an answer for a world file that could not be written; Close has the details.
var errWorld = errors.New("the sandbox could not write its world file")

// happen makes an event true: in the file first, so that a later process never knows less than a
// client was told. What follows from it later is put into the schedule.
func (s *Server) happen(e event) error {
	s.announce(&e)
	if s.file != nil {
		if err := s.file.append(e); err != nil {
			return errWorld
		}
	}
	mails := len(s.world.mails)
	s.world.apply(e)
	s.follow(e)
	s.mailed(mails)
	return nil
}

// follow schedules what an event has for consequence.
func (s *Server) follow(e event) {
	switch e.Kind {
	case eventCreated:
		s.remind(e.Session)
	case eventReminder:
		s.remind(s.world.byID[e.ID])
	case eventTry:
		s.tell(delivery{s.world.byID[e.ID], e.Nth})
	}
	if e.Webhook != "" {
		about := s.world.byID[e.about()]
		s.tell(delivery{about, len(about.webhooks)})
	}
}
