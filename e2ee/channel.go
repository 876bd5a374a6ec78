package e2ee

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
)

const (
	channelBody = prefixSize + 32 + 32 + 4 + kemEncSize
	channelSize = channelBody + signatureSize
)

// peer is what a receiver knows of a sender from its announcement.
type peer struct {
	id annID
	ik ed25519.PublicKey
}

// openChannel verifies a CHAN and returns its number and its wrapping key K_wrap.
func openChannel(m *meeting, from peer, self annID, kem hpke.PrivateKey, last uint32, message []byte) (uint32, []byte, error) {
	fields, err := checkPrefix(message, typeChannel, &m.mid, channelSize)
	if err != nil {
		return 0, nil, err
	}
	if err := checkPair(fields, from.id, self); err != nil {
		return 0, nil, err
	}
	body := message[:channelBody]
	if !verify(from.ik, "channel", body, message[channelBody:]) {
		return 0, nil, errSignature()
	}
	number := binary.BigEndian.Uint32(fields[64:])
	if number <= last {
		return 0, nil, fail(ChannelStale, "channel is not newer than the last one")
	}
	export, err := decapsulate(kem, fields[68:68+kemEncSize], channelInfo(m, from.id, self, number))
	if err != nil {
		return 0, nil, err
	}
	return number, wrapKey(m, export, body), nil
}

// sealChannel makes a CHAN and its wrapping key.
func sealChannel(m *meeting, key ed25519.PrivateKey, self, to annID, kem []byte, number uint32) (message, wrapping []byte, err error) {
	enc, export, err := encapsulate(kem, channelInfo(m, self, to, number))
	if err != nil {
		return nil, nil, err
	}
	body := channelBytes(m, self, to, number, enc)
	return sign(key, "channel", body), wrapKey(m, export, body), nil
}

func channelBytes(m *meeting, from, to annID, number uint32, enc []byte) []byte {
	body := appendPrefix(make([]byte, 0, channelSize), typeChannel, &m.mid)
	body = append(append(body, from[:]...), to[:]...)
	return append(binary.BigEndian.AppendUint32(body, number), enc...)
}

func channelInfo(m *meeting, from, to annID, number uint32) []byte {
	info := binary.BigEndian.AppendUint16(label("channel"), suiteID)
	info = append(info, m.mid[:]...)
	info = append(append(info, from[:]...), to[:]...)
	return binary.BigEndian.AppendUint32(info, number)
}

func wrapKey(m *meeting, export, body []byte) []byte {
	h := sha256.Sum256(body)
	return derive256(m.psk, export, append(label("wrap key"), h[:]...), 32)
}

// checkPair checks the sender and recipient at the head of fields.
func checkPair(fields []byte, from, to annID) error {
	if annID(fields[:32]) != from {
		return fail(SenderMismatch, "message names another sender than the one it came from")
	}
	if annID(fields[32:64]) != to {
		return fail(RecipientMismatch, "message is for another member")
	}
	return nil
}
