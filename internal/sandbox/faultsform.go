package sandbox

import "time"

// The forms of faults on the wire: durations are written as in "90s".
type (
	faultsForm struct {
		Rules   []ruleForm `json:"rules"`
		Scripts []string   `json:"scripts,omitempty"` // as ParseScript reads them
		Storm   float64    `json:"storm,omitempty"`   // PUT: the rules of Storm, after the others
		LateBy  length     `json:"late_by,omitempty"`
		StaleBy length     `json:"stale_by,omitempty"`
		SkewBy  length     `json:"skew_by,omitempty"`
	}
	ruleForm struct {
		Route       Route   `json:"route"`
		Class       Fault   `json:"class"`
		Probability float64 `json:"probability,omitempty"`
		From        int     `json:"from,omitempty"`
		To          int     `json:"to,omitempty"`
		Nth         []int   `json:"nth,omitempty"`
		Account     string  `json:"account,omitempty"`
		Until       length  `json:"until,omitempty"`
	}
)

// length is a duration as text.
type length time.Duration

// MarshalText implements [encoding.TextMarshaler].
func (l length) MarshalText() ([]byte, error) { return []byte(time.Duration(l).String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *length) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*l = length(d)
	return err
}

func (s *Server) lookFaults() any {
	f := s.Faults()
	form := faultsForm{Rules: []ruleForm{}, LateBy: length(f.LateBy), StaleBy: length(f.StaleBy), SkewBy: length(f.SkewBy)}
	for _, r := range f.Rules {
		form.Rules = append(form.Rules, ruleForm{r.Route, r.Class, r.P, r.From, r.To, r.Nth, r.Account, length(r.Until)})
	}
	for _, script := range f.Scripts {
		form.Scripts = append(form.Scripts, script.String())
	}
	return form
}

func (s *Server) putFaults(body []byte) error {
	var form faultsForm
	if err := strict(body, &form); err != nil {
		return err
	}
	f := Faults{LateBy: time.Duration(form.LateBy), StaleBy: time.Duration(form.StaleBy), SkewBy: time.Duration(form.SkewBy)}
	for _, r := range form.Rules {
		f.Rules = append(f.Rules, Rule{r.Route, r.Class, r.Probability, r.From, r.To, r.Nth, r.Account, time.Duration(r.Until)})
	}
	f.Rules = append(f.Rules, Storm(form.Storm).Rules...)
	for _, text := range form.Scripts {
		script, err := ParseScript(text)
		if err != nil {
			return err
		}
		f.Scripts = append(f.Scripts, script)
	}
	return s.SetFaults(f)
}
