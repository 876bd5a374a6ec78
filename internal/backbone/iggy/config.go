package iggy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// Scheme begins the URL of an Iggy server.
const Scheme = "iggy://"

const defaultStream = "confab"

var streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Config tells how to reach an Iggy server.
type Config struct {
	// URL is iggy://HOST:PORT, with /STREAM after it for another stream than confab, and ?tls=true for TLS. It may hold
	// USER:PASSWORD@ before the host.
	URL string
	// Credentials is a file of USER:PASSWORD, or of a personal access token. It is required when the URL holds none.
	Credentials string
	// CA is a file of certificates to trust instead of the system's.
	CA     string
	Logger *slog.Logger
}

// Validate fails when the configuration can't work, whatever the server says.
func (c Config) Validate() error {
	_, err := c.endpoint()
	return err
}

// endpoint is a Config that was read.
type endpoint struct {
	addr                  string
	user, password, token string
	stream                string
	// trust is nil without TLS.
	trust *tls.Config
	ca    string
}

// endpoint reads what the configuration says. Its errors tell neither the user nor the password.
func (c Config) endpoint() (e endpoint, err error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Port() == "" || u.Scheme+"://" != Scheme {
		return e, errors.New("an Iggy server is written like iggy://HOST:8090, or iggy://HOST:8090/STREAM?tls=true")
	}
	e.addr, e.stream = u.Host, defaultStream
	if name := strings.TrimPrefix(u.Path, "/"); name != "" {
		e.stream = name
	}
	if !streamName.MatchString(e.stream) {
		return e, fmt.Errorf("%q can't be the stream of a deployment: take letters, digits, - and _, 64 at most", e.stream)
	}
	if err := e.readCredentials(u.User, c.Credentials); err != nil {
		return e, err
	}
	for key, values := range u.Query() {
		if key != "tls" || len(values) != 1 || values[0] != "true" && values[0] != "false" {
			return e, errors.New("the only option of an Iggy URL is tls=true")
		}
		if values[0] == "true" {
			e.trust = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
		}
	}
	return e, e.readCA(c.CA)
}

func (e *endpoint) readCredentials(inURL *url.Userinfo, file string) error {
	if inURL != nil {
		if file != "" {
			return errors.New("the Iggy URL holds a user, and a file of credentials is given: choose one")
		}
		e.user = inURL.Username()
		e.password, _ = inURL.Password()
		return nil
	}
	if file == "" {
		return errors.New("who is this node to Iggy? Give a file of USER:PASSWORD or of a personal access token")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the credentials for Iggy: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return fmt.Errorf("%s holds no credentials for Iggy: write USER:PASSWORD or a personal access token", file)
	}
	var both bool
	if e.user, e.password, both = strings.Cut(secret, ":"); !both {
		e.user, e.token = "", secret
	}
	return nil
}

func (e *endpoint) readCA(file string) error {
	if file == "" {
		return nil
	}
	if e.trust == nil {
		return errors.New("a file of certificates for Iggy is given, but no TLS: write iggy://HOST:PORT?tls=true")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the certificates for Iggy: %w", err)
	}
	e.ca, e.trust.RootCAs = file, x509.NewCertPool()
	if !e.trust.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s holds no certificate in PEM", file)
	}
	return nil
}

// probe fails where the SDK would try for ever: when nothing listens, or shows a certificate that is not trusted.
func (e endpoint) probe() error {
	dialer := &net.Dialer{Timeout: dialTimeout}
	var (
		conn net.Conn
		err  error
	)
	if e.trust == nil {
		conn, err = dialer.Dial("tcp", e.addr)
	} else {
		conn, err = tls.DialWithDialer(dialer, "tcp", e.addr, e.trust)
	}
	if err != nil {
		return err
	}
	return conn.Close()
}
