package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/obs"
	"github.com/openconfab/confab/media"
)

// joining is what the commands that enter a room have in common.
type joining struct {
	joinToken
	Link      string `arg:"" help:"Invitation link, whole: what is after # is the meeting's secret. Other users of this machine can see arguments; CONFAB_LINK keeps it from them." env:"CONFAB_LINK"`
	Name      string `help:"Display name." default:"${default_name}" env:"CONFAB_NAME"`
	Transport string `help:"auto, webtransport or websocket." enum:"auto,webtransport,websocket" default:"auto" env:"CONFAB_TRANSPORT"`
	Insecure  bool   `help:"Accept any TLS certificate, such as the development certificate of a node on your own network."`
}

// join enters the room. keep may be nil; see client.Config.
func (j *joining) join(ctx context.Context, roles e2ee.Roles, decode []media.Codec, keep func([]e2ee.Held), log *slog.Logger) (*client.Room, error) {
	c := client.Config{
		Name:      j.Name,
		Roles:     roles,
		Decode:    decode,
		Keep:      keep,
		OnWaiting: func() { log.Info("waiting for a host to let us in") },
		Logger:    log,
		UserAgent: "confab " + version(),
	}
	if j.Insecure {
		c.TLS = &tls.Config{InsecureSkipVerify: true} // the room is encrypted whoever carries it
	}
	for _, t := range []client.Transport{client.Auto, client.WebTransport, client.WebSocket} {
		if t.String() == j.Transport {
			c.Transport = t
		}
	}
	if j.hasToken() {
		c.Token = func(context.Context) (string, error) { return j.token() }
	}
	room, err := client.Join(ctx, j.Link, c)
	return room, j.explain(err)
}

// explain says what to do about an error of joining to one who has a command line.
func (j *joining) explain(err error) error {
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case errors.Is(err, client.ErrNoKey):
		return errors.New("the link has no meeting secret: give the whole invitation link, with everything after #")
	case errors.Is(err, client.ErrUnauthorized) && !j.hasToken():
		return fmt.Errorf("the node asks for a join token: give it in %s or by --token-file", tokenVariable)
	case errors.Is(err, client.ErrUnauthorized):
		return fmt.Errorf("the node does not accept the join token in %s or --token-file: %w", tokenVariable, err)
	case untrusted:
		return fmt.Errorf("%w: --insecure accepts the certificate, if it is the development certificate of a node of your own", err)
	}
	return err
}

// commandLog is the log of a command that is not a server: for people, and with little in it.
func commandLog(w io.Writer, level slog.Level) (*slog.Logger, error) {
	return obs.NewLogger(w, obs.Text, level)
}

// isTerminal reports whether somebody watches.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
