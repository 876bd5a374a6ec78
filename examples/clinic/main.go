// Command clinic is a small telemedicine clinic with its own database: patients book, wait and are seen, doctors see their day. The
// calls are Confab's, which it uses by the public HTTP API and webhooks only. README.md says how to run it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		log.Fatal("clinic: ", err)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("clinic", flag.ExitOnError)
	addr := flags.String("addr", "localhost:8090", "host and port to listen on")
	node := flags.String("node", "http://localhost:8080", "address of the video node, for this program")
	public := flags.String("node-public", "", "address of the video node, for browsers, if it is another")
	site := flags.String("site", "web/apps/clinic/dist", "folder of the built pages")
	data := flags.String("data", "", "folder of the database; without one it is gone afterwards")
	demo := flags.Bool("demo", false, "fill the database with doctors and appointments, and tell everybody the doctors' password")
	secure := flags.Bool("secure", false, "browsers reach the clinic by HTTPS only, as behind a proxy that ends it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *public == "" {
		*public = *node
	}
	key, secret, err := secrets()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, *data)
	if err != nil {
		return err
	}
	defer store.close()
	c, err := newClinic(config{
		Store: store, Node: &meetings.Client{Node: *node, Key: key}, NodePublic: *public, Webhooks: secret, Site: os.DirFS(*site), Zone: time.Local,
		Demo: *demo, Secure: *secure, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	if command := flags.Args(); len(command) == 2 && command[0] == "recorder" {
		return c.recorder(ctx, os.Stdout, command[1])
	} else if len(command) > 0 {
		return errors.New("usage: clinic [FLAGS] [recorder APPOINTMENT]")
	}
	if *demo {
		if err := c.seed(ctx); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("\n  Clinic\n\n    for patients   %s/\n    for doctors    %s/doctor\n\n", origin(*addr, listener), origin(*addr, listener))
	s := &http.Server{
		Handler: c, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	return serve(ctx, s, func() error { return s.Serve(listener) })
}

// origin is where a browser on this machine finds what listens.
func origin(addr string, listener net.Listener) string {
	host, _, _ := net.SplitHostPort(addr)
	if host == "" {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return "http://" + net.JoinHostPort(host, port)
}

// secrets reads from the environment what the clinic shares with the node.
func secrets() (token.Key, webhook.Secret, error) {
	id, secret, _ := strings.Cut(os.Getenv("CONFAB_API_KEY"), ":")
	key := token.Key{ID: id, Secret: secret}
	if err := key.Validate(); err != nil {
		return token.Key{}, webhook.Secret{}, fmt.Errorf("CONFAB_API_KEY is to be id:secret, one of the node's API keys: %w", err)
	}
	signing, err := webhook.ParseSecret(os.Getenv("CONFAB_WEBHOOK_SECRET"))
	if err != nil {
		return token.Key{}, webhook.Secret{}, errors.Join(errors.New("CONFAB_WEBHOOK_SECRET is to be that of the node"), err)
	}
	return key, signing, nil
}
