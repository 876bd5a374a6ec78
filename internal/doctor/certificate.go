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
	f := p.judge(client.ConnectionState().PeerCertificates)
	if f.Status == Failed {
		p.untrusted, p.tls.InsecureSkipVerify = true, true
		f.Advice += " What follows was examined without looking at the certificate."
	}
	return f
}

func (p *patient) judge(chain []*x509.Certificate) Finding {
	leaf, now := chain[0], p.config.now()
	const days = 24 * time.Hour
	switch {
	case now.After(leaf.NotAfter):
		return failed(fmt.Sprintf("the certificate ended %s ago, on %s", about(now.Sub(leaf.NotAfter)), leaf.NotAfter.Format(time.DateOnly)),
			"Renew it and let the node read it again (SIGHUP). If it should still be valid, this machine's clock is wrong.")
	case now.Before(leaf.NotBefore):
		return failed(fmt.Sprintf("the certificate is valid only from %s on", leaf.NotBefore.Format(time.DateTime)),
			"This machine's clock, or that of the machine which made the certificate, is wrong: set it.")
	}
	if err := leaf.VerifyHostname(p.host); err != nil {
		return failed("the certificate is for "+strings.Join(append(leaf.DNSNames, ips(leaf.IPAddresses)...), ", ")+", not for "+p.host,
			"Use a name that it is for, or get a certificate for this one.")
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: p.config.TLS.RootCAs, Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		return p.unverified(leaf, err)
	}
	if left := leaf.NotAfter.Sub(now); left < renewal {
		return warning(fmt.Sprintf("the certificate ends in %s", about(left)), "Renew it: whatever renews it by itself does not.")
	}
	return ok(fmt.Sprintf("the certificate is trusted, and valid for %d days", leaf.NotAfter.Sub(now)/days))
}

// developmentName is in the certificates that a node makes by itself.
const developmentName = "Confab development certificate"

func (p *patient) unverified(leaf *x509.Certificate, err error) Finding {
	if leaf.Subject.CommonName == developmentName {
		return failed("the certificate is one that the node made for development",
			"Browsers let a person accept it, programs do not: use http:// on the same machine, or give confab serve --tls-cert and --tls-key.")
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
