package mediatest

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/server"
)

// Meeting starts a node until the test ends, and returns the invitation link of a room on it.
func Meeting(t testing.TB) string {
	t.Helper()
	listening := make(chan server.Listening, 1)
	node, err := server.New(server.Config{
		Addr:     "localhost:0",
		Site:     fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}},
		OnListen: func(l server.Listening) { listening <- l },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- node.ListenAndServe(ctx) }()
	t.Cleanup(cancel)
	select {
	case l := <-listening:
		t.Cleanup(func() {
			cancel()
			<-ended
		})
		link, err := e2ee.FormatLink("http://"+l.Addr, "studio", e2ee.NewSecret())
		if err != nil {
			t.Fatal(err)
		}
		return link
	case err := <-ended:
		t.Fatal(err)
		return ""
	}
}
