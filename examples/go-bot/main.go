// Command go-bot joins a meeting, greets everybody who comes, and answers in the chat.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"sync"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
)

// chat is the topic of the chat on the meeting site. Its messages are plain UTF-8.
const chat = "chat"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go-bot LINK, with the whole invitation link in quotes")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1])
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, link string) error {
	// The role tells people that something other than a person reads along.
	room, err := client.Join(ctx, link, client.Config{Name: "Go bot", Roles: e2ee.Recorder})
	if err != nil {
		return err
	}
	defer room.Close()
	log.Printf("in %s as %s", room.Name(), room.Local().Identity())

	var tasks sync.WaitGroup
	defer tasks.Wait()
	tasks.Go(func() { greet(ctx, room) })
	for message, err := range room.Messages(ctx) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil
		case err != nil:
			return err
		case message.Topic != chat:
			continue
		}
		if answer := answer(room, message); answer != "" {
			say(ctx, room, answer)
		}
	}
	return nil
}

// greet says hello to everybody who comes.
func greet(ctx context.Context, room *client.Room) {
	for event, err := range room.Events(ctx) {
		if err != nil {
			return
		}
		joined, ok := event.(client.ParticipantJoined)
		if !ok || joined.Participant.Encryption() == client.Refused {
			continue
		}
		say(ctx, room, fmt.Sprintf("Hello %s! Write “help” to me.", joined.Participant.Name()), joined.Participant.Identity())
	}
}

func answer(room *client.Room, m client.Message) string {
	command, rest, _ := strings.Cut(strings.TrimSpace(string(m.Payload)), " ")
	switch strings.ToLower(command) {
	case "help":
		return "I know “who”, “code” and “echo TEXT”."
	case "who":
		names := []string{"I"}
		for _, p := range room.Participants() {
			names = append(names, p.Name())
		}
		return "Here are " + strings.Join(names, ", ") + "."
	case "code":
		return "The safety code I see is " + room.SafetyCode() + "."
	case "echo":
		return rest
	default:
		return ""
	}
}

// say writes to the chat, to some or to everybody.
func say(ctx context.Context, room *client.Room, text string, to ...string) {
	if err := room.Local().PublishData(ctx, []byte(text), client.DataOptions{Topic: chat, To: to}); err != nil {
		log.Print("not said: ", err)
	}
}
