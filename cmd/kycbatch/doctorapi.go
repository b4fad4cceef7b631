package main

import (
	"context"
	"errors"
	"os"
	"time"

	"kycbatch/internal/vobiz"
)

const (
	// clockDoubtful and clockWrong are how far this machine's clock may be from the API's. The protocol goes by the API's
	// own Date; what goes by this clock is what people plan with: hours, days, the times in the ledger.
	clockDoubtful = 10 * time.Second
	clockWrong    = 5 * time.Minute
)

// examineCredentials says where the credentials come from, never what they are.
func (p *program) examineCredentials() []finding {
	const check = "credentials"
	if p.options.sandbox {
		return []finding{well(check, "none are needed with --sandbox")}
	}
	var found []finding
	from := [2]string{}
	for i, c := range p.wanted() {
		_, where, err := p.credential(c)
		if err != nil {
			return append(found, wrong(check, err))
		}
		from[i] = where
		if info, err := os.Stat(where); where != c.variable && err == nil && ownerOf(info) != os.Geteuid() && ownerOf(info) != 0 {
			found = append(found, doubtful(check, "make this user its owner: chown", "credential file %s belongs to another user, who can change it", where))
		}
	}
	return append(found, well(check, "from %s and %s", from[0], from[1]))
}

// examineAPI makes two requests that change nothing. Its error is that of a sandbox that cannot be used.
func (p *program) examineAPI(ctx context.Context, t target, o pace, dir string) (found []finding, err error) {
	a, err := p.connect(t, o, dir, false)
	if err != nil {
		return nil, err
	}
	defer closing(a.close, &err)
	if err := a.brake.Pass(ctx); err != nil {
		return nil, err
	}
	before := time.Now()
	page, answer, err := a.client.List(ctx, vobiz.ListQuery{Page: 1, Size: 1})
	after := time.Now()
	if err != nil {
		f := wrong("api", err)
		if advice(err) == "" {
			f.Advice = "see that --api-url is the partner API's, or ask again later"
		}
		found = append(found, f)
	} else {
		name := t.config.BaseURL
		if t.sandbox { // it has no address
			name = "the built-in API"
		}
		found = append(found, well("api", "%s takes the credentials and lists %s", name, things(page.Total, "session")))
	}
	if answer.Status != 0 {
		found = append(found, examineClock(before, after, answer.Date))
	}
	if err != nil {
		return found, nil
	}
	if err := a.brake.Pass(ctx); err != nil {
		return nil, err
	}
	_, err = a.client.Profile(ctx)
	return append(found, examineProfile(err)), nil
}

// examineProfile judges the answer to GET /me, an endpoint that the API's page does not have: only a plain refusal of
// credentials means something.
func examineProfile(err error) finding {
	const check = "profile"
	var api *vobiz.APIError
	switch {
	case err == nil:
		return well(check, "the API knows the partner")
	case errors.As(err, &api) && (api.Status == 401 || api.Status == 403):
		return doubtful(check, "ask Vobiz whether these credentials may create KYC sessions",
			"the credentials may list sessions, but not read their own profile: status %d", api.Status)
	case errors.As(err, &api) && api.Status == 404:
		return well(check, "not offered by this API (status 404), and not needed")
	}
	return well(check, "not read, and not needed: %v", err)
}

// examineClock compares the time between sending and receiving with the Date of the answer, which has whole seconds: the
// API's clock was anywhere within that second. Only what is certain is told.
func examineClock(before, after, date time.Time) finding {
	const check = "clock"
	const advice = "set it by the network (NTP): timedatectl set-ntp true"
	if date.IsZero() {
		return doubtful(check, "compare it with another clock", "the API did not say its time")
	}
	off, way := before.Sub(date.Add(time.Second)), "ahead of"
	if behind := date.Sub(after); behind > off {
		off, way = behind, "behind"
	}
	switch {
	case off >= clockWrong:
		return wrong(check, failed(exitUsage, advice, "it is %s %s the API's, or more", span(off), way))
	case off >= clockDoubtful:
		return doubtful(check, advice, "it is %s %s the API's, or more", span(off), way)
	}
	return well(check, "within %s of the API's", span(max(after.Sub(date), date.Add(time.Second).Sub(before))))
}
