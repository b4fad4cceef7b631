// Package arch holds the layers of this module as a test, and has no code of its own.
//
//	cmd/kycbatch ──► campaign, internal/*            (arrows are imports, downward only; nothing imports cmd)
//	internal/report ──► campaign, internal/intake    (how a cell is made safe for a spreadsheet, and how headers are compared)
//	campaign ──► checkpoint, ratelimit, internal/vobiz, internal/intake
//	internal/control      imports none of ours: what crosses its socket is the border's business
//	internal/sandbox      imports none of ours: shared struct tags would hide wrong tags
//	internal/prove        imports none of ours: it runs the tests as a person does
//	samples/demo          imports none of ours: it runs the program as cron does
//
// A new folder or arrow is a change of the design: change the table in house_test.go in the same commit.
// Test files may also import internal/sandbox, and the sandbox's own tests may import everything but cmd.
package arch
