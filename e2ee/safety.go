package e2ee

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

const safetyGroups = 12

// safetyCode is the code that people compare, over the identity keys of those concerned.
func safetyCode(m *meeting, keys []ed25519.PublicKey) string {
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b ed25519.PublicKey) int { return bytes.Compare(a, b) })
	sorted = slices.CompactFunc(sorted, func(a, b ed25519.PublicKey) bool { return bytes.Equal(a, b) })
	input := append(label("safety code"), m.mid[:]...)
	input = binary.BigEndian.AppendUint32(input, uint32(len(sorted)))
	for _, k := range sorted {
		input = append(input, k...)
	}
	d := sha512.Sum512(input)
	groups := make([]string, safetyGroups)
	for g := range groups {
		groups[g] = fmt.Sprintf("%05d", big40(d[5*g:])%100000)
	}
	return strings.Join(groups, " ")
}

func big40(b []byte) uint64 {
	return uint64(b[0])<<32 | uint64(binary.BigEndian.Uint32(b[1:]))
}
