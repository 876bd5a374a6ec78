package e2ee

import (
	"bytes"
	"cmp"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

const (
	baseKeySize = 64
	keyBody     = prefixSize + 32 + 4 + 4 + 32 + 32
	keySize     = keyBody + signatureSize
	wrapSize    = 4 + 8 + baseKeySize + 16
)

// keyID orders the keys of one sender: a rotation starts a generation, a ratchet makes a step in it.
type keyID struct{ gen, step uint32 }

func (a keyID) compare(b keyID) int {
	return cmp.Or(cmp.Compare(a.gen, b.gen), cmp.Compare(a.step, b.step))
}

// keyMessage is a verified KEY. It commits to a base key without holding it.
type keyMessage struct {
	keyID
	commit [32]byte
	roster [32]byte
	// digest identifies the signed message, to which each WRAP is bound.
	digest [32]byte
}

// openKey verifies a KEY against the newest one held of the same sender, which may be nil.
func openKey(m *meeting, from peer, held *keyMessage, message []byte) (*keyMessage, error) {
	fields, err := checkPrefix(message, typeKey, &m.mid, keySize)
	if err != nil {
		return nil, err
	}
	if annID(fields[:32]) != from.id {
		return nil, fail(SenderMismatch, "key names another sender than the one it came from")
	}
	if !verify(from.ik, "key", message[:keyBody], message[keyBody:]) {
		return nil, errSignature()
	}
	k := &keyMessage{
		keyID:  keyID{gen: binary.BigEndian.Uint32(fields[32:]), step: binary.BigEndian.Uint32(fields[36:])},
		commit: [32]byte(fields[40:72]),
		roster: [32]byte(fields[72:104]),
		digest: keyDigest(message),
	}
	if held != nil {
		switch order := k.compare(held.keyID); {
		case order < 0:
			return nil, fail(KeyStale, "key is older than the one held")
		case order == 0 && k.commit != held.commit:
			return nil, fail(Equivocation, "the sender committed to two keys under one number")
		}
	}
	return k, nil
}

// keyDigest identifies a KEY; message is the body and its signature.
func keyDigest(message []byte) [32]byte { return sha256.Sum256(message) }

// sealKey makes a KEY for base.
func sealKey(m *meeting, key ed25519.PrivateKey, self annID, id keyID, base []byte, roster [32]byte) []byte {
	body := appendPrefix(make([]byte, 0, keySize), typeKey, &m.mid)
	body = append(body, self[:]...)
	body = id.append(body)
	body = append(body, commitment(m, self, id, base)...)
	body = append(body, roster[:]...)
	return sign(key, "key", body)
}

func (a keyID) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, a.gen), a.step)
}

func commitment(m *meeting, sender annID, id keyID, base []byte) []byte {
	info := append(label("commit"), m.mid[:]...)
	info = id.append(append(info, sender[:]...))
	return derive512(nil, base, info, 32)
}

// checkCommit checks that base is the key that k announced.
func checkCommit(m *meeting, sender annID, k *keyMessage, base []byte) error {
	if !hmac.Equal(k.commit[:], commitment(m, sender, k.keyID, base)) {
		return fail(CommitMismatch, "the key is not the one its sender committed to")
	}
	return nil
}

// rosterDigest is the digest of the members, own announcement included; it sorts ids.
func rosterDigest(ids []annID) [32]byte {
	slices.SortFunc(ids, func(a, b annID) int { return bytes.Compare(a[:], b[:]) })
	b := binary.BigEndian.AppendUint32(label("roster"), uint32(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return sha256.Sum256(b)
}

// openWrap opens a WRAP and returns its counter and the base key. last is the counter before, if any.
func openWrap(channel cipher.AEAD, recipient uint32, last *uint64, digest [32]byte, wrap []byte) (uint64, []byte, error) {
	switch {
	case len(wrap) < wrapSize:
		return 0, nil, fail(Truncated, "wrap ends too early")
	case len(wrap) > wrapSize:
		return 0, nil, fail(TrailingBytes, "wrap goes on after its end")
	case binary.BigEndian.Uint32(wrap) != recipient:
		return 0, nil, fail(RecipientMismatch, "wrap is for another member")
	}
	counter := binary.BigEndian.Uint64(wrap[4:])
	if last != nil && counter <= *last {
		return 0, nil, fail(WrapReplayed, "wrap was received before")
	}
	base, err := channel.Open(nil, wrapNonce(counter), wrap[12:], wrapAAD(digest))
	if err != nil {
		return 0, nil, fail(WrapInvalid, "wrap does not authenticate")
	}
	return counter, base, nil
}

// sealWrap makes the WRAP of base for one recipient.
func sealWrap(channel cipher.AEAD, recipient uint32, counter uint64, digest [32]byte, base []byte) []byte {
	wrap := binary.BigEndian.AppendUint32(make([]byte, 0, wrapSize), recipient)
	wrap = binary.BigEndian.AppendUint64(wrap, counter)
	return channel.Seal(wrap, wrapNonce(counter), base, wrapAAD(digest))
}

func wrapNonce(counter uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), counter)
}

func wrapAAD(digest [32]byte) []byte { return append(label("wrap"), digest[:]...) }
