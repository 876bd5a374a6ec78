//go:build linux

package cost_test

import (
	"context"
	"testing/fstest"

	"github.com/openconfab/confab/server"
)

// startNode runs a whole node, as confab serve does.
func startNode() (*program, error) {
	listening := make(chan server.Listening, 1)
	s, err := server.New(server.Config{
		Addr:                     "127.0.0.1:0",
		MaxConnectionsPerAddress: server.DefaultMaxConnections,
		Site:                     fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}},
		OnListen:                 func(l server.Listening) { listening <- l },
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.ListenAndServe(ctx) }()
	select {
	case l := <-listening:
		return &program{listening: l.Addr, stop: func() {
			cancel()
			<-ended
		}}, nil
	case err := <-ended:
		cancel()
		return nil, err
	}
}
