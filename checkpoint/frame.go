package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// A value is stored in a frame:
//
//	version (1 byte) · CRC-32C, big endian (4 bytes) · value
//
// The checksum is over the version, the table and the key (each after its
// length) and the value, so that a sound value in a wrong place is found too.
const (
	frameVersion = 1
	frameHeader  = 1 + 4
	maxKey       = 1024    // bytes: a page of 4096 holds at least three such keys
	maxValue     = 1 << 26 // 64 MiB: far above any record, far below what bbolt can hold
)

func checksum(table Table, key, value []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // cached by the library
	place := make([]byte, 0, 96)
	place = append(place, frameVersion)
	place = binary.AppendUvarint(place, uint64(len(table)))
	place = append(place, table...)
	place = binary.AppendUvarint(place, uint64(len(key)))
	place = append(place, key...)
	sum := ^uint32(0) // by hand, since what is given to crc32 goes to the heap: an allocation for each value read or written
	for _, b := range place {
		sum = castagnoli[byte(sum)^b] ^ sum>>8
	}
	return crc32.Update(^sum, castagnoli, value)
}

// frame returns value as it is stored under key in table.
func frame(table Table, key, value []byte) []byte {
	return appendFrame(make([]byte, 0, frameHeader+len(value)), table, key, value)
}

// appendFrame appends value to b as it is stored.
func appendFrame(b []byte, table Table, key, value []byte) []byte {
	b = append(b, frameVersion)
	b = binary.BigEndian.AppendUint32(b, checksum(table, key, value))
	return append(b, value...)
}

// unframe returns the value within b, which stays part of b.
func unframe(table Table, key, b []byte) ([]byte, error) {
	reason := ""
	switch {
	case len(b) < frameHeader:
		reason = fmt.Sprintf("its value has %d bytes, too few for a checksum", len(b))
	case b[0] != frameVersion:
		reason = fmt.Sprintf("its value has the unknown form %d", b[0])
	case binary.BigEndian.Uint32(b[1:]) != checksum(table, key, b[frameHeader:]):
		reason = "its value does not match its checksum"
	default:
		return b[frameHeader:], nil
	}
	return nil, &CorruptError{Table: table, Key: append([]byte{}, key...), Reason: reason}
}

// bucket returns the table's bucket. Open has checked that all are there.
func bucket(tx *bbolt.Tx, t Table) (*bbolt.Bucket, error) {
	b := tx.Bucket([]byte(t))
	if b == nil {
		return nil, &CorruptError{Table: t, Reason: "the table is missing"}
	}
	return b, nil
}
