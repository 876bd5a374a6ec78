package nats_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/backbonetest"
	"github.com/openconfab/confab/internal/backbone/nats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var secret = []byte("a secret of the tests, 32 bytes or more")

func start(t *testing.T, secret []byte, peers ...string) *nats.Cluster {
	t.Helper()
	c, err := nats.Start(nats.Embedded{Listen: "127.0.0.1:0", Peers: peers, Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestEmbeddedContract(t *testing.T) {
	backbonetest.Run(t, func(t *testing.T) [3]backbone.Backbone {
		first := start(t, secret)
		// The third learns of the second from the first.
		return [3]backbone.Backbone{first, start(t, secret, first.Addr()), start(t, secret, first.Addr())}
	})
}

// external starts a server as an operator would.
func external(t *testing.T, maxPayload int32) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, MaxPayload: maxPayload})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

func TestExternalContract(t *testing.T) {
	backbonetest.Run(t, func(t *testing.T) (nodes [3]backbone.Backbone) {
		url := external(t, 8<<20)
		for i := range nodes {
			b, err := nats.Connect(nats.External{URL: url, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { b.Close() })
			nodes[i] = b
		}
		return nodes
	})
}

func TestServerOfSmallMessagesIsRefused(t *testing.T) {
	_, err := nats.Connect(nats.External{URL: external(t, 1<<20), Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("a server of 1 MiB a message: %v", err)
	}
}

// TestAnotherSecret: a node that has another secret does not get in; one that has the same, at the same time, does.
func TestAnotherSecret(t *testing.T) {
	first := start(t, secret)
	stranger := start(t, []byte("another secret, of 32 bytes or more.."), first.Addr())
	friend := start(t, secret, first.Addr())
	topic := backbone.Room("guarded")
	strange, friendly := make(chan struct{}, 1), make(chan struct{}, 1)
	for node, came := range map[*nats.Cluster]chan struct{}{stranger: strange, friend: friendly} {
		if _, err := node.Subscribe(topic, func([]byte) {
			select {
			case came <- struct{}{}:
			default:
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		if err := first.Publish(topic, []byte("x")); err != nil {
			t.Fatal(err)
		}
		select {
		case <-strange:
			t.Fatal("a stranger gets messages")
		case <-friendly:
			return
		case <-again.C:
		}
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for want, e := range map[string]nats.Embedded{
		"secret":       {Listen: "127.0.0.1:0", Secret: []byte("short"), Logger: log},
		"HOST:PORT":    {Listen: "127.0.0.1", Secret: secret, Logger: log},
		"not a port":   {Listen: "127.0.0.1:http", Secret: secret, Logger: log},
		"cluster peer": {Listen: "127.0.0.1:0", Peers: []string{"node"}, Secret: secret, Logger: log},
	} {
		if _, err := nats.Start(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	for want, e := range map[string]nats.External{
		"nats://HOST":  {URL: "http://127.0.0.1", Logger: log},
		"credentials":  {URL: "nats://user:word@127.0.0.1", Logger: log},
		"choose one":   {URL: "nats://127.0.0.1", Credentials: "a", NKey: "b", Logger: log},
		"both":         {URL: "nats://127.0.0.1", Cert: "a", Logger: log},
		"file of the ": {URL: "nats://127.0.0.1", NKey: "/nowhere", Logger: log},
	} {
		_, err := nats.Connect(e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "word") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
}
