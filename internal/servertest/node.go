// Package servertest runs real nodes for tests.
package servertest

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/openconfab/confab/server"
)

// Node is a node in the process of a test.
type Node struct {
	server.Listening

	stop func() error
	t    testing.TB
}

// Start runs a node until the test ends or Stop is called: with a site of one empty page, and on a free port of localhost unless c
// says otherwise.
func Start(t testing.TB, c server.Config) *Node {
	t.Helper()
	if c.Addr == "" {
		c.Addr = "localhost:0"
	}
	c.Site = fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}
	listening := make(chan server.Listening, 1)
	c.OnListen = func(l server.Listening) { listening <- l }
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.ListenAndServe(ctx) }()
	n := &Node{t: t, stop: sync.OnceValue(func() error {
		cancel()
		return <-ended
	})}
	select {
	case n.Listening = <-listening:
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return n
}

// URL is the address of the node, for this machine.
func (n *Node) URL() string { return "http://" + n.Addr }

// Stop shuts the node down and waits for it. A second call does nothing.
func (n *Node) Stop() {
	if err := n.stop(); err != nil {
		n.t.Errorf("the node ended: %v", err)
	}
}
