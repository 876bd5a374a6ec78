package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClusterFlags(t *testing.T) {
	secret := strings.Repeat("s", 40)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(secretVariable, "")
	c, err := (&clusterFlags{Backbone: embedded, ClusterListen: ":6222", ClusterPeers: []string{"a:6222"}, ClusterSecretFile: file}).cluster()
	if err != nil || c.Listen != ":6222" || len(c.Peers) != 1 || string(c.Secret) != secret {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := (&clusterFlags{Backbone: embedded, ClusterListen: ":6222"}).cluster(); err == nil || !strings.Contains(err.Error(), secretVariable) {
		t.Errorf("without a secret: %v", err)
	}
	t.Setenv(secretVariable, secret)
	if c, err := (&clusterFlags{Backbone: embedded, ClusterListen: ":6222"}).cluster(); err != nil || string(c.Secret) != secret {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := (&clusterFlags{Backbone: "nats://nats:4222", NATSCredentials: "file"}).cluster(); err != nil || c.NATS != "nats://nats:4222" || c.NATSCredentials != "file" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := (&clusterFlags{Backbone: "iggy://iggy:8090", IggyCredentials: "file"}).cluster(); err != nil || c.Iggy != "iggy://iggy:8090" || c.IggyCredentials != "file" || c.NATS != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := (&clusterFlags{Backbone: "nats://nats:4222", ClusterListen: ":6222"}).cluster(); err == nil {
		t.Error("both kinds are taken")
	}
}
