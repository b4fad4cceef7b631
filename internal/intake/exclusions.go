package intake

import (
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
)

// Exclusions is a do-not-contact list. The nil list excludes nobody.
type Exclusions struct {
	accounts  map[string]struct{}
	addresses map[string]struct{} // lower case
}

// LoadExclusions reads a do-not-contact list: one account or e-mail address a
// line, or the first column of a CSV. Empty lines, lines that begin with # and a
// header are passed over. Accounts are compared exactly, addresses without case.
//
// A line that is neither is refused with a [*FileError], for a list that is
// misread excludes nobody; so is one of more than 1 GiB.
func LoadExclusions(path string) (*Exclusions, error) {
	from := origin{name: path, path: path}
	x, err := from.exclusions(false)
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		if err = from.legacy(defaultMaxBytes, err); err == nil {
			x, err = from.exclusions(true)
		}
	}
	return x, err
}

func (o origin) exclusions(windows1252 bool) (*Exclusions, error) {
	r, err := o.open(defaultMaxBytes)
	if err != nil {
		return nil, err
	}
	defer r.close()
	workbook, err := r.isWorkbook()
	if workbook {
		err = &FileError{Path: o.name, Reason: "is a workbook: save the list as CSV UTF-8"}
	}
	if err != nil {
		return nil, err
	}
	s := newSource(r, windows1252)
	x := &Exclusions{accounts: map[string]struct{}{}, addresses: map[string]struct{}{}}
	header := true // as long as nothing but one can have been read
	for line := 1; ; line++ {
		s.text.budget = maxRecord
		text, err := s.head.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, s.refuse(err)
		}
		if text = trim(text); text != "" && !strings.HasPrefix(text, "#") {
			if reason := x.read(text, header); reason != "" {
				return nil, &FileError{Path: o.name, Line: line, Reason: reason}
			}
			header = false
		}
		if err != nil {
			return x, nil
		}
	}
}

// Len returns the number of accounts and addresses in the list.
func (x *Exclusions) Len() int {
	if x == nil {
		return 0
	}
	return len(x.accounts) + len(x.addresses)
}

// read takes one line, or says why it cannot.
func (x *Exclusions) read(line string, mayBeHeader bool) string {
	// No account and no address holds a delimiter, so the quotation marks of a
	// CSV only need removing.
	cells := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(delimiters, r) })
	if strings.ContainsRune(delimiters, rune(line[0])) {
		return "has an empty first column: the list is the first column, so fill it or delete the line"
	}
	for i := range cells {
		cells[i] = trim(strings.Trim(trim(cells[i]), `"`))
	}
	if mayBeHeader {
		switch column := slices.IndexFunc(cells, isIdentity); {
		case column == 0:
			return ""
		case column > 0:
			return "has accounts or addresses in a later column: the list is the first column, so move it there"
		}
	}
	return x.add(cells[0])
}

// isIdentity reports a header that means accounts or addresses.
func isIdentity(header string) bool {
	use := known(header)
	return use == nameAccount || use == nameEmail
}

// add puts one entry on the list, or says why it cannot be read.
func (x *Exclusions) add(entry string) string {
	if strings.Contains(entry, "@") {
		email, reason := checkEmail(entry)
		if reason == "" {
			x.addresses[strings.ToLower(email)] = struct{}{}
		}
		return reason
	}
	account, reason := checkAccount(entry)
	if reason == "" {
		x.accounts[account] = struct{}{}
	}
	return reason
}

// Names reports whether the list names the account or the address.
func (x *Exclusions) Names(account, email string) bool {
	if x == nil {
		return false
	}
	if _, ok := x.accounts[account]; ok {
		return true
	}
	_, ok := x.addresses[strings.ToLower(email)]
	return ok
}
