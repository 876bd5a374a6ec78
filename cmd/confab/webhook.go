package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openconfab/confab/webhook"
)

type webhookCmd struct {
	Listen webhookListenCmd `cmd:"" help:"Receive webhooks, verify and print them, for development."`
}

// Bounds of a listener that is for development.
const (
	webhookTimeout = 10 * time.Second
	// maxWebhookIDs bounds how many ids are remembered to tell what comes again.
	maxWebhookIDs = 10_000
)

type webhookListenCmd struct {
	Addr       string `help:"Host and port to listen on." default:"localhost:9000" placeholder:"HOST:PORT"`
	SecretFile string `help:"File of the secret that signs them, instead of CONFAB_WEBHOOK_SECRET. Without either a new one is made and printed." type:"path" env:"CONFAB_WEBHOOK_SECRET_FILE"`
	JSON       bool   `name:"json" help:"Print the bodies as they come, one a line."`
}

// Run prints what it receives until the context ends.
func (c *webhookListenCmd) Run(ctx context.Context, to streams) error {
	s, err := c.secret(to)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	printer := &webhookPrinter{to: to, json: c.JSON, seen: map[string]bool{}}
	server := &http.Server{
		Handler:     &webhook.Receiver{Secrets: []webhook.Secret{s}, Received: printer.received, Refused: printer.refused},
		ReadTimeout: webhookTimeout, WriteTimeout: webhookTimeout,
	}
	fmt.Fprintf(to.err, "Listening. Start the node with: --webhook-url http://%s/\n", listener.Addr())
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (c *webhookListenCmd) secret(to streams) (webhook.Secret, error) {
	text, err := secret(webhookSecretVariable, c.SecretFile)
	if err != nil {
		return webhook.Secret{}, err
	}
	if text == "" {
		s := webhook.NewSecret()
		fmt.Fprintf(to.err, "A new secret. Give it to the node: export %s=%s\n", webhookSecretVariable, s.Reveal())
		return s, nil
	}
	return webhook.ParseSecret(text)
}

// webhookPrinter prints what was delivered to out, and what was refused to err.
type webhookPrinter struct {
	to   streams
	json bool

	// mu guards seen, and lines from getting mixed.
	mu   sync.Mutex
	seen map[string]bool
}

func (p *webhookPrinter) received(_ context.Context, d webhook.Delivery) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	again := p.seen[d.ID]
	if len(p.seen) == maxWebhookIDs {
		clear(p.seen)
	}
	p.seen[d.ID] = true
	line := string(d.Body)
	if !p.json {
		line = describeWebhook(d, again)
	}
	_, err := fmt.Fprintln(p.to.out, line)
	return err
}

func (p *webhookPrinter) refused(r *http.Request, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.to.err, "refused what came from %s: %v\n", r.RemoteAddr, err)
}

// describeWebhook returns a line such as
//
//	12:00:00.000  participant.left   standup  "ann" left  msg_abcd
func describeWebhook(d webhook.Delivery, again bool) string {
	data := d.Event.Data
	var about []string
	if p := data.Participant; p != nil {
		about = append(about, fmt.Sprintf("%q", p.Identity))
	}
	for _, word := range []string{data.Source, data.Reason} {
		if word != "" {
			about = append(about, word)
		}
	}
	line := fmt.Sprintf("%s  %-18s  %s  %s  %s", d.Event.Timestamp.Local().Format("15:04:05.000"), d.Event.Type, data.Room,
		strings.Join(about, " "), d.ID)
	if d.Attempt > 1 {
		line += fmt.Sprintf("  attempt %d", d.Attempt)
	}
	if again {
		line += "  AGAIN: ignore it"
	}
	return line
}
