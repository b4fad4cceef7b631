package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/text/encoding"
	encodings "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"kycbatch/campaign"
)

// decision is what a person wants done about one account, and where that was said.
type decision struct {
	campaign.Resolution
	line int // of the file; 0 on the command line
}

// The columns of a file of decisions; all but the first two may be missing.
const (
	columnAccount  = "account_auth_id"
	columnDecision = "decision"
	columnSession  = "session_id"
	columnReason   = "reason"
)

const maxDecisions = 16 << 20 // bytes of a file of decisions

// readDecisions reads a file of decisions. Where one line is wrong nothing of it counts, and all that are wrong are
// named. No error holds a cell.
func readDecisions(path string) ([]decision, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe without a writer would wait for one
	if err != nil {
		return nil, failed(exitInput, "", "read the decisions: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxDecisions {
		return nil, failed(exitInput, "", "%s: it must be a plain file of at most 16 MiB", path)
	}
	all, wrong, err := parseDecisions(f)
	if err != nil {
		return nil, failed(exitInput, "its first line names the columns account_auth_id and decision, and session_id and reason where they are used",
			"%s: %w", path, err)
	}
	if len(wrong) > 0 {
		return nil, refusedDecisions(path, wrong)
	}
	return all, nil
}

// refusedDecisions names the lines that are wrong.
func refusedDecisions(path string, wrong []string) error {
	shown := wrong[:min(len(wrong), shownProblems)]
	text := strings.Join(shown, "\n")
	if more := len(wrong) - len(shown); more > 0 {
		text += fmt.Sprintf("\nand %s more", count(more))
	}
	return failed(exitInput, text, "%s: %s, so nothing was decided", path, things(len(wrong), "problem"))
}

func parseDecisions(from io.Reader) (all []decision, wrong []string, err error) {
	text := bufio.NewReaderSize(transform.NewReader(from, transform.Chain(encodings.BOMOverride(transform.Nop), encoding.UTF8Validator)), 64<<10)
	in := csv.NewReader(text)
	if in.Comma, err = delimiter(text); err != nil {
		return nil, nil, err
	}
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("it has no line that names the columns: %w", err)
	}
	columns, err := decisionColumns(head)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]int{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err // encoding/csv names the line
		}
		line, _ := in.FieldPos(0)
		d, what := decisionOf(columns, cells)
		d.line = line
		if what == "" && seen[d.Account] > 0 {
			what = fmt.Sprintf("line %d decides about the same account", seen[d.Account])
		}
		if what != "" {
			wrong = append(wrong, fmt.Sprintf("line %d: %s", line, what))
			continue
		}
		seen[d.Account] = line
		all = append(all, d)
	}
	if len(all)+len(wrong) == 0 {
		return nil, nil, errors.New("it holds no decision")
	}
	return all, wrong, nil
}

// delimiter is the one that the first line has most of: people save these files from spreadsheets.
func delimiter(text *bufio.Reader) (rune, error) {
	start, err := text.Peek(text.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	head, _, _ := strings.Cut(string(start), "\n")
	best := ','
	for _, d := range ";\t" {
		if strings.Count(head, string(d)) > strings.Count(head, string(best)) {
			best = d
		}
	}
	return best, nil
}

// decisionColumns finds each column's place. A column that nobody knows is refused: misspelt, it would be passed over.
func decisionColumns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range head {
		name = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(trimmed(name)))
		if _, twice := at[name]; twice || !slices.Contains([]string{columnAccount, columnDecision, columnSession, columnReason}, name) {
			return nil, fmt.Errorf("its column %d is not known, or is there twice", i+1)
		}
		at[name] = i
	}
	for _, name := range []string{columnAccount, columnDecision} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("it has no column %s", name)
		}
	}
	return at, nil
}

// decisionOf reads one line, and says what is wrong with it; "" nothing is.
func decisionOf(columns map[string]int, cells []string) (d decision, wrong string) {
	if len(cells) != len(columns) {
		return d, fmt.Sprintf("it has %s, and the first line has %d", things(len(cells), "cell"), len(columns))
	}
	cell := func(name string) string {
		if i, ok := columns[name]; ok {
			return trimmed(cells[i])
		}
		return ""
	}
	d.Account = cell(columnAccount)
	d.Decision = campaign.Decision{Session: cell(columnSession), Why: cell(columnReason)}
	switch strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(cell(columnDecision))) {
	case string(campaign.Adopt):
		d.Decision.Verb = campaign.Adopt
	case string(campaign.Retry):
		d.Decision.Verb = campaign.Retry
	case string(campaign.GiveUp):
		d.Decision.Verb = campaign.GiveUp
	default:
		return d, "the decision is none of adopt, retry, give-up"
	}
	return d, d.wrong()
}

// wrong says what is wrong with a decision, without any of its values; "" nothing is.
func (d decision) wrong() string {
	switch what := d.Decision; {
	case d.Account == "":
		return "no account is named"
	case strings.Contains(d.Account, "@"):
		return "an account is named by its account_auth_id, not by an e-mail address"
	case what.Session != "" && what.Verb != campaign.Adopt:
		return "a session is named for adopt only"
	case what.Why != "" && what.Verb != campaign.GiveUp:
		return "a reason is given for give-up only"
	case what.Why == "" && what.Verb == campaign.GiveUp:
		return "give-up needs a reason"
	case len(what.Session) > 200 || strings.ContainsFunc(what.Session, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "this can be no session's id"
	case len(what.Why) > maxReason || strings.ContainsFunc(what.Why, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Sprintf("a reason is one line of at most %d bytes", maxReason)
	case strings.Contains(what.Why, "@") || strings.Contains(what.Why, "://"):
		return "a reason is kept and shown: leave addresses and links out"
	}
	return ""
}

const maxReason = 200

// trimmed is a cell without what comes along when it is copied.
func trimmed(cell string) string {
	return strings.TrimFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}
