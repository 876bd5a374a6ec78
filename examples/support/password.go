package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

const (
	saltSize = 16
	// hashRounds is what OWASP asks for with HMAC-SHA-256: a guess costs as much as a tenth of a second of a processor.
	hashRounds = 600_000
	// maxPassword bounds what is hashed, in bytes.
	maxPassword = 256
)

// hashPassword returns what the database keeps of a password: a salt, and a hash of both.
func hashPassword(password string, rounds int) ([]byte, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	hash, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	return append(salt, hash...), err
}

// checkPassword reports whether a password is the one that kept is of, with as many rounds.
func checkPassword(kept []byte, password string, rounds int) bool {
	if len(kept) != saltSize+sha256.Size || len(password) > maxPassword {
		return false
	}
	hash, err := pbkdf2.Key(sha256.New, password, kept[:saltSize], rounds, sha256.Size)
	return err == nil && subtle.ConstantTimeCompare(hash, kept[saltSize:]) == 1
}
