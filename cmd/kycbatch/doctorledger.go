package main

import (
	"context"
	"errors"
	"time"

	"kycbatch/campaign"
)

// verifyFor bounds how long the doctor reads in a ledger; a second is enough for a million records.
const verifyFor = 20 * time.Second

// examineLedger says who holds the ledger, and reads it from end to end where nobody does. The file, if any, is for the
// caller to close: while it is open no run begins. An empty field of the identity is not compared.
func examineLedger(ctx context.Context, dir string, identity campaign.LedgerIdentity) (found []finding, file *campaign.LedgerFile, inUse bool) {
	const check, lock = "ledger", "lock"
	file, err := campaign.ReadLedger(dir, campaign.LedgerOptions{Identity: identity})
	var locked *campaign.LockedError
	switch {
	case errors.As(err, &locked):
		return []finding{
			well(lock, "%v", locked),
			well(check, "not read, because it is in use"),
		}, nil, true
	case errors.Is(err, campaign.ErrLedgerMissing) && !errors.Is(err, campaign.ErrLedgerLost):
		return []finding{well(check, "none yet; the first create makes it")}, nil, false
	case errors.Is(err, campaign.ErrLedgerOlder):
		return []finding{doubtful(check, "nothing: the next run keeps a backup and brings it up to date", "%v", err)}, nil, false
	case err != nil:
		return []finding{wrong(check, err)}, nil, false
	}
	found = []finding{well(lock, "free")}
	ctx, cancel := context.WithTimeout(ctx, verifyFor)
	defer cancel()
	all, err := campaign.NewLedger(file).Campaigns()
	if err == nil {
		err = file.Verify(ctx)
	}
	suspicion, suspect := file.Suspect()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		found = append(found, well(check, "%s; too large to be read to its end here", things(len(all), "campaign")))
	case err != nil:
		found = append(found, wrong(check, err))
	case suspect:
		found = append(found, doubtful(check, "the next run waits until what it may not know has settled, and looks before it sends",
			"it may be older than what was sent: %s", suspicion.Reason))
	default:
		found = append(found, well(check, "sound, with %s", things(len(all), "campaign")))
	}
	return found, file, false
}
