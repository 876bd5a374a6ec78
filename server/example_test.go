package server_test

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// A program runs a node of its own, which only takes those to whom the program has given a token.
func Example() {
	node, err := server.New(server.Config{
		Addr: ":8080",
		Keys: []token.Key{{ID: "app", Secret: os.Getenv("APP_SECRET")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(node.ListenAndServe(context.Background()))
}

// A program has an HTTP server already: the node gets a host of its own in it, and its clients use WebSocket.
func ExampleServer_Handler() {
	node, err := server.New(server.Config{PublicURL: "https://meet.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("meet.example.com/", node.Handler())
	log.Fatal(http.ListenAndServe("localhost:9000", mux))
}
