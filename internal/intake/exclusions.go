package intake

import (
	"errors"
	"io"
	"slices"
	"strings"
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
	x := &Exclusions{accounts: map[string]struct{}{}, addresses: map[string]struct{}{}}
	if err := eachEntry(path, x.add); err != nil {
		return nil, err
	}
	return x, nil
}

// LoadAccounts reads a list of accounts, one a line or the first column of a CSV, in its order and each once. Empty
// lines, lines that begin with # and a header are passed over. A line that is no account is refused with a
// [*FileError]; so is a file of more than 1 GiB, and one without an account.
func LoadAccounts(path string) ([]string, error) {
	var all []string
	met := map[string]bool{}
	err := eachEntry(path, func(entry string) string {
		account, reason := checkAccount(entry)
		switch {
		case reason != "":
			return reason
		case strings.Contains(account, "@"):
			return "is an address: the list is of accounts"
		case !met[account]:
			met[account] = true
			all = append(all, account)
		}
		return ""
	})
	if err == nil && all == nil {
		err = &FileError{Path: path, Reason: "names no account"}
	}
	return all, err
}

// eachEntry gives each entry of a list to add, which says why it can't be taken.
func eachEntry(path string, add func(entry string) (reason string)) error {
	s, err := openSource(path, defaultMaxBytes)
	if err != nil {
		return err
	}
	defer s.close()
	header := true // as long as nothing but one can have been read
	for line := 1; ; line++ {
		s.text.budget = maxRecord
		text, err := s.head.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return s.refuse(err)
		}
		if text = trim(text); text != "" && !strings.HasPrefix(text, "#") {
			if reason := readEntry(text, header, add); reason != "" {
				return &FileError{Path: path, Line: line, Reason: reason}
			}
			header = false
		}
		if err != nil {
			return nil
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

// readEntry takes one line, or says why it cannot.
func readEntry(line string, mayBeHeader bool, add func(string) string) string {
	// No account and no address holds a delimiter, so the quotation marks of a
	// CSV only need removing.
	cells := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;\t", r) })
	if strings.ContainsRune(",;\t", rune(line[0])) {
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
	return add(cells[0])
}

// isIdentity reports a header that means accounts or addresses.
func isIdentity(header string) bool {
	use, _ := known(header)
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
