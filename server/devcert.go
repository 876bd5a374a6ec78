package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// Browsers take a certificate by its hash only when it is an ECDSA one that is valid for at most 14 days (W3C
// WebTransport, custom certificate requirements). Each is used for the first half of its life, so that one a page
// has learnt of, the current or the next, is valid for days when the page connects with it.
const (
	devValidity = 13 * 24 * time.Hour
	devUse      = 6 * 24 * time.Hour
	// devBackdate is how far another machine's clock may be behind.
	devBackdate = 12 * time.Hour
)

// devCertificates makes certificates for development and replaces each long before it ends. There is no timer: every
// use looks at the clock. They are kept in a folder, if there is one, so that who has accepted a certificate need not do
// so again when the node restarts. It is safe for concurrent use.
type devCertificates struct {
	now   func() time.Time
	hosts func() []string
	dir   string // "": kept in memory only
	log   *slog.Logger

	mu            sync.Mutex
	current, next *devCertificate
}

type devCertificate struct {
	certificate tls.Certificate
	hash        [sha256.Size]byte
	// The certificate is used in [from, from+devUse).
	from time.Time
}

func newDevCertificates(now func() time.Time, hosts func() []string, dir string, log *slog.Logger) *devCertificates {
	return &devCertificates{now: now, hosts: hosts, dir: dir, log: log}
}

func (d *devCertificates) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.rotate(); err != nil {
		return nil, err
	}
	return &d.current.certificate, nil
}

// hashes returns the SHA-256 of the certificate in use and of the one that comes next.
func (d *devCertificates) hashes() ([][]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.rotate(); err != nil {
		return nil, err
	}
	return [][]byte{d.current.hash[:], d.next.hash[:]}, nil
}

func (d *devCertificates) rotate() error {
	now := d.now()
	if d.current == nil && d.dir != "" {
		d.read()
	}
	if d.current.inUse(now) {
		return nil
	}
	current := d.next
	if !current.inUse(now) {
		var err error
		if current, err = newDevCertificate(now, d.hosts()); err != nil {
			return err
		}
	}
	next, err := newDevCertificate(current.from.Add(devUse), d.hosts())
	if err != nil {
		return err
	}
	d.current, d.next = current, next
	if d.dir != "" {
		d.write()
	}
	return nil
}

func (d *devCertificates) read() {
	current, next, err := readDevCertificates(d.dir, d.hosts())
	switch {
	case err == nil:
		d.current, d.next = current, next
	case !errors.Is(err, fs.ErrNotExist):
		d.log.Info("new development certificates, for the former can't be used", "error", err)
	}
}

func (d *devCertificates) write() {
	if err := writeDevCertificates(d.dir, d.current, d.next); err != nil {
		d.log.Warn("development certificates will be new after a restart", "error", err)
	}
}

// inUse also fails when the clock was set back to before the certificate's time.
func (c *devCertificate) inUse(now time.Time) bool {
	return c != nil && !now.Before(c.from.Add(-devBackdate)) && now.Before(c.from.Add(devUse))
}

func newDevCertificate(from time.Time, hosts []string) (*devCertificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("development certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("development certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Confab development certificate"},
		NotBefore:             from.Add(-devBackdate),
		NotAfter:              from.Add(-devBackdate + devValidity),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("development certificate: %w", err)
	}
	return &devCertificate{
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		hash:        sha256.Sum256(der),
		from:        from,
	}, nil
}

// localHosts returns the names and addresses under which this machine may be reached.
func localHosts() []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil && plausibleHost(name) {
		hosts = append(hosts, name)
	}
	for _, ip := range interfaceAddresses() {
		hosts = append(hosts, ip.String())
	}
	return hosts
}

// interfaceAddresses returns the addresses by which other machines may reach this one.
func interfaceAddresses() []net.IP {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var ips []net.IP
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			ips = append(ips, n.IP)
		}
	}
	return ips
}
