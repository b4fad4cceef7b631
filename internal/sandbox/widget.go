package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxForm is the largest form that the widget reads, in bytes.
const maxForm = 16 << 10

// guest is a customer in the widget: what its pages show.
type guest struct {
	frame
	Token, Account, Until string
	Person, Company       struct{ Name, PAN, Born string }
	Registered            string // the name under which the submitted PAN is registered
	Code                  string // the one-time code
	Sample                string // a GSTIN that is good
	Reasons               []string

	Wrong *InputError // what there is to mend; nil for nothing
	Typed PAN         // what was typed, to be mended
	GSTIN string

	step       Step
	redirectTo string
}

// Is says whether a field has to be mended.
func (g *guest) Is(field string) bool { return g.Wrong != nil && g.Wrong.Field == field }

// ended is the data of the page on which a link ends.
type ended struct {
	frame
	Words string
	Good  bool
}

// widget is GET /verify: the first look opens the session.
func (s *Server) widget(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	step, err := s.Open(token)
	switch {
	case err != nil:
		s.stop(w, err)
	case step == StepPAN:
		s.ask(w, http.StatusOK, "welcome", token, func(*guest) {})
	default:
		redirect(w, widgetAddress("/"+string(step), token))
	}
}

// widgetStep is GET /verify/{step}: the form of the step at which the customer is.
func (s *Server) widgetStep(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	step, err := s.Open(token)
	switch {
	case err != nil:
		s.stop(w, err)
	case string(step) == r.PathValue("step"):
		s.ask(w, http.StatusOK, string(step), token, func(*guest) {})
	default:
		redirect(w, widgetAddress("", token))
	}
}

// widgetAct is POST /verify/{step}: what was typed, and then on to where it leads.
func (s *Server) widgetAct(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.say(w, http.StatusBadRequest, "This form could not be read", "Go back and try again.")
		return
	}
	token, asked := r.URL.Query().Get("token"), r.PathValue("step")
	typed := PAN{Number: r.PostForm.Get("pan"), Born: r.PostForm.Get("born"), Entity: r.PostForm.Get("entity")}
	gstin := r.PostForm.Get("gstin")
	var step Step
	var err error
	switch asked {
	case string(StepPAN):
		step, err = s.SubmitPAN(token, typed)
	case string(StepCode):
		step, err = s.SubmitCode(token, r.PostForm.Get("code"))
	case string(StepGSTIN):
		step, err = s.SubmitGSTIN(token, gstin)
	case "fail":
		step, err = s.giveUp(token, r.PostForm.Get("why"))
	default:
		s.say(w, http.StatusNotFound, "No such page", "Begin again from the link in your mail.")
		return
	}
	var wrong *InputError
	switch {
	case errors.As(err, &wrong) && string(step) == asked:
		s.ask(w, http.StatusUnprocessableEntity, asked, token, func(g *guest) {
			g.Title, g.Wrong, g.Typed, g.GSTIN = "Error: "+g.Title, wrong, typed, gstin
		})
	case errors.As(err, &wrong): // a form of another step, sent from an old page
		redirect(w, widgetAddress("", token))
	case err != nil:
		s.stop(w, err)
	case step == StepDone || step == StepFailed:
		redirect(w, s.handOff(token))
	default:
		redirect(w, widgetAddress("/"+string(step), token))
	}
}

// ask shows a form, with what more is known of it.
func (s *Server) ask(w http.ResponseWriter, status int, name, token string, more func(*guest)) {
	g := s.guest(token)
	g.Title = map[string]string{
		"welcome": "Verify your identity", "pan": "Your PAN, step 1 of 2",
		"code": "Your one-time code, step 2 of 2", "gstin": "Your company’s GSTIN, step 2 of 2",
	}[name]
	more(g)
	s.show(w, status, name, g, g.redirectTo)
}

// stop shows why a link leads nowhere.
func (s *Server) stop(w http.ResponseWriter, err error) {
	var link *LinkError
	if !errors.As(err, &link) {
		s.say(w, http.StatusInternalServerError, "Something went wrong", err.Error())
		return
	}
	page := &ended{frame{Title: "This link does not work any more"}, link.Words, link.Status == statusCompleted}
	switch {
	case page.Good:
		page.Title = "All done"
	case link.Status == "":
		page.Title = "This link is not known"
	}
	s.show(w, link.httpStatus(), "ended", page, "")
}

// guest gives what the pages show of a link's customer. The link was followed already.
func (s *Server) guest(token string) *guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.world.byToken[token]
	who, st := registrantOf(found.Account), found.now()
	g := &guest{
		Token: token, Account: found.Account, Until: day(found.Expires), Code: OneTimeCode,
		Reasons: failReasons(), step: found.step(), redirectTo: found.RedirectTo,
	}
	g.Person.Name, g.Person.PAN, g.Person.Born = who.name, who.pan, who.born
	g.Company.Name, g.Company.PAN = who.company, who.companyPAN
	if st.who == nil {
		return g
	}
	known := registered(found.Account, st.who.pan)
	g.Registered, g.Sample = known.name, "27"+st.who.pan+"1Z5"
	if st.kycType == typeCompany {
		g.Registered = known.company
		g.Reasons = slices.DeleteFunc(g.Reasons, func(why string) bool { return why == FailCode }) // it gets none
	}
	return g
}

// handOff is where the browser goes when the verification has ended: to the partner's redirect_url (page,
// "Flow types"), or in the email flow to the widget's last page.
func (s *Server) handOff(token string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.world.byToken[token]
	if found.Flow != flowRedirect {
		return widgetAddress("", token)
	}
	return handedOff(found.RedirectTo, found.ID, found.now().status, found.Account)
}

// handedOff adds what the page names to a redirect_url, in its order, behind the query that it has.
func handedOff(redirectTo, session, status, account string) string {
	address, fragment, marked := strings.Cut(redirectTo, "#")
	join := "?"
	if _, query, asks := strings.Cut(address, "?"); asks {
		join = "&"
		if query == "" || strings.HasSuffix(query, "&") {
			join = ""
		}
	}
	address += join + "session_id=" + url.QueryEscape(session) + "&status=" + url.QueryEscape(status) + "&auth_id=" + url.QueryEscape(account)
	if marked {
		address += "#" + fragment
	}
	return address
}

func widgetAddress(below, token string) string {
	return widgetPath + below + "?token=" + url.QueryEscape(token)
}

// redirect sends the browser on with a GET, and says no word of where it was.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}
