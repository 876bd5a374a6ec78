package client

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/media"
)

// Transport is what carries a connection.
type Transport uint8

// The transports.
const (
	// Auto uses WebTransport, and WebSocket where that does not get through.
	Auto Transport = iota
	// WebTransport is QUIC, over UDP.
	WebTransport
	// WebSocket is over TCP.
	WebSocket
)

// String returns the name of the transport, such as "webtransport".
func (t Transport) String() string {
	switch t {
	case Auto:
		return "auto"
	case WebTransport:
		return "webtransport"
	case WebSocket:
		return "websocket"
	default:
		return "unknown"
	}
}

// Config says how to join a room. The zero value joins as a nameless guest by an invitation link.
type Config struct {
	// Name is the display name, which only members can read; at most 256 bytes of UTF-8 without control characters.
	Name string
	// Keys says how the room is encrypted. The zero value takes the meeting secret from the link.
	Keys Keys
	// Room is the room id, when Join is given the address of a node and not a link.
	Room string
	// Token returns the join token. It is called for every joining: the first, and those after a session was lost. nil
	// joins as a guest.
	Token func(ctx context.Context) (string, error)
	// Roles is what the participant says it is: e2ee.Recorder for whatever keeps or answers what is said, which the node is told as
	// well: it refuses it with the code "recording-refused" where the meeting does not let it record. e2ee.Publisher is added by itself
	// when there is something to publish.
	Roles e2ee.Roles
	// Decode lists the codecs that the program can decode, so that others send nothing else. nil: all.
	Decode []media.Codec
	// Transport is Auto unless one is to be used only.
	Transport Transport
	// TLS says which certificates to trust; nil: those the system does. A development certificate whose hash the node
	// announces is trusted for WebTransport without it.
	TLS *tls.Config
	// Keep asks the nodes to keep what is sent in the room for a while, if they have a log, for a program that has a way to read
	// it: see [Replay]. It is called with the keys that open it whenever others were received; it must return soon and not call
	// the Room. Only a recorder may store them, and only while its recording goes on (spec/e2ee.md §5.7). nil: nothing is kept
	// on behalf of this participant.
	Keep func(held []e2ee.Held)
	// IdentitySeed is the 32-byte seed of the identity key, if the safety code is to be the same in every meeting.
	// Empty: a new identity. It is also what makes a host of who has founded the meeting; see [NewMeeting].
	IdentitySeed []byte
	// Decisions are what KeepDecisions was last called with, in this meeting: a host that is started anew knows again whom it let in,
	// whom it removed, and whether the keys are guarded. A host that has none and enters a room that is locked or has a waiting room
	// lets in nobody by itself; see [NotAdmitted]. Those of another meeting are refused with [CodeConfigInvalid].
	Decisions []byte
	// KeepDecisions is called with what hosts have decided about the keys (spec/e2ee.md §13) whenever that changed, and at least once an
	// hour, in a meeting whose link names a host. A program whose IdentitySeed outlasts it should store them beside the seed, as
	// safe from change by others: they are not secret, but say who is let in. It must return soon and not call the Room. nil is not called.
	KeepDecisions func(decisions []byte)
	// OnWaiting is called by Join when a host has to let this client in before Join returns. nil is not called.
	OnWaiting func()
	// Logger receives what the client has to say; secrets are not part of it. nil discards it.
	Logger *slog.Logger
	// UserAgent names the program in the node's log, at most 64 bytes. "": confab-go.
	UserAgent string

	// dial replaces parts of the network in tests.
	dial transport.DialOptions
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.UserAgent == "" {
		c.UserAgent = "confab-go"
	}
	if c.Decode == nil {
		c.Decode = []media.Codec{media.Opus, media.VP8, media.VP9, media.H264, media.AV1}
	}
	return c
}

func (c Config) dialOptions() transport.DialOptions {
	o := c.dial
	o.TLS = c.TLS
	switch c.Transport {
	case WebTransport:
		o.Only = transport.WebTransport
	case WebSocket:
		o.Only = transport.WebSocket
	case Auto:
	}
	return o
}

// place is where a link leads.
type place struct {
	base, room string
}

// resolve takes the link apart and completes the configuration by it.
func (c *Config) resolve(link string) (place, error) {
	address, _, _ := strings.Cut(link, "#")
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return place{}, &Error{Code: CodeLinkInvalid, Message: "not a web address: give an invitation link or the address of a node"}
	}
	if segments := strings.Split(strings.Trim(u.Path, "/"), "/"); slices.Contains(segments, "m") {
		room, invitation, err := e2ee.ParseLink(link)
		if err != nil {
			return place{}, &Error{Code: CodeLinkInvalid, Message: err.Error(), cause: err}
		}
		if c.Keys.kind == fromLink {
			if !invitation.Secret.Verified() {
				return place{}, ErrNoKey
			}
			c.Keys = Keys{secret: invitation.Secret, host: invitation.Host, kind: withSecret}
		}
		u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(strings.TrimSuffix(u.Path, room), "/m/"), "", ""
		return place{u.String(), room}, nil
	}
	if c.Keys.kind == fromLink {
		return place{}, ErrNoKey
	}
	if c.Room == "" {
		return place{}, invalid("Config.Room is needed with the address of a node")
	}
	u.RawQuery = ""
	return place{u.String(), c.Room}, nil
}
