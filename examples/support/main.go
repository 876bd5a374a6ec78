// Command support is the back end of a shop's support desk: who waits, who answers, what was said of it. Calls are held by a Confab
// node, which it uses as any application would: by the HTTP API, and by webhooks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/openconfab/confab/webhook"
)

// Secrets are read from the environment, never from an argument.
const (
	keyVariable     = "CONFAB_API_KEY"
	webhookVariable = "CONFAB_WEBHOOK_SECRET"
)

const (
	headerTimeout = 10 * time.Second
	drainTimeout  = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		log.Fatal("support: ", err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("support", flag.ContinueOnError)
	addr := flags.String("addr", "localhost:8091", "`host:port` to serve shop and desk on")
	node := flags.String("node", "http://localhost:8080", "`address` of the Confab node, for this program and for browsers")
	pages := flags.String("site", "web/apps/support/dist", "`folder` of the built pages")
	data := flags.String("data", ".", "`folder` of the database")
	demo := flags.Bool("demo", false, "fill an empty database with made-up agents, whose password anybody can read, and calls")
	grace := flags.Duration("grace", defaultGrace, "how long somebody may be away, before a customer has left the queue, or an agent the desk")
	secure := flags.Bool("https", false, "the pages are reached by HTTPS, as behind a proxy: cookies are for it alone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	secret, err := webhook.ParseSecret(os.Getenv(webhookVariable))
	if err != nil {
		return fmt.Errorf("%s: %w", webhookVariable, err)
	}
	key := os.Getenv(keyVariable)
	if key == "" {
		return errors.New(keyVariable + " is not set: it is id:secret, as the node has it in CONFAB_API_KEYS")
	}
	nodeURL, err := url.Parse(*node)
	if err != nil || nodeURL.Host == "" {
		return fmt.Errorf("-node %q: write it like https://meet.example.com", *node)
	}
	calls, err := newCalls(nodeURL, key)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	d, err := openDesk(ctx, deskConfig{Data: filepath.Join(*data, "support.db"), Calls: calls, CustomerGrace: *grace, AgentGrace: *grace, Logger: logger})
	if err != nil {
		return err
	}
	defer d.close()
	if *demo {
		if err := d.seed(ctx); err != nil {
			return err
		}
	}
	s, err := newSite(siteConfig{Desk: d, Site: os.DirFS(*pages), Webhook: secret, Secure: *secure})
	if err != nil {
		return err
	}
	return serve(ctx, s, *addr, out)
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, s *site, addr string, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	h := &http.Server{Handler: s, ReadHeaderTimeout: headerTimeout}
	h.RegisterOnShutdown(s.stop)
	fmt.Fprintf(out, "\n  The shop, as a customer sees it:   http://%[1]s/\n  The desk, for its agents:          http://%[1]s/desk\n\n"+
		"  Open them in two browsers, or in a private window beside this one.\n\n", addr)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		stopped <- h.Shutdown(late)
	}()
	if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
