//go:build generated

// Command backend is what an application's back end does, with a client that was generated from a node's OpenAPI document: it makes a
// meeting, gets a token for one of its people, and that one joins. It needs the node's address and an API key.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	_ "github.com/oapi-codegen/runtime" // the generated client, which is no source of this module, needs it

	confab "github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	node, key := os.Args[1], os.Getenv("API_KEY")
	api, err := NewClientWithResponses(node, WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	title := "Consultation"
	made, err := api.CreateMeetingWithResponse(ctx, &CreateMeetingParams{}, MeetingPlan{Title: &title})
	if err != nil || made.JSON201 == nil {
		log.Fatalf("%v, %s", err, made.Body)
	}
	identity, role := "dr-ann", JoinRequestRole("host")
	token := func(ctx context.Context) (string, error) {
		ticket, err := api.JoinMeetingWithResponse(ctx, made.JSON201.Id, JoinRequest{Identity: &identity, Role: &role})
		if err != nil {
			return "", err
		}
		if ticket.JSON200 == nil {
			return "", fmt.Errorf("no token: %s", ticket.Body)
		}
		return ticket.JSON200.Token, nil
	}
	room, err := confab.Join(ctx, node, confab.Config{
		Room: made.JSON201.Id, Keys: confab.MeetingSecret(e2ee.NewSecret()), Token: token, Transport: confab.WebSocket,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer room.Close()
	fmt.Println(room.Local().Identity())
}
