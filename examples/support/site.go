package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/openconfab/confab/webhook"
)

const (
	// maxBody bounds a request, in bytes; the longest that means something is a note.
	maxBody = 16 << 10
	// maxStreams bounds how many pages listen at a time.
	maxStreams = 2000
)

// siteConfig makes a site. Desk and Site are required.
type siteConfig struct {
	Desk *desk
	// Site are the built pages.
	Site fs.FS
	// Webhook signs what the node tells.
	Webhook webhook.Secret
	// Secure: pages are reached by HTTPS only.
	Secure bool
}

// A site answers the pages of customers and agents.
type site struct {
	desk    *desk
	secure  bool
	tries   *tries
	streams chan struct{} // holds one value for each open stream
	ending  chan struct{} // closed when streams have to end
	stop    func()
	handler http.Handler
}

func newSite(c siteConfig) (*site, error) {
	s := &site{
		desk: c.Desk, secure: c.Secure, tries: newTries(), streams: make(chan struct{}, maxStreams), ending: make(chan struct{}),
	}
	s.stop = sync.OnceFunc(func() { close(s.ending) })
	pages, err := newPages(c.Site)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	s.customerRoutes(mux)
	s.agentRoutes(mux)
	mux.Handle("POST /webhooks/confab", &webhook.Receiver{
		Secrets:  []webhook.Secret{c.Webhook},
		Received: func(ctx context.Context, d webhook.Delivery) error { return s.logged(s.desk.heard(ctx, d)) },
		Refused:  func(_ *http.Request, err error) { s.desk.log.Warn("a webhook was refused", "error", err) },
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		(&problem{http.StatusNotFound, "not-found", "There is no " + r.Method + " at this address."}).write(w)
	})
	mux.Handle("/", pages)
	s.handler = secured(c.Desk.calls.node, http.NewCrossOriginProtection().Handler(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// answer handles a request with a JSON body, In, and answers with what do returns.
func answer[In, Out any](s *site, do func(w http.ResponseWriter, r *http.Request, in In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		var in In
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			(&problem{http.StatusBadRequest, "bad-request", "The request is not as it should be."}).write(w)
			return
		}
		out, err := do(w, r, in)
		if err != nil {
			s.problemOf(err).write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // the client has gone
	}
}

// nothing is an empty JSON object.
type nothing struct{}

// problemOf says what an error means to a page. One that is no problem is logged, and hidden.
func (s *site) problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	_ = s.logged(err)
	return errInternal
}

func (s *site) logged(err error) error {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.desk.log.Error("a request", "error", err)
	}
	return err
}

// cookie makes one that no script reads and no other site sends.
func (s *site) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode,
	}
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(c.Value)
}
