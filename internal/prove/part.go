package main

import "time"

// part is one piece of the proof: commands that run until they have ended or the part's time is over.
type part struct {
	name     string // one word, also that of its file
	what     string // what is tried, for a reader of PROOF.md
	cores    int    // how many it keeps busy, 1 or 2: so many of its commands run at a time
	atOnce   int    // more of them at a time, where they wait more than they work; 0: as many as cores
	minutes  float64
	draws    []string // the units of its independent random draws, such as "campaigns"; none: nothing is drawn, so no bound follows
	least    int      // how many of the first of draws the part is asked for; 0: as many as come
	commands []command
}

// command is one process and what it is given beside the environment of this one.
type command struct {
	args    []string
	env     []string
	till    bool   // it ends by itself at KYCBATCH_UNTIL, which is set to shortly before the part's end
	fuzz    string // the target that it fuzzes; "": none
	dir     string // of that target's package
	mayMiss bool   // that it says NOT RUN is no failure, whatever its exit code
}

// line is the command as a person would type it.
func (c command) line() string { return joined(append(append([]string{}, c.env...), c.args...)) }

// time is how long the part may take.
func (p part) time() time.Duration { return time.Duration(p.minutes * float64(time.Minute)) }

// width is how many of its commands run at a time.
func (p part) width() int { return max(1, min(max(p.cores, p.atOnce), len(p.commands))) }

// makespan is how long the parts take at most, in minutes, when they run as proof.all runs them.
func makespan(parts []part) float64 {
	var lanes [cores]float64
	for _, p := range parts {
		first := 0
		if lanes[1] < lanes[0] {
			first = 1
		}
		if p.cores == cores {
			lanes[0] = max(lanes[0], lanes[1]) + p.minutes
			lanes[1] = lanes[0]
			continue
		}
		lanes[first] += p.minutes
	}
	return max(lanes[0], lanes[1])
}
