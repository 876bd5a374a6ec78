// Package iggytest gives tests a real Apache Iggy server, where there is one.
package iggytest

import (
	"crypto/rand"
	"net/url"
	"os"
	"testing"

	"github.com/apache/iggy/foreign/go/client/tcp"
	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// Variable is that of the environment which names the server: iggy://USER:PASSWORD@HOST:PORT.
const Variable = "CONFAB_TEST_IGGY"

// Stream returns the URL of a stream for one test, which is removed after it. It skips the test when no server is named.
func Stream(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skipf("NOT TESTED: APACHE IGGY. Set %s to a running server, such as iggy://iggy:iggy@127.0.0.1:8090", Variable)
	}
	u, err := url.Parse(server)
	if err != nil || u.User == nil {
		t.Fatalf("%s is not like iggy://USER:PASSWORD@HOST:PORT", Variable)
	}
	name := "test-" + rand.Text()
	u.Path = "/" + name
	t.Cleanup(func() { remove(t, u, name) })
	return u.String()
}

func remove(t testing.TB, server *url.URL, stream string) {
	client, err := tcp.NewIggyTcpClient(tcp.WithServerAddress(server.Host))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	password, _ := server.User.Password()
	if _, err := client.LoginUser(server.User.Username(), password); err != nil {
		t.Fatal(err)
	}
	id, err := iggcon.NewIdentifier(stream)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteStream(id); err != nil {
		t.Logf("stream %s: %v", stream, err)
	}
}
