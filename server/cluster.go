package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/iggy"
	"github.com/openconfab/confab/internal/backbone/nats"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session"
)

// NodesPath is where a node lists all that it knows of the deployment.
const NodesPath = "/v1/nodes"

// Cluster joins nodes, so that people in one room reach each other whichever node they are connected to. The zero value is
// a node by itself. One of Listen, for NATS inside the nodes, and NATS or Iggy, for an operator's, is given.
type Cluster struct {
	// Listen is the HOST:PORT for other nodes; an empty host stands for all addresses, port 0 for any that is free.
	Listen string
	// Peers are HOST:PORT of other nodes, or of names that stand for several; the node itself may be among them. One that can
	// be reached is enough.
	Peers []string
	// Advertise is the HOST:PORT at which others reach this node, when it is not Listen.
	Advertise string
	// Secret is the same for all nodes, and known to nobody else: at least 32 bytes.
	Secret []byte
	// NATS is nats://HOST:PORT or tls://HOST:PORT, or several with commas between them. The servers need a max_payload of 8MB.
	NATS string
	// NATSCredentials is a file of a user's JWT and seed, NATSNKey one of a seed; at most one of them is given.
	NATSCredentials, NATSNKey string
	// NATSCA is a file of certificates to trust besides the system's, NATSCert and NATSCertKey are this node's for mutual TLS.
	NATSCA, NATSCert, NATSCertKey string
	// Iggy is iggy://HOST:PORT of an Apache Iggy server, with /STREAM after it for another stream than confab, and ?tls=true
	// for TLS. It may hold USER:PASSWORD@ before the host.
	Iggy string
	// IggyCredentials is a file of USER:PASSWORD or a personal access token, for a URL without. IggyCA is a file of certificates
	// to trust instead of the system's.
	IggyCredentials, IggyCA string
}

func (c Cluster) joins() bool { return c.Listen != "" || c.NATS != "" }

func (c Cluster) validate() error {
	ways := 0
	for _, way := range []string{c.Listen, c.NATS, c.Iggy} {
		if way != "" {
			ways++
		}
	}
	switch {
	case ways > 1:
		return errors.New("a node is joined with others by an address to listen on, or by an operator's NATS or Iggy: give one of them")
	case c.Listen == "" && (len(c.Peers) > 0 || c.Advertise != ""):
		return errors.New("a node with peers needs an address on which they reach it as well")
	}
	return nil
}

// connect returns what joins the nodes, nil for a node by itself.
func (c Config) connect() (backbone.Backbone, error) {
	k := c.Cluster
	switch {
	case k.NATS != "":
		return nats.Connect(nats.External{
			URL: k.NATS, Credentials: k.NATSCredentials, NKey: k.NATSNKey, CA: k.NATSCA, Cert: k.NATSCert, Key: k.NATSCertKey, Logger: c.Logger,
		})
	case k.Iggy != "":
		return iggy.Connect(iggy.Config{URL: k.Iggy, Credentials: k.IggyCredentials, CA: k.IggyCA, Logger: c.Logger})
	case k.Listen != "":
		b, err := nats.Start(nats.Embedded{Listen: k.Listen, Peers: k.Peers, Advertise: k.Advertise, Secret: k.Secret, Logger: c.Logger})
		if err != nil {
			return nil, err
		}
		c.Logger.Info("listening for other nodes", "addr", b.Addr())
		return b, nil
	default:
		return nil, nil
	}
}

// newHub makes the rooms of the node, and joins them with those of other nodes if it has any.
func (s *Server) newHub() error {
	limits := room.DefaultLimits()
	limits.Resume = s.config.ResumeTime
	config := session.Config{
		Limits:         limits,
		Admit:          s.admit,
		Keep:           s.keep,
		Happened:       s.happened,
		MaxConnections: s.config.MaxConnections,
		Metrics:        s.metrics,
		Logger:         s.log,
		Node:           s.config.Node,
	}
	joined, err := s.config.connect()
	if err != nil {
		return err
	}
	if joined == nil {
		s.hub = session.New(config)
		return nil
	}
	s.backbone = joined
	nodeURL := ""
	if s.node != nil {
		nodeURL = s.node.String()
	}
	s.cluster = cluster.New(cluster.Config{
		Backbone: joined, Name: s.config.Node, URL: nodeURL, Patience: limits.Resume, Keeps: s.config.Cluster.Iggy != "",
		Meter: s.metrics, Logger: s.log,
	})
	config.Outside, config.Elsewhere = s.cluster, s.cluster
	s.hub = session.New(config)
	if err := s.cluster.Start(s.hub.Rooms(), s.hub); err != nil {
		joined.Close()
		return err
	}
	s.metrics.WatchCluster(s.cluster.Stats)
	return nil
}

// leaveCluster says farewell to the other nodes.
func (s *Server) leaveCluster() {
	if s.cluster == nil {
		return
	}
	s.cluster.Close()
	if err := s.backbone.Close(); err != nil {
		s.log.Debug("closing the way to other nodes", "error", err)
	}
}

// A Node is one of a deployment, as another sees it, in the list at NodesPath.
type Node struct {
	ID string `json:"id"`
	// Name is Config.Node.
	Name         string `json:"name,omitempty"`
	Rooms        int    `json:"rooms"`
	Participants int    `json:"participants"`
	// Self: it is the node that was asked. Reachable: it was heard of lately.
	Self      bool `json:"self,omitempty"`
	Reachable bool `json:"reachable"`
	// LagMs is how long it took lately until a message to it was acknowledged.
	LagMs float64 `json:"lagMs"`
}

func (s *Server) nodes() []Node {
	if s.cluster == nil {
		stats := s.hub.Stats()
		return []Node{{ID: "alone", Name: s.config.Node, Rooms: stats.Rooms, Participants: stats.Participants, Self: true, Reachable: true}}
	}
	var nodes []Node
	for _, n := range s.cluster.Nodes() {
		nodes = append(nodes, Node{
			ID: n.ID, Name: n.Name, Rooms: n.Rooms, Participants: n.Participants, Self: n.Self, Reachable: n.Reachable,
			LagMs: float64(n.Lag) / float64(time.Millisecond),
		})
	}
	return nodes
}

func (s *Server) serveNodes(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(s.nodes()); err != nil {
		s.log.Debug("list of nodes not sent", "error", err)
	}
}
