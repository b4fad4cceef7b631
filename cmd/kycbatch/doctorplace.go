package main

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// someZone is a time zone that this program's users have. Any other name of the database would do.
const someZone = "Asia/Kolkata"

// examineZones looks whether this machine knows time zones by their names.
func examineZones(load func(name string) (*time.Location, error)) finding {
	const check = "time zones"
	if _, err := load(someZone); err != nil {
		return doubtful(check, "install the system's package tzdata", "this machine knows no time zones by name: %v", err)
	}
	return well(check, "known by name; here it is %s", time.Now().Format("15:04 MST"))
}

// examineWebhook judges the address that create would give to the API, as far as it can be judged without asking
// anybody: neither it nor a name server is contacted.
func (p *program) examineWebhook(running *cobra.Command) finding {
	const check, setting = "webhook", "webhook-url"
	address, from := "", ""
	if create := subcommand(running.Root(), "create"); create != nil {
		flags, came, err := p.settledFor(running, create)
		if err != nil {
			return wrong(check, err)
		}
		address, from = flags.Lookup(setting).Value.String(), came[setting].at
	}
	if address == "" {
		return well(check, "none is set")
	}
	if err := checkAddress("--"+setting, address, "https"); err != nil {
		return wrong(check, failed(exitUsage, "mend "+from, "%w", err))
	}
	u, err := url.Parse(address)
	if err != nil {
		return wrong(check, failed(exitUsage, "mend "+from, "it is no address"))
	}
	if !isPublic(u.Hostname()) {
		return doubtful(check, "give an address that the API can reach from outside", "%s is known in its own network only (%s)", u.Hostname(), from)
	}
	return well(check, "https, at %s (not contacted)", u.Hostname())
}

// isPublic says whether a host could be reached from anywhere, by the look of its name or number.
func isPublic(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsGlobalUnicast() && !addr.Unmap().IsPrivate()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	top := host[strings.LastIndex(host, ".")+1:]
	switch top {
	case host, "localhost", "local", "internal", "lan", "test", "invalid", "example": // a single word is in no public zone
		return false
	}
	return true
}
