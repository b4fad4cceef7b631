package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// partner is the partner's id and token: the server believes anybody.
const partner = "PA_BENCH"

// writeRows writes a file as a team would have it: every row another account, five columns that become metadata, twenty account
// managers.
func writeRows(path string, rows int) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "account_auth_id,email,name,plan,region,account_manager,customer_ref")
	for i := range rows {
		fmt.Fprintf(w, "MA_%08d,owner%d@company%d.example.com,Company %d Pvt Ltd,starter,Maharashtra,Manager %02d,REF-%07d\n", i, i, i%1000, i, i%20, i)
	}
	return errors.Join(w.Flush(), f.Close())
}
