package main

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// writeCustomers writes the campaign's file: so many customers, shared out unevenly among account managers. The same
// number gives the same file. The addresses end in .example, which is nobody's.
func writeCustomers(path string, n int) error {
	var (
		managers = []string{"Meera Nair", "Meera Nair", "Rohan Desai", "Rohan Desai", "Tanvi Shah", "Tanvi Shah", "Arjun Iyer", "Kavya Rao", ""}
		plans    = []string{"starter", "starter", "growth", "business", "enterprise"}
		first    = []string{"Amber", "Banyan", "Cobalt", "Deccan", "Ember", "Fern", "Ganga", "Harbour", "Indigo", "Juniper", "Konkan", "Lotus"}
		second   = []string{"Analytics", "Bakery", "Clinics", "Freight", "Handlooms", "Media", "Organics", "Solar", "Stays", "Textiles"}
	)
	// Not a secret: it has to be the same each time.
	draw := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // see above
	of := func(words []string) string { return words[draw.IntN(len(words))] }

	rows := [][]string{{"account_auth_id", "email", "customer_name", "customer_ref", "plan", "account_manager"}}
	for i := range n {
		name := of(first) + " " + of(second)
		email := fmt.Sprintf("kyc%d@%s.example", i+1, strings.ToLower(strings.ReplaceAll(name, " ", "-")))
		rows = append(rows, []string{fmt.Sprintf("MA_DEMO%04d", i+1), email, name, fmt.Sprintf("CR-%05d", 20001+i), of(plans), of(managers)})
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.WriteAll(rows); err != nil { // it flushes
		return fmt.Errorf("write the customers: %w", err)
	}
	return os.WriteFile(path, []byte(text.String()), 0o600)
}
