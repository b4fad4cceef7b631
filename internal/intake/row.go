package intake

import (
	"crypto/sha256"
	"strconv"
)

// Row is one row of the file. It belongs to whoever received it.
type Row struct {
	Line          int       // physical line on which it begins, from 1
	Cells         []string  // as read, in the order of [File.Header]; more or fewer in a ragged row
	Account       string    // account_auth_id, trimmed; "" where it is not valid
	Email         string    // trimmed, an internationalised domain as xn--…; "" where it is not valid
	ExpiresInDays int       // 1 to 365; 0 = not given
	WebhookURL    string    // https; "" = not given
	Metadata      []byte    // a JSON object: columns in their order, then the metadata column's keys, sorted; nil = none
	Problems      []Problem // why it is refused; nil = it is not
	DuplicateOf   int       // the line that stands for it; 0 = none
	Excluded      bool      // the do-not-contact list names it; then it has no Problems and no DuplicateOf
}

// Sendable reports whether the row may become a session: it is valid, it is not
// excluded, and no other line stands for it.
func (r *Row) Sendable() bool {
	return len(r.Problems) == 0 && r.DuplicateOf == 0 && !r.Excluded
}

// parser turns the records of one pass into rows.
type parser struct {
	layout   *layout
	exclude  *Exclusions
	width    int    // of ids that have only digits; 0 = any
	metadata []byte // of the last row; reused
	scratch  []byte // for digests; reused
	webhook  string // the last valid one: most files repeat it on every row
}

// blank reports a record without content: no row, only an empty line or the
// delimiters of one.
func blank(record []string) bool {
	for _, cell := range record {
		if trim(cell) != "" {
			return false
		}
	}
	return true
}

// row judges a record. Its Metadata is the parser's until the next call, and it
// has no Cells.
func (p *parser) row(record []string, line func(cell int) int) Row {
	l := p.layout
	r := Row{Line: line(0)}
	refuse := func(i int, reason string) {
		r.Problems = append(r.Problems, Problem{Line: line(i), Column: l.names[i], Reason: reason})
	}
	if l.restore {
		for i := range record {
			record[i] = Restore(record[i])
		}
	}
	if len(record) != len(l.names) {
		r.Problems = []Problem{{Line: r.Line, Reason: l.ragged(record)}}
		return r
	}

	var reason string
	if r.Account, reason = checkAccount(record[l.account]); reason != "" {
		refuse(l.account, reason)
	} else if len(r.Account) < p.width && allDigits(r.Account) {
		r.Account = ""
		refuse(l.account, reasonZeros)
	}
	if r.Email, reason = checkEmail(record[l.email]); reason != "" {
		refuse(l.email, reason)
	}
	if l.days >= 0 {
		if r.ExpiresInDays, reason = checkDays(record[l.days]); reason != "" {
			refuse(l.days, reason)
		}
	}
	if l.webhook >= 0 {
		if r.WebhookURL, reason = p.checkWebhook(record[l.webhook]); reason != "" {
			refuse(l.webhook, reason)
		}
	}
	for i := range l.metadata {
		if reason = checkText(record[l.metadata[i].index]); reason != "" {
			refuse(l.metadata[i].index, reason)
		}
	}
	if p.metadata, reason = p.appendMetadata(p.metadata[:0], record); reason != "" {
		refuse(l.json, reason)
	} else if len(p.metadata) > 0 {
		r.Metadata = p.metadata
	}

	if p.exclude.Names(r.Account, r.Email) {
		r.Excluded = true
		r.Problems = nil
	}
	return r
}

func (p *parser) checkWebhook(cell string) (string, string) {
	if cell != "" && cell == p.webhook {
		return cell, ""
	}
	webhook, reason := checkWebhook(cell)
	if reason == "" {
		p.webhook = webhook
	}
	return webhook, reason
}

// account is the key under which a row meets its duplicates.
func (p *parser) account(r *Row) (key [16]byte) {
	p.scratch = append(p.scratch[:0], r.Account...)
	sum := sha256.Sum256(p.scratch)
	return [16]byte(sum[:])
}

// values digests what a row means beside its account: the checked values of a
// valid row, the trimmed cells of any other. NUL separates, since no text has it.
func (p *parser) values(r *Row, record []string, valid bool) [8]byte {
	b := p.scratch[:0]
	if valid {
		b = append(append(b, r.Email...), 0)
		b = append(strconv.AppendInt(b, int64(r.ExpiresInDays), 10), 0)
		b = append(append(b, r.WebhookURL...), 0)
		b = append(b, r.Metadata...)
	} else {
		l := p.layout
		for _, i := range []int{l.email, l.days, l.webhook, l.json} {
			if i >= 0 {
				b = append(b, trim(record[i])...)
			}
			b = append(b, 0)
		}
		for _, f := range l.metadata {
			b = append(append(b, trim(record[f.index])...), 0)
		}
		b = append(b, 0, 0)
	}
	p.scratch = b
	sum := sha256.Sum256(b)
	return [8]byte(sum[:])
}
