// Package checkpoint is the ledger: one file that durably remembers what was
// done, so that a killed run continues where it stood and repeats nothing.
//
// It stores opaque values under keys in a fixed set of tables, in a bbolt file.
// Package campaign gives the values their meaning; here they are bytes with
// three promises: a Put that returned survives a crash, a value that comes back
// is the value that was put, and a ledger that may be older than what its
// process did says so.
//
//	l, err := checkpoint.Create(path, o)    // or Open, or OpenReadOnly
//	if err != nil { … }
//	defer l.Close()
//
//	err = l.Put(ctx, checkpoint.Write{Table: checkpoint.Accounts, Key: k, Value: v})
//	v, err := l.Get(checkpoint.Accounts, k)
//	for e, err := range l.Scan(checkpoint.Accounts, nil, nil) { … }
//
// Before an effect that cannot be taken back (a POST), the intent is Put and
// the fence is asked for:
//
//	if s, ok := l.Suspect(); ok { /* wait out s.Until and the settle time, then l.Cleared() */ }
//	err = l.Put(ctx, intent)
//	err = l.Fence(time.Now().Add(timeout))
//	/* POST */
//
// # Files
//
//	ledger.db       the ledger. It holds the run lock (flock) while open
//	ledger.fence    how far its process got; see below
//	ledger.holder   who holds the lock; believed only while the lock is held
//	.ledger.*.new   what a killed process was writing; overwritten by the next
//	ledger.db.damaged-<UTC time>   what a Rebuild has set aside; never removed
//
// A value that is overwritten or deleted stays in free pages of the file until Compact writes it anew.
//
// Modes are 0600, the directory's 0700.
//
// # Many callers, one commit
//
//	Put ─┐
//	Put ─┼─► queue ─► committer: the whole queue, sorted ─► one bbolt commit ─► every Put returns
//	Put ─┘
//
// bbolt's own Batch waits 10 ms for company; the committer never waits: what
// arrives during one commit (two fsyncs) is the next. Where fsync is free that is
// 14,000 Puts a second with one caller and 120,000 with 32; on a disk it is
// what two fsyncs allow, times the callers.
//
// After any commit error the state of the file is unknown (after a failed fsync
// the data may be there on reopening), so every later Put fails with the same
// error, ErrBroken.
//
// # Integrity
//
// bbolt trusts its file: a cut one is a panic or a bus error, a flipped bit in
// the newest meta page silently opens the file one commit short, and most
// flipped bits in values go unseen. So the file is read once, with plain reads,
// before bbolt maps it: both meta pages, every page of every tree, the free
// list, and the checksum of every value, over its table, key and value. Any
// single flipped bit that matters is found, and the file refused (ErrDamaged).
// Reading takes under a second per million small records in the page cache.
//
// # Kills and power cuts
//
// The file system has to keep its word about fsync, and to write a sector of 512 bytes as a whole. Nothing else is asked of it: what was
// written since the last fsync may be there, missing or torn, in any order, and so may names in a directory. The tests record
// every system call of real lives of a ledger, cut the power after each, let each fail (EIO, ENOSPC) and be the last (SIGKILL), and
// open what is left (TestPower, TestPoints).
//
// A process may be killed between a commit's writes and their fsync. What the next one reads is then in the kernel alone, so Open
// makes it durable before it writes anything.
//
// Not survived: an fsync that fails, then a run that succeeds, then a power cut. After a failed fsync Linux shows data that
// is not on the disk, and the next run builds on it. A commit that failed with an I/O error is a reason to look at the disk first.
//
// # The fence
//
// A ledger restored from a copy is sound and still wrong: it does not know the
// POSTs made after the copy. The fence file beside it does know that there
// were some. It holds the ledger's id and generation (one more each time the
// ledger is opened for writing), a transaction id that the ledger must have reached, and
// the time T until which POSTs may be under way, always written before they leave.
//
// Create writes the fence before the ledger appears; Open commits the new
// generation to the ledger first, then to the fence. Killed in between, the
// ledger is ahead of its fence, which is harmless, and no POST was made under
// the generation that the fence lacks. So:
//
//	fence ahead of the ledger, in generation or transaction  the ledger is older: suspect
//	fence gone, unreadable, or another ledger's              nobody knows: suspect
//	one meta page invalid                                    perhaps a commit short: suspect
//	the file is a Backup                                     suspect
//	ledger level with or ahead of the fence                  a crash or a clean end: fine
//
// The run lock is on the file and not on its name. So before each commit the path
// is asked whether it still names that file, and so before each POST, unless it was within the last
// millisecond: a process whose ledger was put back, moved or removed under it stops (ErrReplaced), and
// leaves the fence of whoever opened the new file alone.
//
// A suspicion is stored in the ledger by the same commit that makes the new
// generation, and stays until Cleared.
//
// A ledger that is lost or damaged is made anew beside its place by Rebuild. The fence is written for the new one first, then the
// damaged file gets another name, then the new one takes its own: killed in between, what is there is refused by Open and Create.
//
// Not noticed: a rollback of the whole directory, fence included, by other means
// than Backup; and a raw copy of the file, taken and put back within one
// generation, where no fence was written after the copy.
package checkpoint
