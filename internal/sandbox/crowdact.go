package sandbox

// mailed hands the mails from the n-th on to the crowd. The lock is held.
func (s *Server) mailed(from int) {
	if s.cfg.Crowd == (Crowd{}) {
		return
	}
	for _, m := range s.world.mails[from:] {
		if active(m.session.now().status) { // else it would only take a place in the schedule
			s.reads(m)
		}
	}
}

// reads has the customer act on one mail. Of what is to come only the next step is in the schedule, and a
// step whose time finds it taken already, or the link dead, does nothing: so a world that was read from its
// file goes on by reading all its mails again.
func (s *Server) reads(m mail) {
	does := s.cfg.Crowd.plan(s.cfg.Seed, m)
	if does.opens.IsZero() {
		return
	}
	found := m.session
	// What could not be written to the world file did not happen; Close has the error.
	s.at(does.opens, func() {
		if s.linkStopped(found) != nil || s.open(found) != nil || does.submits.IsZero() {
			return
		}
		s.at(does.submits, func() {
			if s.linkStopped(found) != nil || found.step() == StepPAN && s.submitPAN(found, s.pan(found)) != nil || does.ends.IsZero() {
				return
			}
			s.at(does.ends, func() {
				switch {
				case s.linkStopped(found) != nil:
				case does.fails:
					_ = s.fail(found, s.failure(found))
				default:
					_ = s.complete(found)
				}
			})
		})
	})
}

// companies is the share of the crowd that is a company, one in so many.
const companies = 5

// pan is what the customer of a session submits: one in five is a company.
func (s *Server) pan(found *session) PAN {
	who := registrantOf(found.Account)
	if newDraw(s.cfg.Seed, "kind", found.Account, 0).pick(0, companies) == 0 {
		return PAN{Number: who.companyPAN, Entity: who.company}
	}
	return PAN{Number: who.pan, Born: who.born}
}

// failure is for what reason the customer of a session fails.
func (s *Server) failure(found *session) string {
	reasons := failReasons()
	if found.step() == StepGSTIN {
		reasons = reasons[:2] // a company gets no code
	}
	return reasons[newDraw(s.cfg.Seed, "failure", found.ID, 0).pick(0, len(reasons))]
}
