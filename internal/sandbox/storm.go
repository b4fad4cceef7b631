package sandbox

// Storm makes every create and every list faulty with probability p, spread evenly over the classes
// that a run must come through by itself. Left out are those that end a run by design
// (unauthorized, metadata_trimmed) and the strangers, who are the world's doing and not a fault of
// an answer. A p of 0 is no faults, one outside 0 to 1 is refused where the faults are set.
func Storm(p float64) Faults {
	if p == 0 {
		return Faults{}
	}
	var f Faults
	f.spread(p, RouteCreate, ConnectRefused, ResetBefore, ResetAfter, ErrorBefore, ErrorAfter, TimeoutNone,
		TimeoutEarly, TimeoutLate, Truncated, Empty, HTML, WrongEcho, Throttled, ThrottledBare)
	f.spread(p, RouteList, ConnectRefused, ResetBefore, ErrorBefore, TimeoutNone, Truncated, Empty, HTML,
		Throttled, ThrottledBare, StaleList, ShiftedPage, LyingSize, LyingTotal, FilterIgnored, UnknownStatus, NotFoundOnce)
	return f
}

// spread adds a rule a class. The rules are tried one after the other, each with its own draw, so
// each gets the conditional probability that leaves all classes equally likely and p in sum.
func (f *Faults) spread(p float64, route Route, classes ...Fault) {
	each := p / float64(len(classes))
	for i, class := range classes {
		f.Rules = append(f.Rules, Rule{Route: route, Class: class, P: each / (1 - each*float64(i))})
	}
}
