package campaign

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestIncidentKeepsItsWords: a later round has the record by the time that the incident is named.
func TestIncidentKeepsItsWords(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		require.NoError(t, d.api.Set(d.api.Stranger("MA_000"), "revoked"))
		found := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Len(t, found.Incidents, 1)
		d.give("summer", rows(0, 1)...) // the process died before anybody was told
		later := d.create("summer")
		d.counts(later, map[Outcome]int{OutcomeCreated: 1})
		require.Equal(t, found.Incidents, later.Incidents)
		require.NoError(t, d.ledger.Told(context.Background(), later))
		require.Empty(t, d.create("summer").Incidents)
	})
}
