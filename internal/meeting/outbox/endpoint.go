package outbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/openconfab/confab/webhook"
)

// An Endpoint gets webhooks.
type Endpoint struct {
	// URL is http or https, without user and password.
	URL string
	// Secret signs what is sent.
	Secret webhook.Secret
	// Key restricts the endpoint to the meetings of an API key, "": it gets those of all rooms.
	Key string
}

// ID names the endpoint in the queue. It is the same on all nodes and over restarts as long as URL and Key are.
func (e Endpoint) ID() string {
	h := sha256.Sum256([]byte(e.URL + "\x00" + e.Key))
	return hex.EncodeToString(h[:8])
}

// Validate returns nil or an error that says what to do.
func (e Endpoint) Validate() error {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("webhook endpoint: write its address like https://app.example.com/hooks, without user and password")
	}
	if e.Secret == (webhook.Secret{}) {
		return fmt.Errorf("the webhook endpoint at %s has no secret", u.Host)
	}
	return nil
}
