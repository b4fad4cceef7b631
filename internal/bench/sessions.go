package main

import (
	"bytes"
	"hash/maphash"
	"net/url"
	"strconv"
	"sync"
)

// sessions are the server's memory: the bodies of the create requests one behind the other, and where each begins. A session's
// number is its place, from 1, and its id is made of it.
type sessions struct {
	mu       sync.RWMutex
	seed     maphash.Seed
	all      []stored
	chunks   [][]byte
	newestOf map[uint64]uint32 // by the hash of the account: its newest session
}

type stored struct {
	chunk, at, length uint32 // of the body
	before            uint32 // the account's session before this one; 0: none
}

const chunkBytes = 4 << 20

func newSessions() *sessions {
	return &sessions{seed: maphash.MakeSeed(), newestOf: map[uint64]uint32{}}
}

// create keeps a create request and appends the answer to it; false where it names no account.
func (s *sessions) create(request, body []byte) ([]byte, bool) {
	account := textOf(request, `"account_auth_id":"`)
	if len(account) == 0 {
		return body, false
	}
	key := maphash.Bytes(s.seed, account)
	s.mu.Lock()
	last := len(s.chunks) - 1
	if last < 0 || len(s.chunks[last])+len(request) > chunkBytes {
		s.chunks, last = append(s.chunks, make([]byte, 0, chunkBytes)), last+1
	}
	at := len(s.chunks[last])
	s.chunks[last] = append(s.chunks[last], request...)
	s.all = append(s.all, stored{uint32(last), uint32(at), uint32(len(request)), s.newestOf[key]})
	number := uint32(len(s.all))
	s.newestOf[key] = number
	s.mu.Unlock()

	email := textOf(request, `"customer_email":"`)
	body = append(body, `{"session_id":"`...)
	body = appendID(body, number)
	body = append(append(body, `","account_auth_id":"`...), account...)
	body = append(append(body, `","customer_email":"`...), email...)
	return append(body, `","email_dispatched_to":"c***@example.com","kyc_type":null,"status":"email_sent",`+
		`"expires_at":"2036-05-15T19:37:01.316686Z","widget_url":null,"kyc_link":null,"message":"KYC email dispatched successfully"}`...), true
}

// get appends one session, by its id.
func (s *sessions) get(id string, body []byte) ([]byte, bool) {
	number, err := strconv.ParseUint(id[max(0, len(id)-12):], 16, 32)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err != nil || number == 0 || number > uint64(len(s.all)) {
		return body, false
	}
	return s.object(body, uint32(number)), true
}

// list appends one page of the whole list, oldest first, or of one account's.
func (s *sessions) list(query string, body []byte) []byte {
	values, _ := url.ParseQuery(query) // what cannot be read was not asked for
	page, size := number(values.Get("page"), 1), min(number(values.Get("size"), 20), 100)
	s.mu.RLock()
	defer s.mu.RUnlock()
	total, shown := len(s.all), 0
	body = append(body, `{"sessions":[`...)
	if account := values.Get("account_auth_id"); account != "" {
		total = 0
		for n := s.newestOf[maphash.String(s.seed, account)]; n != 0; n = s.all[n-1].before {
			if total++; total > (page-1)*size && shown < size {
				body = s.item(body, n, &shown)
			}
		}
	} else {
		for n := (page - 1) * size; n < min(page*size, total); n++ {
			body = s.item(body, uint32(n+1), &shown)
		}
	}
	body = strconv.AppendInt(append(body, `],"total":`...), int64(total), 10)
	body = strconv.AppendInt(append(body, `,"page":`...), int64(page), 10)
	body = strconv.AppendInt(append(body, `,"size":`...), int64(size), 10)
	return append(body, '}')
}

func number(text string, missing int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return missing
}

func (s *sessions) item(body []byte, number uint32, shown *int) []byte {
	if *shown > 0 {
		body = append(body, ',')
	}
	*shown++
	return s.object(body, number)
}

// object appends a session as GET and the list show it. The mutex is held.
func (s *sessions) object(body []byte, number uint32) []byte {
	at := s.all[number-1]
	request := s.chunks[at.chunk][at.at : at.at+at.length]
	body = appendID(append(body, `{"id":"`...), number)
	body = append(append(body, `","account_auth_id":"`...), textOf(request, `"account_auth_id":"`)...)
	body = append(append(body, `","customer_email":"`...), textOf(request, `"customer_email":"`)...)
	body = append(body, `","kyc_type":null,"status":"email_sent","expires_at":"2036-05-15T19:37:01.316686Z","first_opened_at":null,`+
		`"completed_at":null,"webhook_url":null,"redirect_url":null,"reminder_schedule":[],"metadata":`...)
	body = append(body, objectOf(request, `"metadata":`)...)
	return append(body, `,"verified_data":null,"created_at":"2026-05-05T06:00:52.435008Z","updated_at":"2026-05-05T06:00:52.435008Z"}`...)
}

// appendID appends the id of a session: a UUID that ends with its number.
func appendID(to []byte, number uint32) []byte {
	const digits = "0123456789abcdef"
	to = append(to, "a5f8da3c-b47f-40c3-a3e6-0000"...)
	for shift := 28; shift >= 0; shift -= 4 {
		to = append(to, digits[number>>shift&15])
	}
	return to
}

// textOf is the string behind a name in a request, as it stands there. No value of the bench holds an escape.
func textOf(request []byte, name string) []byte {
	_, rest, found := bytes.Cut(request, []byte(name))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return nil
	}
	return rest[:end]
}

// objectOf is the object behind a name in a request, "null" where there is none.
func objectOf(request []byte, name string) []byte {
	_, rest, found := bytes.Cut(request, []byte(name))
	depth, inText := 0, false
	for i, c := range rest {
		switch {
		case c == '"':
			inText = !inText
		case inText:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if found && depth == 0 && !inText {
			return rest[:i+1]
		}
	}
	return []byte("null")
}
