package main

import (
	"context"
	"net/http"
)

const (
	customerCookie = "support_customer"
	// customerCookieLife is a year, in seconds: by it somebody is known again, and nothing else is.
	customerCookieLife = 365 * 24 * 3600
)

func (s *site) customerRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/customer/events", func(w http.ResponseWriter, r *http.Request) {
		id, err := s.desk.customer(r.Context(), cookieValue(r, customerCookie))
		if err != nil {
			s.problemOf(err).write(w)
			return
		}
		presence := presence{grace: s.desk.customerGrace}
		if id != "" {
			presence.key = customerKey(id)
		}
		s.stream(w, r, presence, func(ctx context.Context) (any, error) { return s.desk.viewOfCustomer(ctx, id) })
	})
	mux.HandleFunc("POST /api/customer/ask", answer(s, func(w http.ResponseWriter, r *http.Request, q question) (nothing, error) {
		key, err := s.desk.ask(r.Context(), cookieValue(r, customerCookie), q)
		if err == nil {
			http.SetCookie(w, s.cookie(customerCookie, key, customerCookieLife))
		}
		return nothing{}, err
	}))
	mux.HandleFunc("POST /api/customer/page", answer(s, asCustomer(s, func(ctx context.Context, id string, in struct{ Page string }) (nothing, error) {
		return nothing{}, s.desk.look(ctx, id, in.Page)
	})))
	mux.HandleFunc("POST /api/customer/pass", answer(s, asCustomer(s, func(ctx context.Context, id string, _ nothing) (pass, error) {
		return s.desk.admitCustomer(ctx, id)
	})))
	mux.HandleFunc("POST /api/customer/leave", answer(s, asCustomer(s, func(ctx context.Context, id string, _ nothing) (nothing, error) {
		return nothing{}, s.desk.leave(ctx, id)
	})))
}

// asCustomer is for those who have asked for something before.
func asCustomer[In, Out any](s *site, do func(context.Context, string, In) (Out, error)) func(http.ResponseWriter, *http.Request, In) (Out, error) {
	return func(_ http.ResponseWriter, r *http.Request, in In) (out Out, err error) {
		id, err := s.desk.customer(r.Context(), cookieValue(r, customerCookie))
		if err != nil {
			return out, err
		}
		if id == "" {
			return out, &problem{http.StatusUnauthorized, "unauthorized", "Ask for a talk first."}
		}
		return do(r.Context(), id, in)
	}
}
