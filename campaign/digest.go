package campaign

import "crypto/sha256"

// Digest tells two requests apart without keeping them. The zero value belongs to no request.
type Digest [16]byte

// digestOf is the first half of the SHA-256 of an encoded request.
func digestOf(request []byte) Digest {
	sum := sha256.Sum256(request)
	return Digest(sum[:16])
}
