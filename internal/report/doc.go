// Package report is the ledger out, for people and for Excel: who was invited, who has completed, what is next for each.
package report
