package main

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net/http"

	"github.com/openconfab/confab/meetings"
)

//go:embed page.html
var page string

var pages = template.Must(template.New("page").Parse(page))

// A handler answers the page's requests.
type handler struct {
	meetings *meetings.Client
}

func newHandler(api *meetings.Client) http.Handler {
	h := &handler{meetings: api}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.page)
	mux.HandleFunc("GET /visits/{id}", h.page)
	mux.HandleFunc("POST /visits", h.start)
	mux.HandleFunc("POST /visits/{id}/token", h.token)
	return mux
}

func (h *handler) page(w http.ResponseWriter, _ *http.Request) {
	if err := pages.Execute(w, h.meetings.Node); err != nil {
		log.Print(err)
	}
}

// start makes a meeting, of which the visitor is the host.
func (h *handler) start(w http.ResponseWriter, r *http.Request) {
	plan := meetings.Plan{Title: "Consultation", Settings: meetings.SettingsChange{WaitingRoom: new(true)}}
	meeting, err := h.meetings.Create(r.Context(), plan)
	if err == nil {
		// The node remembers who is host.
		_, err = h.meetings.Join(r.Context(), meeting.ID, meetings.JoinRequest{Identity: visitor(w, r), Role: meetings.Host})
	}
	answer(w, map[string]string{"id": meeting.ID}, err)
}

// token lets the visitor in.
func (h *handler) token(w http.ResponseWriter, r *http.Request) {
	ticket, err := h.meetings.Join(r.Context(), r.PathValue("id"), meetings.JoinRequest{Identity: visitor(w, r)})
	answer(w, map[string]string{"token": ticket.Token}, err)
}

// visitor says who uses this browser. An application with accounts knows that already.
func visitor(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie("visitor"); err == nil {
		return cookie.Value
	}
	id := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: "visitor", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return id
}

func answer(w http.ResponseWriter, value any, err error) {
	switch {
	case errors.Is(err, meetings.NotFound):
		http.NotFound(w, nil)
		return
	case err != nil:
		log.Print(err)
		http.Error(w, "The call cannot be reached now. Try again.", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}
