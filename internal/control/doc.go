// Package control lets other processes of the same user ask the one that holds a ledger: how far it is, that it
// please stop, and for a copy of the ledger to read from. They meet at a unix socket in the data directory.
//
// The process that holds the ledger, and so its run lock:
//
//	listener, err := control.Listen(dir)   // a failure is no reason not to run: say it once
//	server := control.Serve(listener, dir, control.Desk{Run: …, Campaigns: …, Stop: …, Snapshot: …})
//	…
//	server.Ended(summary)                  // what those who wait for the end are told
//	err = server.Close()                   // before the ledger is closed
//
// Any other one, once it found the ledger locked:
//
//	client := control.NewClient(dir)
//	run, err := client.Run(ctx)            // ErrNobody, ErrSilent: who holds the lock can't be asked
//	err = client.Campaigns(ctx, &found)
//	err = client.Stop(ctx, control.Asker{…})
//	err = client.Snapshot(ctx, func(dir string) error { … open dir/ledger.db … })
//
// # On the wire
//
// HTTP/1 with JSON, one request a connection:
//
//	GET  /run        Run           at once, from memory
//	GET  /campaigns  what Desk.Campaigns gives, made once for all who ask at a time
//	POST /stop       Asker         drains the run, as its first Ctrl-C does; never ends it at once
//	GET  /end        waits; then what Ended was given, or 204 where the process ends without it
//	POST /snapshot   {"name"}      of a folder in snapshots/ that holds a copy of the ledger
//
// # Who may ask
//
// The socket has mode 0600 in a folder of mode 0700, and gets its name only once it has that mode. The copy of the
// ledger does not cross the socket: its name does, and its file has mode 0600. Nothing personal is in any answer
// beyond what `status` prints: names of campaigns, counts, and accounts with an incident.
//
// # Bounds
//
// 256 connections at a time, further askers wait for their turn; of those, 16 may wait for the end. A request has
// 4 KiB and 5 s. An answer that does not begin within 5 s (for what is read from the ledger: 2 min) is ErrSilent.
// A copy that nobody opened is removed when the next is made and it is a minute old, when the run ends, or when
// another one begins.
package control
