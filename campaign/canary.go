package campaign

import (
	"context"
	"errors"
	"net/http"
	"time"

	"kycbatch/internal/vobiz"
)

// canary proves, with the first session that this run created, that the API gives our attempt id back:
// without that a lost answer could never be told from a lost request (design, rule 5). A session that was
// adopted was found by its attempt id, which is the proof.
func (r *run) canary(ctx context.Context, j *job) {
	if r.proved.Load() {
		return
	}
	rec := j.account.Record
	want := AttemptID{Ledger: r.p.Ledger, Round: rec.Round, Attempt: rec.Attempt}.String()
	pause := min(r.cfg.Settle/8, 2*time.Second)
	halt := HaltReadBack
	for trimmed, until := 0, r.now()+r.cfg.Settle; !rec.Adopted && trimmed < 3; {
		var s vobiz.Session
		asked := r.now()
		if !r.turn(ctx) {
			return
		}
		until += r.now() - asked // an API that is down says nothing about the session
		err := r.request(ctx, func(ctx context.Context) (err error) {
			s, _, err = r.cfg.Client.Get(ctx, rec.Session.ID)
			var api *vobiz.APIError
			if errors.As(err, &api) && api.Status == http.StatusNotFound {
				return nil // it may take a moment to appear
			}
			return err
		})
		if tag, _ := s.MetadataString(MetadataKey); tag == want {
			rec.Adopted = true
			break
		} else if err == nil && s.ID != "" {
			halt = HaltMetadata
			trimmed++
		}
		if r.now() > until {
			break
		}
		if !r.sleep(ctx, pause) {
			return
		}
	}
	if !rec.Adopted {
		r.halt(halt, nil)
		return
	}
	r.proved.Store(true)
}
