package intake

import (
	"context"

	"github.com/stretchr/testify/require"
)

// RequireSameRows holds the law of a copy: rows that were read give the same account, values and problems again.
// A cell of a workbook can have lines of its own, so there duplicates are compared by there being one; in text, lines keep
// their numbers.
func RequireSameRows(t require.TestingT, f *File, copied string) {
	g, err := Open(context.Background(), copied, Options{})
	require.NoError(t, err)
	require.Equal(t, f.Rows, g.Rows)
	require.Equal(t, f.Header, g.Header)
	require.Equal(t, f.Metadata, g.Metadata)
	var was, is []Row
	for row, err := range f.All(context.Background()) {
		require.NoError(t, err)
		was = append(was, row)
	}
	for row, err := range g.All(context.Background()) {
		require.NoError(t, err)
		is = append(is, row)
	}
	require.Len(t, is, len(was))
	for i := range was {
		a, b := was[i], is[i]
		if f.Delimiter != 0 {
			require.Equal(t, []int{a.Line, a.DuplicateOf}, []int{b.Line, b.DuplicateOf})
		}
		require.Equal(t, []any{a.Account, a.Email, a.ExpiresInDays, a.WebhookURL, string(a.Metadata), a.DuplicateOf == 0},
			[]any{b.Account, b.Email, b.ExpiresInDays, b.WebhookURL, string(b.Metadata), b.DuplicateOf == 0})
		require.Len(t, b.Problems, len(a.Problems))
		for k := range a.Problems {
			require.Equal(t, a.Problems[k].Column, b.Problems[k].Column)
		}
	}
}
