package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// devCertificateFile is the file, in Config.StateDir, of the development certificates in use and next.
const devCertificateFile = "development.pem"

const (
	pemCertificate = "CERTIFICATE"
	pemKey         = "PRIVATE KEY"
)

// readDevCertificates returns what writeDevCertificates wrote. Those that do not name all hosts are no use any more.
func readDevCertificates(dir string, hosts []string) (current, next *devCertificate, err error) {
	text, err := os.ReadFile(filepath.Join(dir, devCertificateFile))
	if err != nil {
		return nil, nil, err
	}
	var found []*devCertificate
	for len(found) < 2 {
		var certificate, key *pem.Block
		certificate, text = pem.Decode(text)
		key, text = pem.Decode(text)
		if certificate == nil || key == nil || certificate.Type != pemCertificate || key.Type != pemKey {
			return nil, nil, errors.New("not two pairs of certificate and key")
		}
		c, err := parseDevCertificate(certificate.Bytes, key.Bytes, hosts)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, c)
	}
	return found[0], found[1], nil
}

func parseDevCertificate(der, keyDER []byte, hosts []string) (*devCertificate, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	for _, host := range hosts {
		if err := certificate.VerifyHostname(host); err != nil {
			return nil, err
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyDER)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("the key is not that of the certificate")
	}
	return &devCertificate{
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		hash:        sha256.Sum256(der),
		from:        certificate.NotBefore.Add(devBackdate),
	}, nil
}

// writeDevCertificates replaces the file in one step, so that another process reads the old or the new one.
func writeDevCertificates(dir string, pair ...*devCertificate) (err error) {
	var text bytes.Buffer
	for _, c := range pair {
		key, err := x509.MarshalPKCS8PrivateKey(c.certificate.PrivateKey)
		if err != nil {
			return err
		}
		// Writing to a buffer can't fail.
		_ = pem.Encode(&text, &pem.Block{Type: pemCertificate, Bytes: c.certificate.Certificate[0]})
		_ = pem.Encode(&text, &pem.Block{Type: pemKey, Bytes: key})
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, devCertificateFile+".*") // readable by this user only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = text.WriteTo(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = f.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", f.Name(), err)
	}
	return os.Rename(f.Name(), filepath.Join(dir, devCertificateFile))
}
