# Everything a contributor runs. The recipes need Go and a POSIX shell; the race detector also a C compiler.
# Nothing here talks to a network beyond the module proxy, but vuln to the database of known vulnerabilities.

FUZZTIME ?= 20s
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := golang.org/x/vuln/cmd/govulncheck@v1.9.0
VULNTIME ?= 300
RACE     := ./campaign ./checkpoint ./ratelimit

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The version comes out of the VCS data that `go build` puts in, see `kycbatch version`.
.PHONY: build
build: ## build the static binary bin/kycbatch
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags='-s -w' -o bin/kycbatch ./cmd/kycbatch

.PHONY: test
test: ## what CI runs: vet, all tests, the race detector where goroutines meet, and a minute of fuzzing
	go vet ./...
	go test -count=1 -timeout 15m ./...
	$(MAKE) race
	$(MAKE) fuzz-minute

.PHONY: race
race: ## the race detector alone, without the explorer, the mutants and the power cuts, which are one goroutine
	go test -race -short -skip "Explorer|Mutants|TestPower|TestPoints" -count=1 -timeout 20m $(RACE)

# Built from source, which takes minutes the first time: not a part of `make test`.
.PHONY: lint
lint: ## golangci-lint with .golangci.yml
	go run $(LINT) run

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 20s) each
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | \
	while IFS=: read -r file target; do \
		echo "$${file%/*} $${target#func }"; \
		go test -run='^$$' -fuzz="^$${target#func }$$" -fuzztime=$(FUZZTIME) "$${file%/*}" || exit 1; \
	done

.PHONY: fuzz-minute
fuzz-minute: ## one minute of fuzzing in all, shared out among the targets
	@targets=$$(grep -rE --include='*_test.go' '^func Fuzz' . | wc -l); \
	$(MAKE) --no-print-directory fuzz FUZZTIME=$$((60000 / targets))ms

# PROVE='-minutes 5' is a short try, PROVE='-again kills' runs one part anew. What is not committed is not proved.
.PHONY: prove
prove: ## the long form of every proof, at most 75 minutes on 2 cores, and PROOF.md from it; goes on where it was stopped
	go run ./internal/prove $(PROVE)

# Its database is not the module proxy: where it cannot be reached this says NOT RUN, and fails. Not a part of `make test`.
.PHONY: vuln
vuln: ## known vulnerabilities in what is called, or NOT RUN and why
	@sh internal/arch/vuln.sh $(VULNTIME) go run $(VULN) ./...

.PHONY: bench
bench: ## the table of speed, written to BENCH.md and README.md: the real binary beside loops that keep nothing, under 15 minutes
	go build -o bin/bench ./internal/bench
	bin/bench -out BENCH.md -readme README.md

.PHONY: bench-large
bench-large: ## memory and ledger of a campaign of 10,000,000 rows, printed; needs 30 GB of disk and half an hour
	go build -o bin/bench ./internal/bench
	timeout 60m bin/bench -large

.PHONY: microbench
microbench: ## all benchmarks of single functions, with allocations
	go test -run='^$$' -bench=. -benchmem -timeout 30m ./...

.PHONY: demo
demo: build ## a month in a minute: 200 customers, 30 days of nightly, and their reports; sends nothing to anyone
	go run ./samples/demo

# Its upper part, on the day when 80 % have completed.
.PHONY: picture
picture: build ## README.md's picture of a report, made anew by the demo and Chromium
	go run ./samples/demo -days 21 -dir bin/picture
	chromium --headless=new --no-sandbox --hide-scrollbars --window-size=1200,2160 --screenshot=samples/report.png \
		"file://$(CURDIR)/bin/picture/data/campaigns/customers/report/report.html"

.PHONY: kill-long
kill-long: ## the program killed 5,000 times, and killed and failed at every system call (make test: 500, and a sample)
	KYCBATCH_KILLS=5000 KYCBATCH_POINTS=all go test ./cmd/kycbatch -run 'TestKill|TestPoints' -count=1 -timeout 60m -v

.PHONY: power-long
power-long: ## 1,000,000 power-loss images of the ledger, and every system call failing (make test does 20,000 and a sample)
	KYCBATCH_PROVE=1 KYCBATCH_IMAGES=1000000 KYCBATCH_POINTS=all go test ./checkpoint -run 'TestPower|TestPoints' -count=1 -timeout 90m -v

.PHONY: scale
scale: ## 1,000,000 rows checked, planned to be synced and reported, 100,000 sent without a rate limit: time and memory, printed
	KYCBATCH_SCALE=1000000 go test ./internal/intake -run TestScale -count=1 -timeout 30m -v
	KYCBATCH_SCALE=1000000 go test ./campaign -run TestSyncScale -count=1 -timeout 30m -v
	KYCBATCH_SCALE=100000 go test ./cmd/kycbatch -run TestScale -count=1 -timeout 30m -v
	KYCBATCH_SCALE=1000000 go test ./cmd/kycbatch -run TestReportScale -count=1 -timeout 60m -v

.PHONY: clean
clean: ## remove what the targets above made
	rm -rf bin
	go clean -testcache
