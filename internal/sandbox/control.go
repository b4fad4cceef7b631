package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// The paths beside the API by which a running sandbox is looked at and changed. They need no credentials.
const (
	journalPath  = "/journal"
	verdictPath  = "/journal/verdict"
	faultsPath   = "/faults"
	readingsPath = "/readings"
	clockPath    = "/clock"
)

// isControl says whether a path is one of them.
func isControl(path string) bool {
	switch path {
	case journalPath, verdictPath, faultsPath, readingsPath, clockPath:
		return true
	}
	return false
}

// control answers one request to them. A PUT replaces the whole, but for the clock, and is answered as the GET
// after it.
func (s *Server) control(r *http.Request) answer {
	var look func() any
	var change func(body []byte) error
	switch r.URL.Path {
	case journalPath:
		look = func() any { return s.report(r.URL.Query().Get("sessions") != "0") }
	case verdictPath:
		look = func() any { return s.Journal().Verdict() }
	case faultsPath:
		look, change = s.lookFaults, s.putFaults
	case readingsPath:
		look, change = s.lookReadings, s.putReadings
	case clockPath:
		look, change = s.lookClock, s.putClock
	}
	switch {
	case r.Method == http.MethodPut && change != nil:
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return refuse(http.StatusUnsupportedMediaType, "Content-Type must be application/json")
		}
		body, err := readBody(r)
		if err == nil {
			err = change(body)
		}
		if err != nil {
			return refuse(http.StatusBadRequest, "%v", err)
		}
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	return answer{status: http.StatusOK, value: look()}
}

// strict decodes a body. A word that means nothing would be a change that does not happen.
func strict(body []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if err == nil && !errors.Is(d.Decode(&struct{}{}), io.EOF) {
		err = errors.New("there is something after it")
	}
	if err != nil {
		return fmt.Errorf("read the JSON: %w", err)
	}
	return nil
}

// lookReadings gives every choice by its name.
func (s *Server) lookReadings() any {
	r, all := s.Readings(), map[string]string{}
	for _, c := range ReadingChoices() {
		all[c.Name] = c.Of(r)
	}
	return all
}

func (s *Server) putReadings(body []byte) error {
	named := map[string]string{}
	if err := strict(body, &named); err != nil {
		return err
	}
	var r Readings
	for _, c := range ReadingChoices() {
		if value, ok := named[c.Name]; ok {
			if err := c.Apply(&r, value); err != nil {
				return err
			}
			delete(named, c.Name)
		}
	}
	for name := range named {
		return fmt.Errorf("there is no reading %q; the names are %s", name, names(ReadingChoices()))
	}
	return s.SetReadings(r)
}

func (s *Server) lookClock() any {
	return struct {
		Now   time.Time `json:"now"`
		Speed int       `json:"speed"`
	}{s.cfg.Clock.Now().UTC(), s.cfg.Clock.Speed()}
}

// putClock changes what is named: first the time, then the speed.
func (s *Server) putClock(body []byte) error {
	var form struct {
		Now     *time.Time `json:"now"`
		Advance *length    `json:"advance"`
		Speed   *int       `json:"speed"`
	}
	err := strict(body, &form)
	if err == nil && form.Speed != nil {
		err = checkSpeed(*form.Speed)
	}
	switch {
	case err != nil:
	case form.Now != nil && form.Advance != nil:
		err = errors.New("give either now or advance")
	case form.Now != nil:
		err = s.cfg.Clock.Set(*form.Now)
	case form.Advance != nil:
		err = s.cfg.Clock.Advance(time.Duration(*form.Advance))
	}
	if err == nil && form.Speed != nil {
		err = s.cfg.Clock.SetSpeed(*form.Speed)
	}
	return err
}
