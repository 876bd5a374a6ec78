package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/webhook"
)

// Secrets that are read from the environment or a file, never from an argument.
const (
	oidcSecretVariable    = "CONFAB_OIDC_CLIENT_SECRET"
	webhookSecretVariable = "CONFAB_WEBHOOK_SECRET"
)

// meetingFlags say where meetings are kept, who signs in, and who is told what happens.
type meetingFlags struct {
	DataDir           string        `help:"Folder of the database of meetings; the state folder if not given." type:"path" env:"CONFAB_DATA_DIR"`
	Database          string        `help:"PostgreSQL instead, as postgres://USER@HOST/NAME. Nodes of one deployment share it. With a password, give it by CONFAB_DATABASE." placeholder:"URL" env:"CONFAB_DATABASE"`
	Retention         time.Duration `help:"How long a meeting is kept after it has ended or was last used, and records of what happened in it; a day or more, the same at all nodes." default:"${default_retention}" env:"CONFAB_RETENTION"`
	OIDCIssuer        string        `name:"oidc-issuer" help:"OpenID Connect provider that people sign in with." placeholder:"URL" env:"CONFAB_OIDC_ISSUER"`
	OIDCClientID      string        `name:"oidc-client-id" help:"What it knows this node by." placeholder:"ID" env:"CONFAB_OIDC_CLIENT_ID"`
	OIDCSecretFile    string        `name:"oidc-client-secret-file" help:"File of the secret that it shares with this node, instead of CONFAB_OIDC_CLIENT_SECRET." type:"path" env:"CONFAB_OIDC_CLIENT_SECRET_FILE"`
	TrustedProxy      []string      `name:"trusted-proxy" help:"Network of a proxy in front of this node, whose X-Forwarded-For is believed. Repeatable." placeholder:"CIDR" env:"CONFAB_TRUSTED_PROXIES"`
	WebhookURL        []string      `name:"webhook-url" help:"Where to send what happens in meetings. Repeatable." placeholder:"URL" env:"CONFAB_WEBHOOK_URLS"`
	WebhookSecretFile string        `name:"webhook-secret-file" help:"File of the secret that signs it, instead of CONFAB_WEBHOOK_SECRET." type:"path" env:"CONFAB_WEBHOOK_SECRET_FILE"`
}

// apply completes the configuration of a node.
func (f *meetingFlags) apply(c *server.Config) error {
	c.DataDir, c.Database, c.Retention = f.DataDir, f.Database, f.Retention
	if c.DataDir == "" {
		c.DataDir = c.StateDir
	}
	for _, text := range f.TrustedProxy {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("trusted proxy %q: write it like 10.0.0.0/8", text)
		}
		c.TrustedProxies = append(c.TrustedProxies, network.Masked())
	}
	var err error
	c.OIDC = server.OIDC{Issuer: f.OIDCIssuer, ClientID: f.OIDCClientID}
	if f.OIDCIssuer != "" {
		if c.OIDC.ClientSecret, err = secret(oidcSecretVariable, f.OIDCSecretFile); err != nil {
			return err
		}
	}
	if len(f.WebhookURL) == 0 {
		return nil
	}
	s, err := secret(webhookSecretVariable, f.WebhookSecretFile)
	if err != nil {
		return err
	}
	if s == "" {
		return fmt.Errorf("no webhook secret: set %s or give --webhook-secret-file (make one with: echo whsec_$(openssl rand -base64 32))", webhookSecretVariable)
	}
	signing, err := webhook.ParseSecret(s)
	if err != nil {
		return err
	}
	for _, url := range f.WebhookURL {
		c.Webhooks = append(c.Webhooks, server.Webhook{URL: url, Secret: signing})
	}
	return nil
}

// secret reads one from a file, or from the environment when path is empty.
func secret(variable, path string) (string, error) {
	if path == "" {
		return os.Getenv(variable), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return "", errors.New(filepath.Clean(path) + " is empty: it should hold a secret")
	}
	return string(text), nil
}
