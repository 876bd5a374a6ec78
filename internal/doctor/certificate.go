package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// renewal is how long before its end a certificate should have been renewed.
const renewal = 10 * 24 * time.Hour

// checkCertificate makes a TLS handshake and judges the certificate as a browser would.
func checkCertificate(ctx context.Context, p *patient) Finding {
	if !p.secure {
		if p.local() {
			return ok("plain HTTP to this machine, for which browsers need no certificate")
		}
		return warning("plain HTTP, without a certificate",
			"Browsers give no camera or microphone to a page without HTTPS, other than on localhost: use the https:// address.")
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", p.addresses[0])
	if err != nil {
		return failed("the second connection failed: "+err.Error(), "Try again: something on the way allows one connection and not the next.")
	}
	defer conn.Close()
	config := p.config.TLS.Clone()
	// What is wrong is found out below, in words; nothing is sent over this connection.
	config.InsecureSkipVerify = true
	config.ServerName = p.host
	client := tls.Client(conn, config)
	if err := client.HandshakeContext(ctx); err != nil {
		return failed("no TLS handshake: "+err.Error(),
			"Something else than HTTPS answers on this port: correct the link, or give confab serve a certificate.")
	}
	f, trusted := p.judge(client.ConnectionState().PeerCertificates)
	if !trusted {
		p.untrusted, p.tls.InsecureSkipVerify = true, true
		f.Advice += " What follows was examined without looking at the certificate."
	}
	return f
}

// judge also reports whether programs trust the certificate.
func (p *patient) judge(chain []*x509.Certificate) (f Finding, trusted bool) {
	leaf, now := chain[0], p.config.now()
	const days = 24 * time.Hour
	switch {
	case now.After(leaf.NotAfter):
		return failed(fmt.Sprintf("the certificate ended %s ago, on %s", about(now.Sub(leaf.NotAfter)), leaf.NotAfter.Format(time.DateOnly)),
			"Renew it and let the node read it again (SIGHUP). If it should still be valid, this machine's clock is wrong."), false
	case now.Before(leaf.NotBefore):
		return failed(fmt.Sprintf("the certificate is valid only from %s on", leaf.NotBefore.Format(time.DateTime)),
			"This machine's clock, or that of the machine which made the certificate, is wrong: set it."), false
	}
	if err := leaf.VerifyHostname(p.host); err != nil {
		return failed("the certificate is for "+strings.Join(append(leaf.DNSNames, ips(leaf.IPAddresses)...), ", ")+", not for "+p.host,
			"Use a name that it is for, or get a certificate for this one."), false
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: p.config.TLS.RootCAs, Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		return p.unverified(leaf, err), false
	}
	if left := leaf.NotAfter.Sub(now); left < renewal {
		return warning(fmt.Sprintf("the certificate ends in %s", about(left)), "Renew it: whatever renews it by itself does not."), true
	}
	return ok(fmt.Sprintf("the certificate is trusted, and valid for %d days", leaf.NotAfter.Sub(now)/days)), true
}

// developmentName is in the certificates that a node makes by itself.
const developmentName = "Confab development certificate"

func (p *patient) unverified(leaf *x509.Certificate, err error) Finding {
	if leaf.Subject.CommonName == developmentName {
		return warning("the certificate is one that the node made for development",
			"Browsers warn, and let a person accept it; programs need --insecure. Give confab serve --tls-cert and --tls-key for more than trying out.")
	}
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return failed("nobody this machine trusts has signed the certificate (issuer: "+leaf.Issuer.String()+")",
			"Serve the whole chain, with the intermediate certificates, or use an authority that browsers trust. A firewall that looks into HTTPS does this too.")
	}
	return failed("the certificate is not accepted: "+err.Error(), "Get another one.")
}

func ips(list []net.IP) []string {
	var names []string
	for _, ip := range list {
		names = append(names, ip.String())
	}
	return names
}

// about rounds a time for people.
func about(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	case d > time.Second:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	default:
		return "a second"
	}
}
