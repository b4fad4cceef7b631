package report

// step is one step of the customers' way, from the invitation on.
type step struct {
	Name   string
	Count  int
	Before int     // the step before; for the first one itself
	Width  percent // of those invited
}

// newFunnel is the way that those who were invited took. A customer who has completed is counted in every step.
func newFunnel(c Counts) []step {
	steps := []step{
		{Name: "Invited", Count: c.Sent()},
		{Name: "Opened", Count: c.Opened},
		{Name: "Started", Count: c.Started},
		{Name: "Completed", Count: c.Completed},
	}
	for i := range steps {
		steps[i].Before = steps[max(i-1, 0)].Count
		steps[i].Width = min(percentOf(steps[i].Count, steps[0].Count), 100)
	}
	return steps
}
