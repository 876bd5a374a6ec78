package nats

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// MinSecret is the length in bytes of the shortest cluster secret. What a node shows to anyone who connects lets that one
// test guesses, so the secret has to be made by a machine.
const MinSecret = 32

const secretLabel = "confab cluster v1"

// identity returns the TLS configuration by which nodes that share a secret, and only they, trust each other: the secret
// makes the key of an authority, which signs a certificate that lives as long as the process. Spec: backbone.md §1.4.
func identity(secret []byte) (*tls.Config, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("the cluster secret takes %d bytes: at least %d are needed (make one with: openssl rand -hex 32)", len(secret), MinSecret)
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, secretLabel, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	signer := ed25519.NewKeyFromSeed(seed)
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "confab cluster"},
		NotBefore:             time.Unix(0, 0),
		NotAfter:              time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, authority, authority, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	if authority, err = x509.ParseCertificate(raw); err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "confab node"},
		NotBefore:    authority.NotBefore,
		NotAfter:     authority.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if raw, err = x509.CreateCertificate(rand.Reader, leaf, authority, public, signer); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: private}},
		ClientAuth:   tls.RequireAnyClientCert,
		// Nodes have no names to check: whoever has a certificate of the authority knows the secret.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the other node shows no certificate")
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
				Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
			})
			if err != nil {
				return errors.New("the other node has another cluster secret")
			}
			return nil
		},
	}, nil
}
