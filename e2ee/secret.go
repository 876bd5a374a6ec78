package e2ee

import (
	"crypto/rand"
	"crypto/sha256"
)

// Secret is the meeting secret that an invitation link carries. The zero Secret stands for "none": such a meeting
// is encrypted, but nothing shows that the server did not join it under somebody's name, until safety codes are
// compared.
type Secret [32]byte

// NewSecret makes a secret for a new meeting.
func NewSecret() Secret {
	var s Secret
	rand.Read(s[:])
	return s
}

// Verified reports whether the secret is one that came with an invitation.
func (s Secret) Verified() bool { return s != Secret{} }

// meeting holds what a meeting's secret and room id determine.
type meeting struct {
	mid  [32]byte
	auth []byte
	psk  []byte
	meta []byte
}

func newMeeting(secret Secret, room string) *meeting {
	m := &meeting{mid: sha256.Sum256(appendLP(label("meeting"), []byte(room)))}
	m.auth = derive256(m.mid[:], secret[:], label("auth"), 32)
	m.psk = derive256(m.mid[:], secret[:], label("psk"), 32)
	m.meta = derive256(m.mid[:], secret[:], label("meta"), 32)
	return m
}
