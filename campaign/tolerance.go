package campaign

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// leastEnded is how many rows of a run have an end before its failures are judged: of three rows, one is no measure.
const leastEnded = 20

// Tolerance is how many rows of a run may fail (be refused or undecided) before it stops for safety. It is judged once 20
// rows of the run have an end. The zero value lets any number fail.
type Tolerance struct {
	set     bool
	percent bool
	most    float64
}

// ParseTolerance reads a number of rows, as 10, or a share of those that have an end, as 5%. Stopped is what has more.
func ParseTolerance(text string) (Tolerance, error) {
	number, percent := strings.CutSuffix(text, "%")
	most, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || most < 0 || math.IsNaN(most) || percent && most > 100 || !percent && most != math.Trunc(most):
		return Tolerance{}, fmt.Errorf("%q is neither a number of rows, as 10, nor a share, as 5%%", text)
	}
	return Tolerance{set: true, percent: percent, most: most}, nil
}

// exceeded says whether so many failures of so many rows that have an end are too many.
func (t Tolerance) exceeded(failed, ended int) bool {
	most := t.most
	if t.percent {
		most *= float64(ended) / 100
	}
	return t.set && ended >= leastEnded && float64(failed) > most
}

// tolerate counts a row's end, and stops the run where too many were failures.
func (r *run) tolerate(s State) {
	if s == Pending || s == Started { // it rests
		return
	}
	r.mu.Lock()
	r.ends++
	if s == Refused || s == Undecided {
		r.failures++
	}
	failures, ends := r.failures, r.ends
	r.mu.Unlock()
	if r.cfg.MaxFailures.exceeded(failures, ends) {
		r.halt(HaltFailures, fmt.Errorf("%d of the %d rows that have an end in this run were refused or are undecided", failures, ends))
	}
}
