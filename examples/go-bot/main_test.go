package main

import (
	"context"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/server"
)

func TestBot(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	listening := make(chan server.Listening, 1)
	node, err := server.New(server.Config{Addr: "localhost:0", OnListen: func(l server.Listening) { listening <- l }})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- node.ListenAndServe(ctx) }()
	link, err := e2ee.FormatLink("http://"+(<-listening).Addr, "room", e2ee.Invitation{Secret: e2ee.NewSecret()})
	if err != nil {
		t.Fatal(err)
	}
	bot := make(chan error, 1)
	go func() { bot <- run(ctx, link) }()

	ann, err := client.Join(ctx, link, client.Config{Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	for message, err := range ann.Messages(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, string(message.Payload))
		if len(heard) == 1 {
			say(ctx, ann, "echo hello, hello")
			continue
		}
		break
	}
	if heard[0] != "Hello Ann! Write “help” to me." || heard[1] != "hello, hello" {
		t.Errorf("heard %q", heard)
	}
	ann.Close()
	cancel()
	if err := <-bot; err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
