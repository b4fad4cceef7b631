package main

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// days is a flag's time that is mostly given in days: 3d, 72h, 1d12h, 90m. A day is 24 hours. The zero value shows as nothing.
type days time.Duration

// daysOf splits what stands for days from the rest. Ten thousand years are more than a Duration can hold.
const daysOf = `^([0-9]{1,5})d(.*)$`

func (d *days) Set(text string) error {
	var whole time.Duration
	rest := text
	if parts := regexp.MustCompile(daysOf).FindStringSubmatch(text); parts != nil {
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			return err
		}
		whole, rest = time.Duration(n)*24*time.Hour, parts[2]
	}
	part := time.Duration(0)
	if rest != "" || text == "" {
		var err error
		if part, err = time.ParseDuration(rest); err != nil || part < 0 && whole > 0 {
			return fmt.Errorf("%q is no time: write it as 3d, 72h or 1d12h", text)
		}
	}
	*d = days(whole + part)
	return nil
}

func (d *days) String() string { return inDays(time.Duration(*d)) }

// Type is that of other times, and so is the form in a configuration file.
func (d *days) Type() string { return "duration" }

// inDays writes a time in days or in hours where it is whole ones.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return ""
	case d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return d.String()
}
