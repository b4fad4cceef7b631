package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Everything random is drawn from a hash of what it is about, never from a shared stream: with a
// stream, whichever goroutine comes first takes the next number, and no run can be repeated.

// digest hashes a seed, a purpose, an entity and a count.
func digest(seed uint64, purpose, entity string, n int) [sha256.Size]byte {
	b := make([]byte, 0, 128)
	b = binary.BigEndian.AppendUint64(b, seed)
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	b = append(b, purpose...)
	b = append(b, 0)
	b = append(b, entity...)
	return sha256.Sum256(b)
}

// draw is the source of all chances of one request.
type draw uint64

func newDraw(seed uint64, route Route, entity string, n int) draw {
	d := digest(seed, string(route), entity, n)
	return draw(binary.BigEndian.Uint64(d[:]))
}

// bits gives the 64 bits that belong to salt (splitmix64).
func (d draw) bits(salt uint64) uint64 {
	x := uint64(d) + (salt+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// float is in [0, 1).
func (d draw) float(salt uint64) float64 { return float64(d.bits(salt)>>11) / (1 << 53) }

// pick is in [0, n).
func (d draw) pick(salt uint64, n int) int { return int(d.bits(salt) % uint64(n)) }

// Salts of the details of a fault. Rules use their index, so these start far above it.
const (
	saltStatus uint64 = 1<<32 + iota
	saltBody
	saltRetry
	saltDelay
	saltWord
	saltSign
	saltEcho
)

// sessionID is the UUID of the n-th session of an account.
func sessionID(seed uint64, account string, n int) string {
	d := digest(seed, "session", account, n)
	d[6] = d[6]&0x0f | 0x40
	d[8] = d[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", d[0:4], d[4:6], d[6:8], d[8:10], d[10:16])
}

// uuid says whether an id has the form of one.
func uuid(id string) bool {
	for i, r := range []byte(id) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if r != '-' {
				return false
			}
		case !strings.ContainsRune("0123456789abcdefABCDEF", rune(r)):
			return false
		}
	}
	return len(id) == 36
}

// linkToken is the token of a session's link: kst_ and 64 hex digits.
func linkToken(seed uint64, id string) string {
	d := digest(seed, "token", id, 0)
	return "kst_" + hex.EncodeToString(d[:])
}
