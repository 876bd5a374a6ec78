package e2ee

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

const (
	protocolVersion = 1
	suiteID         = 1
	prefixSize      = 4 + sha256.Size
	signatureSize   = 64
)

// messageType is the first byte of every message.
type messageType byte

const (
	typeAnnouncement messageType = 1
	typeChannel      messageType = 2
	typeKey          messageType = 3
	typeWrap         messageType = 4
	typeKeyRequest   messageType = 5
	typeHeartbeat    messageType = 6
	typeAdmit        messageType = 7
	typeRemove       messageType = 8
	typeSASCommit    messageType = 9
	typeSASReveal    messageType = 10
	typeHost         messageType = 11
	typeGuard        messageType = 12
	typeSASEnd       messageType = 13
)

// label is L(x) of the specification: it keeps uses of one key or hash function apart.
func label(x string) []byte { return append([]byte("confab e2ee v1 "+x), 0) }

// appendLP appends b after its length as a u16. The caller has made sure that it fits.
func appendLP(dst, b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(b))), b...)
}

func appendPrefix(dst []byte, t messageType, mid *[32]byte) []byte {
	dst = append(dst, byte(t), protocolVersion)
	dst = binary.BigEndian.AppendUint16(dst, suiteID)
	return append(dst, mid[:]...)
}

// checkPrefix returns what follows the prefix of a message whose whole length is size. A size of 0 leaves the
// length to the caller.
func checkPrefix(message []byte, t messageType, mid *[32]byte, size int) ([]byte, error) {
	switch {
	case len(message) < prefixSize:
		return nil, fail(Truncated, "message is shorter than its prefix")
	case messageType(message[0]) != t:
		return nil, fail(TypeUnexpected, "message is of another type")
	case message[1] != protocolVersion:
		return nil, fail(VersionUnsupported, "message is of another version: both sides need a common release")
	case binary.BigEndian.Uint16(message[2:]) != suiteID:
		return nil, fail(SuiteUnsupported, "message uses another cipher suite")
	case size != 0 && len(message) < size:
		return nil, fail(Truncated, "message ends too early")
	case size != 0 && len(message) > size:
		return nil, fail(TrailingBytes, "message goes on after its end")
	case [32]byte(message[4:prefixSize]) != *mid:
		return nil, fail(MeetingForeign, "message belongs to another meeting")
	}
	return message[prefixSize:], nil
}

// checkVariable is checkPrefix for a message of at least minimum bytes that has as many more as extra says, which is given
// a message of at least the minimum.
func checkVariable(message []byte, t messageType, mid *[32]byte, minimum int, extra func(message []byte) int) ([]byte, error) {
	if _, err := checkPrefix(message, t, mid, 0); err != nil && CodeOf(err) != MeetingForeign {
		return nil, err
	}
	if len(message) < minimum {
		return nil, fail(Truncated, "message ends too early")
	}
	return checkPrefix(message, t, mid, minimum+extra(message))
}

// derive256 and derive512 are HKDF with a length that HKDF allows, so that they cannot fail.
func derive256(salt, secret, info []byte, size int) []byte {
	out, err := hkdf.Key(sha256.New, secret, salt, string(info), size)
	if err != nil {
		panic("e2ee: HKDF-SHA256: " + err.Error())
	}
	return out
}

func derive512(salt, secret, info []byte, size int) []byte {
	out, err := hkdf.Key(sha512.New, secret, salt, string(info), size)
	if err != nil {
		panic("e2ee: HKDF-SHA512: " + err.Error())
	}
	return out
}
