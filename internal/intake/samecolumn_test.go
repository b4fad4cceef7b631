package intake

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSameColumn(t *testing.T) {
	for _, same := range []string{"account_manager", "Account Manager", "ACCOUNT-MANAGER", " account.manager\u00a0", "Account\u200bManager"} {
		require.True(t, SameColumn("account_manager", same), "%q", same)
	}
	for _, other := range []string{"", "account", "account_managers", "account/manager"} {
		require.False(t, SameColumn("account_manager", other), "%q", other)
	}
}
