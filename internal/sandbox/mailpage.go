package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// mailsOnPage is how many mails a page of the outbox lists.
const mailsOnPage = 50

// shownMail is a mail as the outbox shows it, with the full address: it is the mail itself.
type shownMail struct {
	N                                      int
	Subject, At, To, Account, Kind, Status string
}

// mailsPage is the data of the outbox.
type mailsPage struct {
	frame
	Account            string // the filter; "" for none
	Mails              []shownMail
	Total, Page, Pages int
	Newer, Older       string // addresses; "" for none
}

// onePage is the data of one mail.
type onePage struct {
	frame
	shownMail
	Session             string
	Before, Link, After string // the text, around its link
}

// mailList is GET /mail: newest first, ?page= from 1, ?account= of one account.
func (s *Server) mailList(w http.ResponseWriter, r *http.Request) {
	account, page := strings.TrimSpace(r.URL.Query().Get("account")), 1
	if text := r.URL.Query().Get("page"); text != "" {
		var err error
		if page, err = strconv.Atoi(text); err != nil || page < 1 {
			s.say(w, http.StatusNotFound, "No such page", "Pages of the outbox are numbered from 1.")
			return
		}
	}
	data := s.outbox(account, page)
	data.frame = frame{Title: "Outbox", Wide: true}
	s.show(w, http.StatusOK, "mails", data, "")
}

// outbox gives one page of the mails; past the end it is the last.
func (s *Server) outbox(account string, page int) *mailsPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	chosen := s.world.mailsOf(account)
	data := &mailsPage{Account: account, Total: len(chosen), Pages: max(1, (len(chosen)+mailsOnPage-1)/mailsOnPage)}
	data.Page = min(page, data.Pages)
	newest := len(chosen) - (data.Page-1)*mailsOnPage
	for i := newest - 1; i >= max(0, newest-mailsOnPage); i-- {
		data.Mails = append(data.Mails, s.shownMail(chosen[i]))
	}
	to := func(page int) string {
		return "/mail?" + url.Values{"account": {account}, "page": {strconv.Itoa(page)}}.Encode()
	}
	if data.Page > 1 {
		data.Newer = to(data.Page - 1)
	}
	if data.Page < data.Pages {
		data.Older = to(data.Page + 1)
	}
	return data
}

// mailsOf gives the numbers of an account's mails, oldest first, from 1; "" is everybody's.
func (w *world) mailsOf(account string) []int {
	var chosen []int
	for i, m := range w.mails {
		if account == "" || m.session.Account == account {
			chosen = append(chosen, i+1)
		}
	}
	return chosen
}

func (s *Server) shownMail(n int) shownMail {
	m := s.world.mails[n-1]
	return shownMail{
		N: n, Subject: m.subject(), At: day(m.sent().At), To: m.session.Email, Account: m.session.Account, Kind: string(m.sent().Kind),
		Status: s.readings.status(m.session, m.session.now(), s.now()),
	}
}

// mailPage is GET /mail/{n}.
func (s *Server) mailPage(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	data := s.oneMail(n)
	if err != nil || data == nil {
		s.say(w, http.StatusNotFound, "No such mail", "The outbox has no mail of that number.")
		return
	}
	s.show(w, http.StatusOK, "mail", data, "")
}

// oneMail gives the n-th mail, nil where there is none.
func (s *Server) oneMail(n int) *onePage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if n < 1 || n > len(s.world.mails) {
		return nil
	}
	m := s.world.mails[n-1]
	data := &onePage{shownMail: s.shownMail(n), Session: m.session.ID, Link: s.link(m.session)}
	data.Title = data.Subject
	data.Before, data.After, _ = strings.Cut(m.text(data.Link), data.Link)
	return data
}
