package e2ee

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
	"unicode"
	"unicode/utf8"
)

// Roles is a set of what a member says it is.
type Roles uint8

// The roles. A member without Publisher holds no sender key until it sends.
const (
	Publisher Roles = 1 << iota
	Recorder
	Operated

	allRoles = Publisher | Recorder | Operated
)

const (
	// MaxNameBytes limits a display name.
	MaxNameBytes = 256

	announcementFixed = prefixSize + 8 + 16 + 1 + ed25519.PublicKeySize + kemPublicSize + 2
	announcementTail  = signatureSize + sha256.Size
	nameBoxOverhead   = 12 + 16
)

// annID identifies one joining of a meeting by one member: the hash of its announcement.
type annID [32]byte

func (id *annID) index() uint32 { return binary.BigEndian.Uint32(id[:4]) }

// announcement is a verified ANN.
type announcement struct {
	id      annID
	created time.Time
	nonce   [16]byte
	roles   Roles
	ik      ed25519.PublicKey
	kem     []byte
	name    string
}

// openAnnouncement verifies a whole ANN. What it returns shares memory with message.
func openAnnouncement(m *meeting, message []byte) (*announcement, error) {
	nameSize := func(message []byte) int { return int(binary.BigEndian.Uint16(message[announcementFixed-2:])) }
	if _, err := checkVariable(message, typeAnnouncement, &m.mid, announcementFixed+announcementTail, nameSize); err != nil {
		return nil, err
	}
	bodySize := len(message) - announcementTail
	body, rest := message[:bodySize], message[bodySize:]
	signature, mac := rest[:signatureSize], rest[signatureSize:]
	if !hmac.Equal(mac, announcementMAC(m, message[:bodySize+signatureSize])) {
		return nil, fail(MACInvalid, "the member does not hold the meeting secret: it needs the whole invitation link")
	}

	a := &announcement{id: announcementID(body)}
	fields := body[prefixSize:]
	a.created = time.UnixMilli(int64(binary.BigEndian.Uint64(fields)))
	copy(a.nonce[:], fields[8:])
	a.roles = Roles(fields[24])
	a.ik = ed25519.PublicKey(fields[25:57])
	if !verify(a.ik, "announce", body, signature) {
		return nil, errSignature()
	}
	if a.roles&^allRoles != 0 {
		return nil, fail(RolesInvalid, "reserved role bits are set")
	}
	a.kem = fields[57 : 57+kemPublicSize]
	if err := checkKEMPublic(a.kem); err != nil {
		return nil, err
	}
	var err error
	if a.name, err = openName(m, a.ik, body[announcementFixed:]); err != nil {
		return nil, err
	}
	return a, nil
}

// sealAnnouncement makes the ANN of a, whose id it sets.
func sealAnnouncement(m *meeting, a *announcement, key ed25519.PrivateKey, nameNonce []byte) []byte {
	body := appendPrefix(nil, typeAnnouncement, &m.mid)
	body = binary.BigEndian.AppendUint64(body, uint64(a.created.UnixMilli()))
	body = append(body, a.nonce[:]...)
	body = append(body, byte(a.roles))
	body = append(body, a.ik...)
	body = append(body, a.kem...)
	body = appendLP(body, sealName(m, a.ik, nameNonce, a.name))
	a.id = announcementID(body)
	signed := sign(key, "announce", body)
	return append(signed, announcementMAC(m, signed)...)
}

func announcementID(body []byte) annID { return sha256.Sum256(append(label("announce id"), body...)) }

func announcementMAC(m *meeting, signed []byte) []byte {
	h := hmac.New(sha256.New, m.auth)
	h.Write(label("announce mac"))
	h.Write(signed)
	return h.Sum(nil)
}

func sealName(m *meeting, ik ed25519.PublicKey, nonce []byte, name string) []byte {
	return newGCM(m.meta).Seal(bytes.Clone(nonce), nonce, []byte(name), append(label("name"), ik...))
}

func openName(m *meeting, ik ed25519.PublicKey, box []byte) (string, error) {
	if len(box) < nameBoxOverhead {
		return "", fail(NameInvalid, "name box is too short")
	}
	name, err := newGCM(m.meta).Open(nil, box[:12], box[12:], append(label("name"), ik...))
	if err != nil {
		return "", fail(NameInvalid, "name box does not open")
	}
	return string(name), checkName(string(name))
}

func checkName(name string) error {
	if len(name) > MaxNameBytes || !utf8.ValidString(name) {
		return fail(NameInvalid, "a display name is at most 256 bytes of UTF-8")
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return fail(NameInvalid, "a display name has no control characters")
		}
	}
	return nil
}

// newGCM is AES-256-GCM; key has 32 bytes.
func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("e2ee: AES: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("e2ee: GCM: " + err.Error())
	}
	return aead
}

// sign returns body and, behind it, its signature.
func sign(key ed25519.PrivateKey, name string, body []byte) []byte {
	signature := ed25519.Sign(key, append(label(name), body...))
	return append(bytes.Clone(body), signature...)
}

func verify(key ed25519.PublicKey, name string, body, signature []byte) bool {
	return ed25519.Verify(key, append(label(name), body...), signature)
}

func errSignature() error {
	return fail(SignatureInvalid, "the signature is not by the member's identity key")
}
