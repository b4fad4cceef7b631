package checkpoint

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUnframe: what unframe accepts is what frame makes, for that place only.
func FuzzUnframe(f *testing.F) {
	f.Add("records", []byte("k"), []byte("value"), frame(Records, []byte("k"), []byte("value")))
	f.Add("", []byte{}, []byte{}, []byte{frameVersion, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, table string, key, value, framed []byte) {
		v, err := unframe(Table(table), key, framed)
		if err == nil {
			require.Equal(t, framed, frame(Table(table), key, v))
		} else {
			require.ErrorIs(t, err, ErrDamaged)
		}
		whole := binary.AppendUvarint([]byte{frameVersion}, uint64(len(table)))
		whole = binary.AppendUvarint(append(whole, table...), uint64(len(key)))
		whole = append(append(whole, key...), value...)
		require.Equal(t, crc32.Checksum(whole, crc32.MakeTable(crc32.Castagnoli)), checksum(Table(table), key, value))
		framed = frame(Table(table), key, value)
		v, err = unframe(Table(table), key, framed)
		require.NoError(t, err)
		require.True(t, bytes.Equal(value, v))
		_, err = unframe(Table(table), append(key[:len(key):len(key)], 0), framed)
		require.ErrorIs(t, err, ErrDamaged)
		for bit := range len(framed) * 8 {
			_, err = unframe(Table(table), key, flipped(framed, bit))
			require.ErrorIs(t, err, ErrDamaged)
		}
	})
}

// FuzzHeader: no bytes panic, and what is accepted is a ledger's header.
func FuzzHeader(f *testing.F) {
	h := newHeader(quick().withDefaults(), 1)
	framed, err := h.framed()
	require.NoError(f, err)
	f.Add(framed[frameHeader:])
	f.Add([]byte(`{"format":"kycbatch ledger","schema":0,"id":"x"}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		h, err := decodeHeader(frame(headerTable, []byte(headerKey), value))
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		require.Equal(t, headerFormat, h.Format)
		require.Positive(t, h.Schema)
		require.NotEmpty(t, h.ID)
		again, err := h.framed()
		require.NoError(t, err)
		_, err = decodeHeader(again)
		require.NoError(t, err)
	})
}

// FuzzFence: no bytes panic, and what is accepted is sealed.
func FuzzFence(f *testing.F) {
	f.Add(sealed(f, fence{Ledger: "0123456789abcdef", Generation: 1}))
	f.Add([]byte(`{"fence":null,"crc32c":"00000000"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decodeFence(b); err != nil {
			require.ErrorIs(t, err, errFenceUnreadable)
		}
	})
}

// FuzzImage: no file panics or runs away; it is a ledger or unusable.
func FuzzImage(f *testing.F) {
	s := aSample(f)
	f.Add(s.file[:s.used], uint32(0), byte(0))
	f.Add([]byte("foreign"), uint32(0), byte(0))
	f.Fuzz(func(t *testing.T, file []byte, at uint32, to byte) {
		file = bytes.Clone(file)
		if int(at) < len(file) {
			file[at] = to
		}
		r := bytes.NewReader(file)
		if _, _, err := examine(context.Background(), r, r.Size(), true, anySchema); err != nil {
			require.ErrorIs(t, err, ErrUnusable)
		}
	})
}
