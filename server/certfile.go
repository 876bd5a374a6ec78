package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// fileCheckInterval is how often, at most, handshakes look whether the files have changed.
const fileCheckInterval = 10 * time.Second

// fileCertificate serves a certificate from files and follows their changes. A pair that does not load is logged, and
// the former one stays in use. It is safe for concurrent use.
type fileCertificate struct {
	certPath, keyPath string
	now               func() time.Time
	log               *slog.Logger

	mu          sync.Mutex
	certificate *tls.Certificate
	stamp       fileStamp
	checked     time.Time
}

// fileStamp changes when one of the two files does.
type fileStamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func newFileCertificate(certPath, keyPath string, now func() time.Time, log *slog.Logger) (*fileCertificate, error) {
	f := &fileCertificate{certPath: certPath, keyPath: keyPath, now: now, log: log}
	return f, f.reload()
}

func (f *fileCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.checked) >= fileCheckInterval {
		f.checked = now
		if stamp, err := f.stat(); err != nil || stamp != f.stamp {
			f.logged(f.load())
		}
	}
	return f.certificate, nil
}

// hashes returns none: the certificate is one that clients trust by itself.
func (f *fileCertificate) hashes() ([][]byte, error) { return nil, nil }

// reload reads the files now.
func (f *fileCertificate) reload() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.load()
}

func (f *fileCertificate) load() error {
	stamp, err := f.stat()
	if err != nil {
		return fmt.Errorf("TLS certificate: %w", err)
	}
	certificate, err := tls.LoadX509KeyPair(f.certPath, f.keyPath)
	if err != nil {
		return fmt.Errorf("TLS certificate %s with key %s: %w", f.certPath, f.keyPath, err)
	}
	f.certificate, f.stamp, f.checked = &certificate, stamp, f.now()
	return nil
}

func (f *fileCertificate) logged(err error) {
	if err != nil {
		f.log.Error("the former TLS certificate stays in use", "error", err)
		return
	}
	f.log.Info("TLS certificate reloaded", "expires", f.certificate.Leaf.NotAfter)
}

func (f *fileCertificate) stat() (fileStamp, error) {
	cert, err := os.Stat(f.certPath)
	if err != nil {
		return fileStamp{}, err
	}
	key, err := os.Stat(f.keyPath)
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}
