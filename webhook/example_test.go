package webhook_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/openconfab/confab/webhook"
)

// A program that is told who joins.
func Example() {
	secret, err := webhook.ParseSecret(os.Getenv("CONFAB_WEBHOOK_SECRET"))
	if err != nil {
		log.Print(err)
		return
	}
	http.Handle("POST /hooks", &webhook.Receiver{
		Secrets: []webhook.Secret{secret},
		Received: func(_ context.Context, d webhook.Delivery) error {
			if d.Event.Type == webhook.ParticipantJoined {
				fmt.Println(d.Event.Data.Participant.Identity, "is in", d.Event.Data.Room)
			}
			return nil
		},
	})
	log.Print(http.ListenAndServe("localhost:9000", nil))
}
