package intake

import (
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
	var x *Exclusions
	err := readList(path, func() func(string) string {
		x = &Exclusions{accounts: map[string]struct{}{}, addresses: map[string]struct{}{}}
		return x.add
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Len returns the number of accounts and addresses in the list.
func (x *Exclusions) Len() int {
	if x == nil {
		return 0
	}
	return len(x.accounts) + len(x.addresses)
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
