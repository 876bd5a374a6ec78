// Package iggytest gives tests a real Apache Iggy server, where there is one.
package iggytest

import (
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/iggy/foreign/go/client/tcp"
	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// Variable is that of the environment which names the server: iggy://USER:PASSWORD@HOST:PORT.
const Variable = "CONFAB_TEST_IGGY"

// tokenLife bounds how long a token outlives a test that was killed.
const tokenLife = time.Hour

// Server returns the URL of the server. It skips the test when none is named.
func Server(t testing.TB) *url.URL {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skipf("NOT TESTED: APACHE IGGY. Set %s to a running server, such as iggy://iggy:iggy@127.0.0.1:8090", Variable)
	}
	u, err := url.Parse(server)
	if err != nil || u.User == nil || u.Port() == "" {
		t.Fatalf("%s is not like iggy://USER:PASSWORD@HOST:PORT", Variable)
	}
	return u
}

// Stream returns the URL of a stream for one test, which is removed after it. It skips the test when no server is named.
func Stream(t testing.TB) string {
	t.Helper()
	stream := StreamAt(t, *Server(t))
	return stream.String()
}

// StreamAt returns the URL of a stream for one test, which is removed after it, at a server that the test reaches as server says.
func StreamAt(t testing.TB, server url.URL) url.URL {
	t.Helper()
	name := "test-" + rand.Text()
	server.Path = "/" + name
	t.Cleanup(func() { remove(t, &server, name) })
	return server
}

// Token returns a personal access token at the server, for one test.
func Token(t testing.TB, server url.URL) string {
	t.Helper()
	name := "test-" + rand.Text()[:8]
	var token string
	as(t, &server, func(client *tcp.IggyTcpClient) error {
		made, err := client.CreatePersonalAccessToken(name, uint32(tokenLife.Seconds()))
		if err == nil {
			token = made.Token
		}
		return err
	})
	t.Cleanup(func() {
		as(t, &server, func(client *tcp.IggyTcpClient) error { return client.DeletePersonalAccessToken(name) })
	})
	return token
}

func remove(t testing.TB, server *url.URL, stream string) {
	id, err := iggcon.NewIdentifier(stream)
	if err != nil {
		t.Fatal(err)
	}
	as(t, server, func(client *tcp.IggyTcpClient) error {
		if err := client.DeleteStream(id); err != nil {
			t.Logf("stream %s: %v", stream, err)
		}
		return nil
	})
}

// All returns all that the logs of a stream hold, each message after the name of its log.
func All(t testing.TB, stream string) (all []byte) {
	t.Helper()
	server, err := url.Parse(stream)
	if err != nil {
		t.Fatal(err)
	}
	id, err := iggcon.NewIdentifier(strings.TrimPrefix(server.Path, "/"))
	if err != nil {
		t.Fatal(err)
	}
	as(t, server, func(client *tcp.IggyTcpClient) error {
		logs, err := client.GetTopics(id)
		if err != nil {
			return err
		}
		for _, l := range logs {
			messages, err := read(client, id, l.Name)
			if err != nil {
				return err
			}
			for _, m := range messages {
				all = append(append(append(all, l.Name...), 0), m.Payload...)
			}
		}
		return nil
	})
	return all
}

// read returns what a log holds.
func read(client *tcp.IggyTcpClient, stream iggcon.Identifier, name string) (all []iggcon.IggyMessage, err error) {
	const atOnce = 100
	id, err := iggcon.NewIdentifier(name)
	if err != nil {
		return nil, err
	}
	partition := uint32(0)
	for next := uint64(0); ; {
		polled, err := client.PollMessages(stream, id, iggcon.DefaultConsumer(), iggcon.OffsetPollingStrategy(next), atOnce, false, &partition)
		if err != nil || len(polled.Messages) == 0 {
			return all, err
		}
		all = append(all, polled.Messages...)
		next = all[len(all)-1].Header.Offset + 1
	}
}

// as talks to the server as the user that it was named with.
func as(t testing.TB, server *url.URL, do func(*tcp.IggyTcpClient) error) {
	t.Helper()
	client, err := tcp.NewIggyTcpClient(tcp.WithServerAddress(server.Host))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	password, _ := server.User.Password()
	if _, err := client.LoginUser(server.User.Username(), password); err != nil {
		t.Fatal(err)
	}
	if err := do(client); err != nil {
		t.Fatal(err)
	}
}
