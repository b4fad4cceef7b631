package vobiz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

const sessionsPath = "/kyc-sessions"

// Create opens a session (POST /kyc-sessions): in the email flow the server mails the customer, and in both flows
// it silently revokes the account's active session. Only a 201 with a readable session is a success; whether its
// AccountAuthID is the one asked for is for the caller to check.
func (c *Client) Create(ctx context.Context, request CreateRequest) (Session, Answer, error) {
	const op = "create session"
	body, err := request.encode()
	if err != nil {
		return Session{}, Answer{}, fmt.Errorf("%s: %w", op, err)
	}
	call := call{op: op, method: http.MethodPost, path: sessionsPath, body: body, want: http.StatusCreated, limit: maxObject}
	text, answer, err := c.do(ctx, call)
	if err != nil {
		return Session{}, answer, err
	}
	session, err := parseSession(text)
	if err != nil {
		return Session{}, answer, c.answerError(op, answer, err)
	}
	return session, answer, nil
}

// List reads one page of the list (GET /kyc-sessions). A [Listing] says which pages make it whole.
func (c *Client) List(ctx context.Context, query ListQuery) (Page, Answer, error) {
	const op = "list sessions"
	encoded, err := query.encode()
	if err != nil {
		return Page{}, Answer{}, fmt.Errorf("%s: %w", op, err)
	}
	call := call{op: op, method: http.MethodGet, path: sessionsPath, query: encoded, want: http.StatusOK, limit: maxList}
	text, answer, err := c.do(ctx, call)
	if err != nil {
		return Page{}, answer, err
	}
	page, err := parsePage(text)
	if err != nil {
		return Page{}, answer, c.answerError(op, answer, err)
	}
	return page, answer, nil
}

// Get reads one session (GET /kyc-sessions/{id}). An answer about another session is an [AnswerError].
func (c *Client) Get(ctx context.Context, id string) (Session, Answer, error) {
	const op = "get session"
	if err := checkID(id); err != nil {
		return Session{}, Answer{}, fmt.Errorf("%s: %w", op, err)
	}
	call := call{op: op, method: http.MethodGet, path: sessionsPath + "/" + id, want: http.StatusOK, limit: maxObject}
	text, answer, err := c.do(ctx, call)
	if err != nil {
		return Session{}, answer, err
	}
	session, err := parseSession(text)
	if err == nil && !strings.EqualFold(session.ID, id) {
		err = errOtherSession
	}
	if err != nil {
		return Session{}, answer, c.answerError(op, answer, err)
	}
	return session, answer, nil
}

// Resend mails the link of an email-flow session again (POST /kyc-sessions/{id}/resend). The page documents the 200
// but no body: an empty one and any JSON object count as sent.
func (c *Client) Resend(ctx context.Context, id string) (Answer, error) {
	const op = "resend mail"
	if err := checkID(id); err != nil {
		return Answer{}, fmt.Errorf("%s: %w", op, err)
	}
	call := call{op: op, method: http.MethodPost, path: sessionsPath + "/" + id + "/resend", want: http.StatusOK, limit: maxObject}
	text, answer, err := c.do(ctx, call)
	if err != nil || len(text) == 0 {
		return answer, err
	}
	if named, err := parseID(text); err != nil {
		return answer, c.answerError(op, answer, err)
	} else if named != "" && !strings.EqualFold(named, id) {
		return answer, c.answerError(op, answer, errOtherSession)
	}
	return answer, nil
}

// Revoke ends a session (DELETE /kyc-sessions/{id}). The reason is shown on the webhook and in the audit log, and is
// left out if empty.
func (c *Client) Revoke(ctx context.Context, id, reason string) (Answer, error) {
	const op = "revoke session"
	if err := checkID(id); err != nil {
		return Answer{}, fmt.Errorf("%s: %w", op, err)
	}
	call := call{op: op, method: http.MethodDelete, path: sessionsPath + "/" + id, want: http.StatusOK, limit: maxObject}
	if reason != "" {
		if !utf8.ValidString(reason) {
			return Answer{}, fmt.Errorf("%s: %w: the reason is not valid UTF-8", op, ErrInvalid)
		}
		body, err := json.Marshal(map[string]string{"reason": reason})
		if err != nil {
			return Answer{}, fmt.Errorf("%s: encode the reason: %w", op, err)
		}
		call.body = body
	}
	text, answer, err := c.do(ctx, call)
	if err != nil {
		return answer, err
	}
	if named, err := parseID(text); err != nil {
		return answer, c.answerError(op, answer, err)
	} else if named == "" {
		return answer, c.answerError(op, answer, errNoID)
	} else if !strings.EqualFold(named, id) {
		return answer, c.answerError(op, answer, errOtherSession)
	}
	return answer, nil
}

// Profile asks for the partner's own profile (GET /me) and keeps nothing of it: a way to see whether the credentials are
// taken that changes nothing. The API page does not have this endpoint, so an [APIError] of status 404 says nothing
// about them.
func (c *Client) Profile(ctx context.Context) (Answer, error) {
	_, answer, err := c.do(ctx, call{op: "read profile", method: http.MethodGet, path: "/me", want: http.StatusOK, limit: maxObject})
	return answer, err
}

// checkID keeps an id from becoming another path: ids come from servers and files, and a server may resolve "..".
func checkID(id string) error {
	if id == "" {
		return fmt.Errorf("%w: the session id is empty", ErrInvalid)
	}
	if len(id) > 200 || strings.Trim(id, ".") == "" {
		return fmt.Errorf("%w: this cannot be a session id", ErrInvalid)
	}
	for i := range len(id) {
		switch b := id[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '.':
		default:
			return fmt.Errorf("%w: the session id has a character at byte %d that no session id has", ErrInvalid, i)
		}
	}
	return nil
}
