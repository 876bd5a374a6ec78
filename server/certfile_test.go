package server

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeCertificate writes a fresh certificate and its key into dir.
func writeCertificate(t *testing.T, dir string, c *clock) (certPath, keyPath string) {
	t.Helper()
	dev, err := newDevCertificate(c.time, testHosts())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(dev.certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certPath, keyPath = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write := func(path, kind string, der []byte) {
		t.Helper()
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		// A time of its own, for two writes may fall into one tick of the file system's clock.
		if err := os.Chtimes(path, c.time, c.time); err != nil {
			t.Fatal(err)
		}
	}
	write(certPath, "CERTIFICATE", dev.certificate.Certificate[0])
	write(keyPath, "PRIVATE KEY", key)
	return certPath, keyPath
}

func TestCertificateFilesAreFollowed(t *testing.T) {
	c := newClock()
	dir := t.TempDir()
	var logged strings.Builder
	certPath, keyPath := writeCertificate(t, dir, c)
	f, err := newFileCertificate(certPath, keyPath, c.now, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	current := func() []byte {
		t.Helper()
		cert, err := f.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Certificate[0]
	}
	first := current()

	c.advance(fileCheckInterval)
	writeCertificate(t, dir, c)
	second := current()
	if bytes.Equal(first, second) {
		t.Fatal("the changed files were not read")
	}

	c.advance(fileCheckInterval)
	if err := os.WriteFile(certPath, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(current(), second) {
		t.Fatal("a broken file replaced a good certificate")
	}
	if !strings.Contains(logged.String(), "stays in use") {
		t.Errorf("the broken file was not logged: %s", &logged)
	}

	writeCertificate(t, dir, c)
	if err := f.reload(); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(current(), second) {
		t.Fatal("reload waited for the interval")
	}
}

func TestMissingCertificateFileIsNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.pem")
	_, err := New(Config{TLSCert: missing, TLSKey: missing})
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
}
