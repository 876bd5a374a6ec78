package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
)

// issued is what a provider has issued to a session.
type issued struct {
	IDToken      string `json:"id"`
	RefreshToken string `json:"refresh,omitempty"`
}

var errSealed = errors.New("what the provider issued can't be opened with the browser's token")

// seal encrypts i so that only the browser's token opens it.
func (i issued) seal(token string) ([]byte, error) {
	plain, err := json.Marshal(i)
	if err != nil {
		return nil, err
	}
	aead, err := sealer(token)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, nil), nil
}

func unseal(sealed []byte, token string) (i issued, err error) {
	aead, err := sealer(token)
	if err != nil {
		return i, err
	}
	if len(sealed) < aead.NonceSize() {
		return i, errSealed
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
	if err != nil {
		return i, errSealed
	}
	return i, json.Unmarshal(plain, &i)
}

func sealer(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "confab session seal v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
