package campaign

import (
	"context"
	"slices"

	"kycbatch/internal/sandbox"
)

// operate lets an operator replace some of the sessions of a campaign that is done, and then revoke some, in
// processes that die as those before did. Customers open sessions before that, and while an order is on its way.
func (s *simulation) operate() {
	if s.chance("operator") > 0.5 {
		return
	}
	faults := sandbox.Storm(0.3 * s.chance("storm of the operator"))
	faults.Rules = append(faults.Rules, sandbox.Rule{Route: sandbox.RouteRevoke, Class: sandbox.TimeoutEarly, P: 0.2},
		sandbox.Rule{Route: sandbox.RouteRevoke, Class: sandbox.ErrorBefore, P: 0.1})
	if !s.calm {
		_ = s.api.SetFaults(faults)
	}
	var replaced, revoked []string
	for i := range s.rows {
		account := s.account(i)
		sessions := s.api.Sessions(account)
		strange := slices.ContainsFunc(sessions, func(v sandbox.View) bool { return v.Creator == sandbox.ByStranger })
		if len(sessions) == 0 || strange && len(sessions) > 1 {
			continue // of the verdict on mails, an account with both is no judge
		}
		s.opens(account, 0.2)
		switch x := s.chance("order of " + account); {
		case x < 0.3:
			replaced = append(replaced, account)
		case x < 0.45:
			revoked = append(revoked, account)
		}
	}
	started := s.chance("started") < 0.5
	s.obey(Order{Campaign: "sim", Accounts: replaced, Why: "asked for it", Started: started})
	s.obey(Order{Campaign: "sim", Accounts: revoked, Why: "asked for it", Started: started, Only: true})
}

// opens lets a customer open the account's newest session.
func (s *simulation) opens(account string, p float64) {
	sessions := s.api.Sessions(account)
	newest := sessions[len(sessions)-1]
	if s.chance("opens "+account) < p && newest.Live(s.api.Journal().At) {
		_ = s.api.Set(newest.ID, "opened")
	}
}

// obey gives an order until it is durable, and then goes on until it is carried out.
func (s *simulation) obey(o Order) {
	if len(o.Accounts) == 0 {
		return
	}
	accepted := false
	s.finish(func(ctx context.Context, cfg Config) (Summary, error) {
		if accepted = accepted || slices.ContainsFunc(o.Accounts, func(a string) bool { _, ok := s.only[a]; return ok }); accepted {
			if s.chance("how to go on") < 0.5 {
				return s.create(ctx, cfg)
			}
			done, err := Resume(ctx, cfg, "sim")
			return done.Summary, err
		}
		plan, err := PlanOrder(ctx, cfg, o)
		if err != nil || len(plan.Takes) == 0 {
			return Summary{}, err
		}
		for _, one := range plan.Takes {
			s.opens(one.Account, 0.15)
		}
		done, err := CarryOut(ctx, cfg, plan)
		return done.Summary, err
	})
}
