package e2ee

import "math/bits"

// maxExact is the largest integer that every implementation can hold exactly; record fields do not pass it.
const maxExact = 1<<53 - 1

// appendVarint appends v, which is below 2⁶², as a QUIC varint of minimal length (RFC 9000 §16).
func appendVarint(dst []byte, v uint64) []byte {
	log := varintLog(v)
	first := byte(log << 6)
	for i := 1<<log - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i))|first)
		first = 0
	}
	return dst
}

// varintLog is the two-bit length code of v.
func varintLog(v uint64) int {
	switch n := bits.Len64(v); {
	case n <= 6:
		return 0
	case n <= 14:
		return 1
	case n <= 30:
		return 2
	default:
		return 3
	}
}

// takeVarint returns the varint at the head of b and what follows it.
func takeVarint(b []byte) (v uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, errRecordEnds()
	}
	log := int(b[0] >> 6)
	size := 1 << log
	if len(b) < size {
		return 0, nil, errRecordEnds()
	}
	v = uint64(b[0] & 0x3f)
	for _, c := range b[1:size] {
		v = v<<8 | uint64(c)
	}
	if varintLog(v) != log {
		return 0, nil, fail(NotMinimal, "varint could be shorter")
	}
	return v, b[size:], nil
}
