package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/openconfab/confab/server"
)

// secretVariable holds the cluster secret. Like API keys, it is never read from an argument.
const secretVariable = "CONFAB_CLUSTER_SECRET"

const embedded = "embedded"

// backbones are what the addresses of others begin with.
var backbones = []string{"nats://", "tls://", "iggy://"}

// clusterFlags join a node with others.
type clusterFlags struct {
	Backbone          string   `help:"What joins nodes: embedded (NATS inside them), nats://HOST:PORT or tls://HOST:PORT of your own, or iggy://HOST:PORT of your Apache Iggy." default:"embedded" placeholder:"WHAT" env:"CONFAB_BACKBONE"`
	ClusterListen     string   `help:"Host and port for other nodes. Needs a secret." placeholder:"HOST:PORT" env:"CONFAB_CLUSTER_LISTEN"`
	ClusterPeers      []string `help:"Other nodes, or names that stand for several; this one may be among them." placeholder:"HOST:PORT" env:"CONFAB_CLUSTER_PEERS"`
	ClusterAdvertise  string   `help:"Where other nodes reach this one, when it is not where it listens." placeholder:"HOST:PORT" env:"CONFAB_CLUSTER_ADVERTISE"`
	ClusterSecretFile string   `help:"File of the secret that all nodes share, instead of CONFAB_CLUSTER_SECRET." type:"path" env:"CONFAB_CLUSTER_SECRET_FILE"`
	NATSCredentials   string   `name:"nats-credentials" help:"File of NATS credentials." type:"path" env:"CONFAB_NATS_CREDENTIALS"`
	NATSNKey          string   `name:"nats-nkey" help:"File of an NKey seed." type:"path" env:"CONFAB_NATS_NKEY"`
	NATSCA            string   `name:"nats-ca" help:"Certificates to trust for NATS, PEM." type:"path" env:"CONFAB_NATS_CA"`
	NATSCert          string   `name:"nats-cert" help:"Certificate of this node for NATS, PEM." type:"path" env:"CONFAB_NATS_CERT"`
	NATSCertKey       string   `name:"nats-cert-key" help:"Key of that certificate, PEM." type:"path" env:"CONFAB_NATS_CERT_KEY"`
	IggyCredentials   string   `help:"File of USER:PASSWORD or a personal access token for Iggy." type:"path" env:"CONFAB_IGGY_CREDENTIALS"`
	IggyCA            string   `name:"iggy-ca" help:"Certificates to trust for Iggy, PEM." type:"path" env:"CONFAB_IGGY_CA"`
}

func (f *clusterFlags) cluster() (server.Cluster, error) {
	if f.Backbone != embedded {
		if f.ClusterListen != "" || len(f.ClusterPeers) > 0 {
			return server.Cluster{}, errors.New("--cluster-listen and --cluster-peers are for --backbone embedded: leave them out")
		}
		if !slices.ContainsFunc(backbones, func(scheme string) bool { return strings.HasPrefix(f.Backbone, scheme) }) {
			return server.Cluster{}, fmt.Errorf("--backbone is embedded, or an address that begins with one of %s", strings.Join(backbones, ", "))
		}
		if strings.HasPrefix(f.Backbone, "iggy:") {
			return server.Cluster{Iggy: f.Backbone, IggyCredentials: f.IggyCredentials, IggyCA: f.IggyCA}, nil
		}
		return server.Cluster{
			NATS: f.Backbone, NATSCredentials: f.NATSCredentials, NATSNKey: f.NATSNKey,
			NATSCA: f.NATSCA, NATSCert: f.NATSCert, NATSCertKey: f.NATSCertKey,
		}, nil
	}
	c := server.Cluster{Listen: f.ClusterListen, Peers: f.ClusterPeers, Advertise: f.ClusterAdvertise}
	if c.Listen == "" {
		return c, nil
	}
	secret := []byte(os.Getenv(secretVariable))
	if f.ClusterSecretFile != "" {
		var err error
		if secret, err = os.ReadFile(f.ClusterSecretFile); err != nil {
			return server.Cluster{}, err
		}
	}
	c.Secret = bytes.TrimSpace(secret)
	if len(c.Secret) == 0 {
		return server.Cluster{}, fmt.Errorf("no cluster secret: set %s or give --cluster-secret-file, the same for all nodes "+
			"(make one with: openssl rand -hex 32)", secretVariable)
	}
	return c, nil
}
