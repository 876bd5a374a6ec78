package meetings_test

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/token"
)

// A back end that makes a meeting, and lets those enter who have signed in with it.
func Example() {
	node := &meetings.Client{
		Node: "https://meet.example.com",
		Key:  token.Key{ID: "app", Secret: os.Getenv("CONFAB_API_SECRET")},
	}
	visit, err := node.Create(context.Background(), meetings.Plan{
		Title:    "Consultation",
		Settings: meetings.SettingsChange{WaitingRoom: new(true), Guests: new(false)},
	})
	if err != nil {
		log.Print(err)
		return
	}
	http.HandleFunc("POST /join", func(w http.ResponseWriter, r *http.Request) {
		ticket, err := node.Join(r.Context(), visit.ID, meetings.JoinRequest{Identity: signedIn(r)})
		if err != nil {
			http.Error(w, "no way in for the moment", http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(ticket.Token) // the browser has gone
	})
	log.Print(http.ListenAndServe("localhost:9000", nil))
}

// signedIn says who a request comes from, as the application knows it.
func signedIn(r *http.Request) string { return r.Header.Get("X-User") }
