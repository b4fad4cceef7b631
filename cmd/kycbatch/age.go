package main

import (
	"strconv"
	"strings"
	"time"
)

// parseAge reads a time that is longer than hours are good for: whole days as 90d, or whatever Go reads, as 36h. A day has
// 24 hours here, whatever a clock change makes of it.
func parseAge(text string) (age time.Duration, ok bool) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n <= longestAge
	}
	age, err := time.ParseDuration(text)
	return age, err == nil && age >= 0 && age <= longestAge*24*time.Hour
}

// longestAge is a hundred years in days: more is a mistake, and would not fit into a duration much later.
const longestAge = 36500
