package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var key = token.Key{ID: "a", Secret: strings.Repeat("s3cret-", 6)}

// startWeb runs an HTTP server until the test ends, with TLS if there is a certificate.
func startWeb(t *testing.T, cert *tls.Certificate, handler http.HandlerFunc) string {
	t.Helper()
	web := httptest.NewUnstartedServer(handler)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	if cert != nil {
		web.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
		web.StartTLS()
	} else {
		web.Start()
	}
	t.Cleanup(web.Close)
	return web.URL
}

// answer returns what answers at the address of the connect document with this.
func answer(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(strings.ReplaceAll(document, "HOST", r.Host)))
	}
}

// certificate returns one for 127.0.0.1 that begins and ends after these times from now.
func certificate(t *testing.T, name string, from, to time.Duration) tls.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(from),
		NotAfter:     time.Now().Add(to),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private, Leaf: leaf}
}

// examine returns the findings by their ids. No secret may show in any.
func examine(t *testing.T, c Config) (map[string]Finding, *Report) {
	t.Helper()
	var told []Finding
	c.Found = func(f Finding) { told = append(told, f) }
	r := Examine(t.Context(), c)
	if len(told) != len(r.Findings) {
		t.Errorf("%d findings were told, %d reported", len(told), len(r.Findings))
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	_, fragment, _ := strings.Cut(c.Link, "#")
	for _, secret := range []string{fragment, c.Token} {
		if secret != "" && strings.Contains(string(b), secret) {
			t.Errorf("a secret shows: %s", b)
		}
	}
	findings := make(map[string]Finding)
	for _, f := range r.Findings {
		if f.Summary == "" || (f.Advice == "") == (f.Status == Failed || f.Status == Warning) {
			t.Errorf("a finding that does not help: %+v", f)
		}
		findings[f.ID] = f
	}
	return findings, r
}

// wantRoundTrip checks that a round trip was measured. Whether it is good depends on the machine.
func wantRoundTrip(t *testing.T, findings map[string]Finding, says string) {
	t.Helper()
	f := findings["round-trip"]
	want(t, findings, "round-trip", f.Status, says)
	if f.Status != OK && f.Status != Warning {
		t.Errorf("round-trip: %+v", f)
	}
}

// want checks the status of a finding, and that it says this.
func want(t *testing.T, findings map[string]Finding, id string, status Status, says string) {
	t.Helper()
	if f := findings[id]; f.Status != status || !strings.Contains(f.Summary+" "+f.Advice, says) {
		t.Errorf("%s: %+v, want %s and something about %q", id, f, status, says)
	}
}
