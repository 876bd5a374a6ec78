package wire

import (
	"errors"
	"io"
	"math/bits"
)

// MaxVarint is the largest number a varint holds (RFC 9000 §16).
const MaxVarint = 1<<62 - 1

// MaxVarintLen is the length in bytes of the longest varint.
const MaxVarintLen = 8

// VarintLen returns how many bytes v takes: 1, 2, 4 or 8. It panics when v is above MaxVarint.
func VarintLen(v uint64) int {
	return 1 << varintExponent(v)
}

// AppendVarint appends v in its minimal length. It panics when v is above MaxVarint.
func AppendVarint(b []byte, v uint64) []byte {
	switch exponent := varintExponent(v); exponent {
	case 0:
		return append(b, byte(v))
	case 1:
		return append(b, 0x40|byte(v>>8), byte(v))
	case 2:
		return append(b, 0x80|byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	default:
		return append(b, 0xc0|byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
			byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
}

// ParseVarint reads the varint at the start of b and returns it with its length in bytes. One that is cut short or
// longer than it need be is malformed.
func ParseVarint(b []byte) (v uint64, n int, err error) {
	if len(b) == 0 {
		return 0, 0, Errorf(CodeMalformed, "a varint is missing")
	}
	exponent := b[0] >> 6
	n = 1 << exponent
	if len(b) < n {
		return 0, 0, Errorf(CodeMalformed, "a varint is cut short")
	}
	v = uint64(b[0] & 0x3f)
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	if varintExponent(v) != int(exponent) {
		return 0, 0, errVarintNotMinimal(v, n)
	}
	return v, n, nil
}

// ReadVarint reads a varint from r. It fails with io.EOF if r ends before the first byte, with an *Error if it ends
// later or the varint is not minimal, and otherwise with r's error.
func ReadVarint(r io.ByteReader) (uint64, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	exponent := first >> 6
	v := uint64(first & 0x3f)
	for range 1<<exponent - 1 {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, Errorf(CodeMalformed, "a varint is cut short")
		}
		if err != nil {
			return 0, err
		}
		v = v<<8 | uint64(c)
	}
	if varintExponent(v) != int(exponent) {
		return 0, errVarintNotMinimal(v, 1<<exponent)
	}
	return v, nil
}

func errVarintNotMinimal(v uint64, n int) error {
	return Errorf(CodeMalformed, "the varint %d takes %d bytes and not %d", v, VarintLen(v), n)
}

// varintExponent returns the two bits that head the varint of v: the binary logarithm of its length.
func varintExponent(v uint64) int {
	switch n := bits.Len64(v); {
	case n <= 6:
		return 0
	case n <= 14:
		return 1
	case n <= 30:
		return 2
	case n <= 62:
		return 3
	default:
		panic("wire: number does not fit a varint")
	}
}
