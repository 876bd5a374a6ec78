package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

// Defaults of Config.
const (
	DefaultAddr                     = ":8080"
	DefaultMaxConnections           = 10_000
	DefaultMaxConnectionsPerAddress = 500
	DefaultDrainTimeout             = 5 * time.Second
	DefaultResumeTime               = 30 * time.Second
	DefaultRetention                = 90 * 24 * time.Hour
)

// Bounds of Config.ResumeTime: other nodes count as out of reach after 4 s, and nobody waits for longer than minutes.
const (
	minResumeTime = 5 * time.Second
	maxResumeTime = 10 * time.Minute
)

// minRetention is longer than anything waits to be delivered or recorded.
const minRetention = 24 * time.Hour

// anyOrigin as a trusted origin lets pages of every site connect.
const anyOrigin = "*"

// Config configures a Server. The zero value is an open node on DefaultAddr with a development certificate.
type Config struct {
	// Addr is the host and port, the same for TCP and UDP, on which ListenAndServe listens. An empty host stands for
	// all addresses, port 0 for any free port. "" stands for DefaultAddr.
	Addr string
	// TLSCert and TLSKey are PEM files of a certificate chain and its key. They are read again when they change.
	// Without them, the node makes development certificates, and also serves plain HTTP on its TCP port.
	TLSCert, TLSKey string
	// StateDir is a folder that keeps the development certificates over restarts. "" keeps them in memory: browsers that
	// have accepted one must then accept another after each restart.
	StateDir string
	// DataDir is a folder that keeps meetings over restarts, in a SQLite database. "" keeps them in memory.
	DataDir string
	// Database is a PostgreSQL database that keeps them instead, as postgres://user:password@host/name. The nodes of a cluster share
	// one.
	Database string
	// Retention is how long a meeting is kept after it has ended or was last used, and what happened in it after it happened: at least
	// a day. 0 stands for DefaultRetention. Nodes that share a database have the same.
	Retention time.Duration
	// OIDC lets people sign in.
	OIDC OIDC
	// Webhooks are told what happens in rooms.
	Webhooks []Webhook
	// PublicURL is the address at which people reach the node, such as https://meet.example.com, when it differs
	// from the one that requests name, as behind a proxy that ends TLS. "" derives it from each request.
	PublicURL string
	// NodeURL is the address at which clients reach this very node, and no other, such as https://n1.meet.example.com. Clients of
	// nodes that stop or die go on there. "" leaves it to PublicURL, and what distributes clients behind it, to find another node.
	NodeURL string
	// TrustedOrigins are those of other sites whose pages may connect, such as https://app.example.com. "*" stands
	// for every site.
	TrustedOrigins []string
	// TrustedProxies are in front of the node: X-Forwarded-For of their requests tells whose limits count. None is trusted by itself.
	TrustedProxies []netip.Prefix
	// Keys are the API keys of back ends, which make meetings, and whose join tokens are accepted. Without any, and without OIDC, the
	// node is open: everybody who knows the name of a room joins it as a guest, and guests make meetings.
	Keys []token.Key
	// AudioLevels lets clients put the level of their sound in the clear beside what they have encrypted. The node, and who
	// watches it, then knows who speaks when; and in rooms with many microphones it forwards those of who speaks only.
	AudioLevels bool
	// DisableUDP leaves out WebTransport, so that all clients use WebSocket.
	DisableUDP bool
	// Site is served to browsers: index.html, and files with content hashes in their names under assets/. Nil stands
	// for the meeting site that is built into the package.
	Site fs.FS
	// MaxConnections bounds the clients connected to rooms; one more gets the error server-full. TCP connections, the
	// site's included, are bounded by twice as many. 0 stands for DefaultMaxConnections.
	MaxConnections int
	// MaxConnectionsPerAddress bounds both for one IPv4 address or IPv6 /64. Raise it behind a proxy.
	// 0 stands for DefaultMaxConnectionsPerAddress.
	MaxConnectionsPerAddress int
	// DrainTimeout is how long ListenAndServe lets clients go away in order after its context has ended. 0 stands for
	// DefaultDrainTimeout.
	DrainTimeout time.Duration
	// ResumeTime is how long a client that has lost its connection is waited for, and nodes that can't reach each other keep each
	// other's participants: 5 s to 10 min, the same at all nodes. 0 stands for DefaultResumeTime.
	ResumeTime time.Duration
	// Cluster joins this node with others. The zero value is a node by itself.
	Cluster Cluster
	// Node is a name for this node that clients show to people who need support.
	Node string
	// Logger receives what the node has to say; secrets are not part of it. Nil discards it.
	Logger *slog.Logger
	// OnListen is called once, when ListenAndServe accepts connections. Nil is not called.
	OnListen func(Listening)
}

// Listening tells where a Server can be reached.
type Listening struct {
	// Addr is the host and port it listens on, with the actual port.
	Addr string
	// Local and LAN are addresses to open in a browser on this machine and on others near it. A LAN address uses HTTPS,
	// because browsers give cameras and microphones to nothing less.
	Local, LAN []string
	// UDP: WebTransport is served, besides WebSocket.
	UDP bool
	// Open: people join without a token.
	Open bool
	// Development: the certificate is a self-made one, of which a browser warns when it is used for a page.
	Development bool
}

func (c Config) withDefaults() Config {
	if c.Addr == "" {
		c.Addr = DefaultAddr
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.MaxConnectionsPerAddress == 0 {
		c.MaxConnectionsPerAddress = DefaultMaxConnectionsPerAddress
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = DefaultDrainTimeout
	}
	if c.ResumeTime == 0 {
		c.ResumeTime = DefaultResumeTime
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("a TLS certificate needs both its file and that of its key: give both or neither")
	}
	if c.MaxConnections < 0 || c.MaxConnectionsPerAddress < 0 || c.DrainTimeout < 0 {
		return errors.New("limits and times can't be negative")
	}
	if c.ResumeTime < minResumeTime || c.ResumeTime > maxResumeTime {
		return fmt.Errorf("the time for resuming is %v: it is between %v and %v", c.ResumeTime, minResumeTime, maxResumeTime)
	}
	if c.Retention < minRetention {
		return fmt.Errorf("meetings can't be kept for %v: it is %v or more", c.Retention, minRetention)
	}
	return c.Cluster.validate()
}

func (c Config) publicURL() (*url.URL, error) { return parseBase("public", c.PublicURL) }

func (c Config) nodeURL() (*url.URL, error) { return parseBase("node", c.NodeURL) }

// parseBase reads an address without a path; nil if there is none.
func parseBase(kind, address string) (*url.URL, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || !plausibleHost(u.Host) || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("%s URL %q: write it like https://meet.example.com, without a path", kind, address)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// origins returns the origins of pages that may connect besides the node's own, as browsers write them (RFC 6454 §6.2).
func (c Config) origins() ([]string, error) {
	var origins []string
	for _, parse := range []func() (*url.URL, error){c.publicURL, c.nodeURL} {
		if u, err := parse(); err != nil {
			return nil, err
		} else if u != nil {
			origins = append(origins, originOf(u))
		}
	}
	for _, origin := range c.TrustedOrigins {
		if origin == anyOrigin {
			origins = append(origins, origin)
			continue
		}
		u, err := url.Parse(origin)
		if err != nil || !plausibleHost(u.Host) || u.Scheme != "https" && u.Scheme != "http" || origin != u.Scheme+"://"+u.Host {
			return nil, fmt.Errorf("trusted origin %q: write it like https://app.example.com, or %q for every site", origin, anyOrigin)
		}
		origins = append(origins, originOf(u))
	}
	return origins, nil
}

func originOf(u *url.URL) string {
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return u.Scheme + "://" + strings.ToLower(strings.TrimSuffix(u.Host, port))
}

func (c Config) keysByID() (map[string]token.Key, error) {
	keys := make(map[string]token.Key, len(c.Keys))
	for _, k := range c.Keys {
		if err := k.Validate(); err != nil {
			return nil, err
		}
		if k.ID == meeting.KeyID {
			return nil, fmt.Errorf("the API key id %q is the node's own: choose another", k.ID)
		}
		if _, twice := keys[k.ID]; twice {
			return nil, fmt.Errorf("there are two API keys with the id %q", k.ID)
		}
		keys[k.ID] = k
	}
	return keys, nil
}
