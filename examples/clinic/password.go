package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"slices"
)

const (
	// hashRounds make guessing slow (OWASP Password Storage Cheat Sheet, PBKDF2 with HMAC-SHA-256).
	hashRounds = 600_000
	saltSize   = 16
	keptSize   = 4 + saltSize + sha256.Size
)

// hashPassword returns what is kept of a password: rounds, salt and hash.
func hashPassword(password string, rounds int) ([]byte, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	hash, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(rounds)), salt, hash), err
}

// passwordFits reports whether a password is the one that was kept. With nothing kept it takes as long, and does not.
func passwordFits(password string, kept []byte, rounds int) bool {
	known := len(kept) == keptSize
	if known {
		rounds = int(binary.BigEndian.Uint32(kept))
	} else {
		kept = make([]byte, keptSize)
	}
	salt, want := kept[4:4+saltSize], kept[4+saltSize:]
	hash, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	return err == nil && subtle.ConstantTimeCompare(hash, want) == 1 && known
}
