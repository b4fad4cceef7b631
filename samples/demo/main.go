// Demo runs a whole campaign in a minute, against the built-in API: `make demo`.
//
// It starts `kycbatch sandbox` with customers who act by themselves, begins a campaign with `kycbatch create`, and then
// sets the sandbox's clock forward, a day at a time, and runs `kycbatch nightly` as cron would. Everything stays on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// goal is the share of the customers, 0 to 100, whose completion makes a campaign a good one.
const goal = 80

// campaignName is the name that create gives to the demo's campaign: that of its file.
const campaignName = "customers"

// demo is one run of it.
type demo struct {
	program   string // the path of kycbatch
	dir       string // what it works in; what an earlier demo left there goes
	customers int
	days      int
	api       *api
	goal      int // the day on which so many had completed; 0: not yet
}

func main() {
	d := demo{}
	flag.StringVar(&d.program, "program", "bin/kycbatch", "the kycbatch to demonstrate")
	flag.StringVar(&d.dir, "dir", "bin/demo", "the folder for the campaign's data; an earlier demo's is removed")
	flag.IntVar(&d.customers, "customers", 200, "how many customers")
	flag.IntVar(&d.days, "days", 30, "how many days")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := d.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1) //nolint:gocritic // the signals end with the process
	}
}

func (d *demo) run(ctx context.Context) error {
	var err error
	if d.program, err = filepath.Abs(d.program); err != nil {
		return err
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return err
	}
	if err := d.clear(); err != nil {
		return err
	}
	if err := writeCustomers(filepath.Join(d.dir, campaignName+".csv"), d.customers); err != nil {
		return err
	}
	if d.api, err = startAPI(ctx, d.program, d.dir); err != nil {
		return err
	}
	defer d.api.stop()

	start := morning(time.Now())
	if err := d.api.setClock(ctx, start); err != nil {
		return err
	}
	fmt.Printf("%d customers, %d of them invited on the first day. Then `kycbatch nightly` each day at 9:30 in India, with at most %d new ones.\n"+
		"Sums of what happened at the API until it had run:\n\n%s\n", d.customers, d.first(), d.each(), header)
	err = d.kycbatch(ctx, "create", campaignName+".csv", "--limit", strconv.Itoa(d.first()), "--expires-in-days", "14", "--remind-before", "2")
	if err != nil {
		return err
	}
	for day := range d.days {
		if err := d.day(ctx, day+1, start.AddDate(0, 0, day+1)); err != nil {
			return err
		}
	}
	return d.end(ctx)
}

// clear begins with an empty folder. It removes only one that a demo made.
func (d *demo) clear() error {
	mark := filepath.Join(d.dir, ".kycbatch-demo")
	if _, err := os.Stat(d.dir); err == nil {
		if _, err := os.Stat(mark); err != nil {
			return fmt.Errorf("the folder %s was not made by a demo; name one that is not there with -dir", d.dir)
		}
		if err := os.RemoveAll(d.dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(mark, nil, 0o600)
}

// first is how many customers the campaign begins with, to see that all is well.
func (d *demo) first() int { return (d.customers + 39) / 40 }

// each is how many are invited on each day after it.
func (d *demo) each() int { return (d.customers + 19) / 20 }

// morning is 9:30 in India, after t: the customers there are awake, and the day's run begins.
func morning(t time.Time) time.Time {
	at := t.UTC().Truncate(24 * time.Hour).Add(4 * time.Hour)
	if !at.After(t) {
		at = at.Add(24 * time.Hour)
	}
	return at
}

// day lets the customers live until then, and runs what cron runs each day.
func (d *demo) day(ctx context.Context, n int, at time.Time) error {
	if err := d.api.setClock(ctx, at); err != nil {
		return err
	}
	err := d.kycbatch(ctx, "nightly", "--campaign", campaignName, "--limit", strconv.Itoa(d.each()))
	if err != nil {
		return err
	}
	j, err := d.api.journal(ctx)
	if err != nil {
		return err
	}
	t := j.tally()
	if d.goal == 0 && d.share(t) >= goal {
		d.goal = n
	}
	fmt.Printf("%s  %3d %%\n", t.line(n, at), d.share(t))
	return nil
}

// kycbatch runs the program, quietly. Only rows that want a person may be left over.
func (d *demo) kycbatch(ctx context.Context, command string, args ...string) error {
	args = append([]string{
		command, "--config", "", "--api-url", d.api.address + "/api/v1/partner", "--data-dir", "data",
		"--rate", "200/s", "--settle", "2s", "--progress", "none",
	}, args...)
	cmd := exec.CommandContext(ctx, d.program, args...)
	cmd.Dir, cmd.Env = d.dir, environment()
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("kycbatch %s: %w\n%s", command, err, said)
	}
	return nil
}

// end says how it ended, and where the reports are. A customer who was harmed is an error.
func (d *demo) end(ctx context.Context) error {
	j, err := d.api.journal(ctx)
	if err != nil {
		return err
	}
	if v := j.Verdict; v.Accidents+v.SecondMails+v.TwoLive > 0 {
		return fmt.Errorf("customers were harmed: %+v", v)
	}
	t := j.tally()
	page := filepath.Join(d.dir, "data", "campaigns", campaignName, "report", "report.html")
	if _, err := os.Stat(page); err != nil {
		return fmt.Errorf("there is no report: %w", err)
	}
	fmt.Printf("\n%d of %d customers completed (%d %%)", t.completed, d.customers, d.share(t))
	if d.goal > 0 {
		fmt.Printf("; %d %% on day %d", goal, d.goal)
	}
	fmt.Printf(". No link was killed, and nobody was invited twice.\n\nThe report:  %s\n", page)
	fmt.Printf("Beside it are a CSV and a workbook for each account manager.\n")
	return nil
}

// share is how many of the campaign's customers have completed, 0 to 100.
func (d *demo) share(t tally) int { return 100 * t.completed / max(1, d.customers) }
