package e2ee

import (
	"crypto/ed25519"
	"encoding/binary"
)

const (
	requestBody = prefixSize + 32 + 32 + 8 + 4 + 4
	requestSize = requestBody + signatureSize
)

// keyRequest is a KEYREQ: its sender cannot open the recipient's frames and asks for its newest key.
type keyRequest struct {
	seq uint64
	// genHint is the generation field of the KID that could not be opened.
	genHint uint32
	// haveChannel is the newest channel from the recipient that the sender holds, 0 if none.
	haveChannel uint32
}

func openKeyRequest(m *meeting, from peer, self annID, last *uint64, message []byte) (keyRequest, error) {
	fields, err := checkPrefix(message, typeKeyRequest, &m.mid, requestSize)
	if err != nil {
		return keyRequest{}, err
	}
	if err := checkPair(fields, from.id, self); err != nil {
		return keyRequest{}, err
	}
	if !verify(from.ik, "keyreq", message[:requestBody], message[requestBody:]) {
		return keyRequest{}, errSignature()
	}
	r := keyRequest{
		seq:         binary.BigEndian.Uint64(fields[64:]),
		genHint:     binary.BigEndian.Uint32(fields[72:]),
		haveChannel: binary.BigEndian.Uint32(fields[76:]),
	}
	if last != nil && r.seq <= *last {
		return keyRequest{}, fail(RequestStale, "key request was received before")
	}
	return r, nil
}

func sealKeyRequest(m *meeting, key ed25519.PrivateKey, self, to annID, r keyRequest) []byte {
	body := appendPrefix(make([]byte, 0, requestSize), typeKeyRequest, &m.mid)
	body = append(append(body, self[:]...), to[:]...)
	body = binary.BigEndian.AppendUint64(body, r.seq)
	body = binary.BigEndian.AppendUint32(body, r.genHint)
	return sign(key, "keyreq", binary.BigEndian.AppendUint32(body, r.haveChannel))
}
