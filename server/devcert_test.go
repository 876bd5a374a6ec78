package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// clock is set by hand.
type clock struct{ time time.Time }

func newClock() *clock                   { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time          { return c.time }
func (c *clock) advance(d time.Duration) { c.time = c.time.Add(d) }
func testHosts() []string                { return []string{"localhost", "127.0.0.1", "::1", "node"} }
func newTestDev(c *clock) *devCertificates {
	return newDevCertificates(c.now, testHosts, "", slog.New(slog.DiscardHandler))
}

func leaf(t *testing.T, d *devCertificates) *x509.Certificate {
	t.Helper()
	c, err := d.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func listed(t *testing.T, d *devCertificates) [][]byte {
	t.Helper()
	hashes, err := d.hashes()
	if err != nil {
		t.Fatal(err)
	}
	return hashes
}

func TestDevCertificateIsOneThatBrowsersTakeByHash(t *testing.T) {
	cert := leaf(t, newTestDev(newClock()))
	if life := cert.NotAfter.Sub(cert.NotBefore); life > 14*24*time.Hour {
		t.Errorf("valid for %v, browsers take 14 days", life)
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		t.Errorf("key is %T, not of P-256", cert.PublicKey)
	}
	for _, host := range testHosts() {
		if err := cert.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
}

// TestDevCertificateRotation walks through a year in uneven steps. At every step the certificate in use is valid for
// days to come and is one that was listed at the step before, so that a page that asked then can still connect.
func TestDevCertificateRotation(t *testing.T) {
	c := newClock()
	d := newTestDev(c)
	before := listed(t, d)
	serials := map[string]bool{}
	for end := c.time.AddDate(1, 0, 0); c.time.Before(end); c.advance(37 * time.Hour) {
		cert := leaf(t, d)
		serials[cert.SerialNumber.String()] = true
		if c.time.Before(cert.NotBefore.Add(11*time.Hour)) || c.time.Add(6*24*time.Hour).After(cert.NotAfter) {
			t.Fatalf("at %v a certificate of %v to %v is in use", c.time, cert.NotBefore, cert.NotAfter)
		}
		hash := sha256.Sum256(cert.Raw)
		if !slices.ContainsFunc(before, func(h []byte) bool { return bytes.Equal(h, hash[:]) }) {
			t.Fatalf("at %v the certificate in use was not listed 37 h before", c.time)
		}
		before = listed(t, d)
		if len(before) != 2 || !bytes.Equal(before[0], hash[:]) || bytes.Equal(before[0], before[1]) {
			t.Fatalf("listed %x, in use %x", before, hash)
		}
	}
	if got, want := len(serials), 365/6; got < want || got > want+2 {
		t.Errorf("%d certificates in a year, want about %d", got, want)
	}
}

func TestDevCertificateAfterTheClockJumped(t *testing.T) {
	c := newClock()
	d := newTestDev(c)
	for _, jump := range []time.Duration{60 * 24 * time.Hour, -30 * 24 * time.Hour, 13 * 24 * time.Hour} {
		leaf(t, d)
		c.advance(jump)
		if cert := leaf(t, d); c.time.Before(cert.NotBefore) || c.time.After(cert.NotAfter) {
			t.Errorf("after %v: valid %v to %v, it is %v", jump, cert.NotBefore, cert.NotAfter, c.time)
		}
	}
}

func TestDevCertificatesOutliveARestart(t *testing.T) {
	c := newClock()
	dir := filepath.Join(t.TempDir(), "state")
	log := slog.New(slog.DiscardHandler)
	restarted := func(hosts ...string) *devCertificates {
		return newDevCertificates(c.now, func() []string { return append(testHosts(), hosts...) }, dir, log)
	}
	first := listed(t, restarted())
	if info, err := os.Stat(filepath.Join(dir, devCertificateFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	c.advance(devUse - time.Hour)
	d := restarted()
	if again := listed(t, d); !slices.EqualFunc(first, again, bytes.Equal) {
		t.Errorf("listed %x, before the restart %x", again, first)
	}
	if hash := sha256.Sum256(leaf(t, d).Raw); !bytes.Equal(hash[:], first[0]) {
		t.Error("another certificate is in use than before the restart")
	}

	c.advance(2 * time.Hour)
	rotated := listed(t, restarted())
	if !bytes.Equal(rotated[0], first[1]) {
		t.Error("after its time, the first was not replaced by the next")
	}
	if moved := listed(t, restarted("192.0.2.7")); bytes.Equal(moved[0], rotated[0]) {
		t.Error("a certificate was kept that lacks one of the machine's addresses")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestUnusableDevCertificateFile: whatever the file holds, and even if it can't be written, there is a certificate.
func TestUnusableDevCertificateFile(t *testing.T) {
	c := newClock()
	dir := t.TempDir()
	file := filepath.Join(dir, devCertificateFile)
	use := func(dir string) [][]byte {
		t.Helper()
		return listed(t, newDevCertificates(c.now, testHosts, dir, slog.New(slog.DiscardHandler)))
	}
	use(dir)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Replace(good, []byte("PRIVATE"), []byte("PUBLIC"), 1)
	for name, content := range map[string][]byte{"empty": nil, "cut": good[:len(good)-40], "swapped": swapped, "junk": []byte("junk")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if first := use(dir); !slices.EqualFunc(first, use(dir), bytes.Equal) {
			t.Errorf("%s: the file was not replaced by a good one", name)
		}
	}
	use(filepath.Join(file, "not a folder"))
}
