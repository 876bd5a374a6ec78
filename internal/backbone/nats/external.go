package nats

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/openconfab/confab/internal/backbone"
)

// External tells how to reach an operator's NATS.
type External struct {
	// URL is nats://HOST:PORT or tls://HOST:PORT, or several with commas between them. It holds no password.
	URL string
	// Credentials is a file of a user's JWT and seed, NKey one of a seed. At most one of them is given.
	Credentials, NKey string
	// CA is a file of certificates to trust besides the system's, Cert and Key are this node's for mutual TLS.
	CA, Cert, Key string
	Logger        *slog.Logger
}

// Connect connects to a NATS server, and connects again for as long as it is not closed. It fails when there is none that
// answers, or none that takes messages of backbone.MinMaxMessage.
func Connect(e External) (backbone.Backbone, error) {
	for _, one := range strings.Split(e.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, fmt.Errorf("a NATS server is written like nats://HOST:4222 or tls://HOST:4222")
		}
		if u.User != nil {
			return nil, fmt.Errorf("the URL of %s has a user in it, which others can see: give a file of credentials or an NKey", u.Host)
		}
	}
	var options []nats.Option
	switch {
	case e.Credentials != "" && e.NKey != "":
		return nil, fmt.Errorf("credentials and an NKey are given: choose one")
	case e.Credentials != "":
		options = append(options, nats.UserCredentials(e.Credentials))
	case e.NKey != "":
		option, err := nats.NkeyOptionFromSeed(e.NKey)
		if err != nil {
			return nil, fmt.Errorf("the file of the NKey: %w", err)
		}
		options = append(options, option)
	}
	if e.CA != "" {
		options = append(options, nats.RootCAs(e.CA))
	}
	if (e.Cert == "") != (e.Key == "") {
		return nil, fmt.Errorf("a certificate for NATS needs both its file and that of its key: give both or neither")
	}
	if e.Cert != "" {
		options = append(options, nats.ClientCert(e.Cert, e.Key))
	}
	c, err := connect(e.URL, e.Logger, nil, options...)
	if err != nil {
		return nil, err
	}
	return c, nil
}
