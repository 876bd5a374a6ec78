package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/transport"
)

// checkJoin joins a made-up room, twice by each transport that works, and sends sound from one to the other.
func checkJoin(ctx context.Context, p *patient) Finding {
	if len(p.works) == 0 {
		return skipped("there is no connection to join over")
	}
	if !p.info.Open && p.config.Mint == nil {
		return skipped("the token is for a room in which people may be, who would see somebody come. " +
			"With an API key (CONFAB_API_KEYS), joining, loss and the way through the node are tried in a room of our own")
	}
	if !p.info.Open && p.untrusted {
		return skipped("a join token is not shown to a node whose certificate is not good")
	}
	for _, kind := range p.works {
		measured, err := p.tryRoom(ctx, kind)
		if err != nil {
			return cannotJoin(kind, err)
		}
		p.paths = append(p.paths, measured)
	}
	return ok("two participants joined a made-up room and heard each other, by " + names(p.works))
}

func cannotJoin(kind transport.Kind, err error) Finding {
	summary := "joining a made-up room by " + kind.String() + " failed: " + err.Error()
	if coded, is := errors.AsType[*client.Error](err); is {
		switch coded.Code {
		case "unauthorized":
			return failed(summary, "The API key given here is not one of the node's, or the clocks differ.")
		case "server-full", "rate-limited", "shutting-down":
			return failed(summary, "The node takes nobody at the moment: wait, or raise --max-connections at the node.")
		}
	}
	return failed(summary, "The node's log says more; it names this program as "+userAgent+".")
}

// tryRoom measures the way from one participant through the node to another, in a room made for it.
func (p *patient) tryRoom(ctx context.Context, kind transport.Kind) (path, error) {
	room := "doctor-" + strings.ToLower(rand.Text())
	join := func(identity string) (*client.Room, error) {
		config := client.Config{
			Room:      room,
			Keys:      client.InsecureNone(),
			Transport: publicKinds[kind],
			TLS:       p.tls.Clone(),
			UserAgent: userAgent,
		}
		if p.config.Mint != nil && !p.info.Open {
			config.Token = func(context.Context) (string, error) { return p.config.Mint(room, identity) }
		}
		return client.Join(ctx, p.base, config)
	}
	speaker, err := join("doctor-1")
	if err != nil {
		return path{}, err
	}
	defer speaker.Close()
	listener, err := join("doctor-2")
	if err != nil {
		return path{}, err
	}
	defer listener.Close()
	return measure(ctx, kind, speaker, listener)
}

var publicKinds = map[transport.Kind]client.Transport{
	transport.WebTransport: client.WebTransport, transport.WebSocket: client.WebSocket,
}

func names(kinds []transport.Kind) string {
	var list []string
	for _, k := range kinds {
		list = append(list, k.String())
	}
	return strings.Join(list, " and ")
}
