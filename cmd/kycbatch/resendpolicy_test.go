package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/campaign"
)

// policyOf is what a command line makes of the policy's flags.
func policyOf(t require.TestingT, args ...string) (campaign.Policy, error) {
	var o policyOptions
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.addFlags(f)
	require.NoError(t, f.Parse(args))
	return o.policy()
}

func TestPolicyOptions(t *testing.T) {
	const day = 24 * time.Hour
	p, err := policyOf(t)
	require.NoError(t, err)
	require.Equal(t, campaign.Policy{Statuses: campaign.DefaultResendStatuses(), MinAge: campaign.DefaultMinAge, MaxResends: campaign.DefaultMaxResends}, p)
	p, err = policyOf(t, "--status", "opened, in_progress", "--status", "some_new_word", "--min-age", "1d12h", "--max-resends", "5", "--expiring-within", "3d",
		"--max-mails", "4/14d", "--owner", " account manager = Asha=Rao ")
	require.NoError(t, err)
	require.Equal(t, campaign.Policy{
		Statuses: []string{"opened", "in_progress", "some_new_word"}, MinAge: 36 * time.Hour, MaxResends: 5, ExpiringWithin: 3 * day,
		MaxMails: 4, MailsWithin: 14 * day, Column: "account manager", Value: "Asha=Rao",
	}, p)
	for _, args := range [][]string{
		{"--status="}, {"--status", "revoked"}, {"--status", "email_sent,kyc_completed"}, {"--status", "kyc_failed"}, {"--status", "failed"}, {"--status", "expired"},
		{"--status", "link_ready"}, {"--status", "Opened"}, {"--status", "opened;x"},
		{"--min-age", "29m59s"}, {"--min-age", "-72h"}, {"--max-resends", "0"}, {"--max-resends", "-1"}, {"--expiring-within", "-1h"},
		{"--max-mails", "4"}, {"--max-mails", "4/"}, {"--max-mails", "/14d"}, {"--max-mails", "0/14d"}, {"--max-mails", "4/0s"}, {"--max-mails", "four/14d"},
		{"--owner", "account_manager"}, {"--owner", "=x"},
	} {
		_, err := policyOf(t, args...)
		flag, _, _ := strings.Cut(args[0], "=")
		require.ErrorContains(t, err, flag, "it says what is wrong")
		require.Equal(t, exitUsage, codeOf(err), args)
	}
	for _, args := range [][]string{{"--max-mails", "65/14d"}, {"--min-age", "365d"}} { // what no campaign could keep
		_, err := policyOf(t, args...)
		require.Error(t, err, args)
		require.Equal(t, exitUsage, codeOf(err), args)
	}
}

// What is proposed in place of a policy that cannot be kept can be, also by a run a day.
func TestInstead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := campaign.Settings{
			ExpiresInDays: rapid.IntRange(1, 30).Draw(t, "days"), RemindBefore: rapid.SliceOfN(rapid.IntRange(1, 29), 0, 3).Draw(t, "before"),
		}
		p, err := policyOf(t, "--min-age", inDays(time.Duration(rapid.IntRange(1, 1000).Draw(t, "age"))*time.Hour))
		require.NoError(t, err)
		err = keeps(p, campaign.Campaign{Name: "spring", Settings: s})
		if err == nil {
			return
		}
		require.Equal(t, exitUsage, codeOf(err))
		found := regexp.MustCompile(`^a shorter --min-age could be kept, as (\w+)$`).FindStringSubmatch(advice(err))
		if found == nil {
			require.Contains(t, advice(err), "see --remind-before of create")
			return
		}
		p, err = policyOf(t, "--min-age", found[1])
		require.NoError(t, err)
		require.NoError(t, keeps(p, campaign.Campaign{Name: "spring", Settings: s}), "what is proposed can be kept")
	})
	redirect := campaign.Campaign{Name: "links", Settings: campaign.Settings{RedirectURL: "https://x.example"}}
	require.ErrorContains(t, keeps(campaign.Policy{}, redirect), "mails nobody")
	narrow := campaign.Policy{MinAge: campaign.Cooldown, ExpiringWithin: time.Minute}
	require.Contains(t, advice(keeps(narrow, campaign.Campaign{})), "--expiring-within")
}
