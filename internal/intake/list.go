package intake

import (
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
)

// LoadAccounts reads a list of accounts, one a line or the first column of a CSV, in its order and each once. Empty
// lines, lines that begin with # and a header are passed over. A line that is no account is refused with a
// [*FileError]; so is a file of more than 1 GiB, and one without an account.
func LoadAccounts(path string) ([]string, error) {
	var all []string
	err := readList(path, func() func(string) string {
		all = nil
		met := map[string]bool{}
		return func(entry string) string {
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
		}
	})
	if err == nil && all == nil {
		err = &FileError{Path: path, Reason: "names no account"}
	}
	return all, err
}

// readList gives each entry of a list to a taker, which says why it can't be taken. A file that turns out to be
// Windows-1252 is read anew, with a taker of its own.
func readList(path string, begin func() (take func(entry string) (reason string))) error {
	from := origin{name: path, path: path}
	err := from.entries(false, begin())
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		if err = from.legacy(defaultMaxBytes, err); err == nil {
			err = from.entries(true, begin())
		}
	}
	return err
}

func (o origin) entries(windows1252 bool, take func(string) string) error {
	r, err := o.open(defaultMaxBytes)
	if err != nil {
		return err
	}
	defer r.close()
	workbook, err := r.isWorkbook()
	if workbook {
		err = &FileError{Path: o.name, Reason: "is a workbook: save the list as CSV UTF-8"}
	}
	if err != nil {
		return err
	}
	s := newSource(r, windows1252)
	header := true // as long as nothing but one can have been read
	for line := 1; ; line++ {
		s.text.budget = maxRecord
		text, err := s.head.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return s.refuse(err)
		}
		if text = trim(text); text != "" && !strings.HasPrefix(text, "#") {
			if reason := readEntry(text, header, take); reason != "" {
				return &FileError{Path: o.name, Line: line, Reason: reason}
			}
			header = false
		}
		if err != nil {
			return nil
		}
	}
}

// readEntry takes one line, or says why it cannot.
func readEntry(line string, mayBeHeader bool, add func(string) string) string {
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
	return add(cells[0])
}

// isIdentity reports a header that means accounts or addresses.
func isIdentity(header string) bool {
	use := known(header)
	return use == nameAccount || use == nameEmail
}
