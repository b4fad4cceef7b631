package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	basePath     = "/api/v1/partner"
	sessionsPath = basePath + "/kyc-sessions"
	talliesPath  = "/tallies"
)

// server is the lean API: it speaks as much HTTP/1.1 as the contestants do, straight on the connection, since what the
// server costs is taken from the machine on which the contestants are measured.
type server struct {
	latency  time.Duration // before each answer
	limit    *limit        // nil: none
	sessions *sessions
	tallies  tallies
	date     atomic.Pointer[dated]
}

// dated is the Date header of one second.
type dated struct {
	second int64
	text   string
}

// serve is the process: it prints its address and answers until its standard input is closed.
func serve(latency time.Duration, perSecond int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := newServer(latency, perSecond)
	go s.accept(listener)
	fmt.Println(listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func newServer(latency time.Duration, perSecond int) *server {
	s := &server{latency: latency, sessions: newSessions()}
	if perSecond > 0 {
		s.limit = newLimit(perSecond)
	}
	return s
}

func (s *server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.converse(c)
	}
}

// converse answers one request after the other until the client is gone.
func (s *server) converse(c net.Conn) {
	defer c.Close() //nolint:errcheck // the client has read what it wanted
	in := bufio.NewReaderSize(c, 16<<10)
	var request request
	var answer, body []byte
	for {
		if err := request.read(in); err != nil {
			return
		}
		began := time.Now()
		status := 0
		status, body = s.answer(&request, began, body[:0])
		if s.latency > 0 {
			time.Sleep(s.latency)
		}
		answer = s.head(answer[:0], status, len(body))
		answer = append(answer, body...)
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// head is an answer's status line and headers.
func (s *server) head(to []byte, status, length int) []byte {
	now := time.Now()
	date := s.date.Load()
	if date == nil || date.second != now.Unix() {
		date = &dated{now.Unix(), now.UTC().Format(http.TimeFormat)}
		s.date.Store(date)
	}
	to = append(append(to, "HTTP/1.1 "...), strconv.Itoa(status)...)
	to = append(append(append(to, ' '), http.StatusText(status)...), "\r\nContent-Type: application/json\r\nDate: "...)
	to = append(append(to, date.text...), "\r\nContent-Length: "...)
	return append(strconv.AppendInt(to, int64(length), 10), "\r\n\r\n"...)
}

// answer appends the body of the answer to one request.
func (s *server) answer(r *request, began time.Time, body []byte) (int, []byte) {
	path, query, _ := bytes.Cut(r.target, []byte("?"))
	if string(path) == talliesPath {
		text, err := json.Marshal(s.tallies.read(len(query) > 0))
		if err != nil {
			return http.StatusInternalServerError, body
		}
		return http.StatusOK, append(body, text...)
	}
	post := string(r.method) == http.MethodPost
	s.tallies.request(began, post)
	if s.limit != nil && !s.limit.lets(began) {
		s.tallies.refuse()
		return http.StatusTooManyRequests, append(body, `{"error":"HTTPError","message":"too many requests","status_code":429}`...)
	}
	switch {
	case post && string(path) == sessionsPath:
		body, ok := s.sessions.create(r.body, body)
		if !ok {
			return http.StatusUnprocessableEntity, append(body, `{"error":"ValidationError","message":"no account","status_code":422}`...)
		}
		return http.StatusCreated, body
	case string(path) == sessionsPath:
		return http.StatusOK, s.sessions.list(string(query), body)
	case bytes.HasPrefix(path, []byte(sessionsPath+"/")):
		if body, ok := s.sessions.get(string(path[len(sessionsPath)+1:]), body); ok {
			return http.StatusOK, body
		}
	}
	return http.StatusNotFound, append(body, `{"error":"HTTPError","message":"no such session","status_code":404}`...)
}

// request is what the server reads of one; its slices are good until the next is read.
type request struct {
	method, target, body []byte
	line                 []byte
}

var errRequest = errors.New("the request cannot be read")

func (r *request) read(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	r.line = append(r.line[:0], line...)
	method, rest, ok := bytes.Cut(r.line, []byte(" "))
	target, _, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 {
		return errRequest
	}
	r.method, r.target = method, target
	length := 0
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil || length < 0 || length > 1<<20 {
				return errRequest
			}
		}
	}
	if cap(r.body) < length {
		r.body = make([]byte, length)
	}
	r.body = r.body[:length]
	_, err = io.ReadFull(in, r.body)
	return err
}
