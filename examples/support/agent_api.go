package main

import (
	"context"
	"net/http"
)

const agentCookie = "support_agent"

func (s *site) agentRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/desk/events", func(w http.ResponseWriter, r *http.Request) {
		id, err := s.desk.session(r.Context(), cookieValue(r, agentCookie))
		if err != nil {
			s.problemOf(err).write(w)
			return
		}
		s.stream(w, r, presence{key: agentKey(id), grace: s.desk.agentGrace}, func(ctx context.Context) (any, error) {
			return s.desk.viewOfAgent(ctx, id)
		})
	})
	mux.HandleFunc("POST /api/desk/sign-in", answer(s, s.signIn))
	mux.HandleFunc("POST /api/desk/sign-out", answer(s, asAgent(s, s.signOut)))
	route := func(path string, do func(ctx context.Context, agent string, in request) error) {
		mux.HandleFunc("POST /api/desk/"+path, answer(s, asAgent(s, func(_ http.ResponseWriter, r *http.Request, agent string, in request) (nothing, error) {
			return nothing{}, do(r.Context(), agent, in)
		})))
	}
	d := s.desk
	route("available", func(ctx context.Context, agent string, in request) error { return d.setAvailable(ctx, agent, in.On) })
	route("pick-up", func(ctx context.Context, agent string, in request) error { return d.pickUp(ctx, agent, in.Contact) })
	route("hang-up", func(ctx context.Context, agent string, _ request) error { return d.hangUp(ctx, agent) })
	route("wrap-up", func(ctx context.Context, agent string, in request) error {
		return d.wrapUp(ctx, agent, in.Contact, in.Note)
	})
	route("transfer", func(ctx context.Context, agent string, in request) error { return d.offer(ctx, agent, in.To, in.Note) })
	route("take-back", func(ctx context.Context, agent string, _ request) error { return d.takeBack(ctx, agent) })
	route("answer", func(ctx context.Context, agent string, in request) error {
		return d.answer(ctx, agent, in.Transfer, in.Accept)
	})
	mux.HandleFunc("POST /api/desk/pass", answer(s, asAgent(s, func(_ http.ResponseWriter, r *http.Request, agent string, _ nothing) (pass, error) {
		return d.admitAgent(r.Context(), agent)
	})))
}

// A request is what an agent's console says; each uses what it needs.
type request struct {
	Contact  string `json:"contact"`
	Transfer string `json:"transfer"`
	To       string `json:"to"`
	Note     string `json:"note"`
	On       bool   `json:"on"`
	Accept   bool   `json:"accept"`
}

// credentials are an agent's.
type credentials struct {
	Agent    string `json:"agent"`
	Password string `json:"password"`
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request, in credentials) (nothing, error) {
	token, err := s.desk.signIn(r.Context(), s.tries, in.Agent, in.Password)
	if err == nil {
		http.SetCookie(w, s.cookie(agentCookie, token, int(sessionLife.Seconds())))
	}
	return nothing{}, err
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request, agent string, _ nothing) (nothing, error) {
	http.SetCookie(w, s.cookie(agentCookie, "", -1))
	return nothing{}, s.desk.signOut(r.Context(), agent, cookieValue(r, agentCookie))
}

// asAgent is for those who have signed in.
func asAgent[In, Out any](s *site, do func(w http.ResponseWriter, r *http.Request, agent string, in In) (Out, error)) func(http.ResponseWriter, *http.Request, In) (Out, error) {
	return func(w http.ResponseWriter, r *http.Request, in In) (out Out, err error) {
		id, err := s.desk.session(r.Context(), cookieValue(r, agentCookie))
		if err != nil {
			return out, err
		}
		return do(w, r, id, in)
	}
}
