package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/webhook"
)

// A config makes a clinic. All of it is required but Demo, Secure, HashRounds and Now.
type config struct {
	Store *store
	// Node is the video node as this program reaches it, NodePublic as browsers do.
	Node       *meetings.Client
	NodePublic string
	// Webhooks is the secret that the node signs with.
	Webhooks webhook.Secret
	// Site has the built pages of web/apps/clinic.
	Site fs.FS
	// Zone is the clinic's, for what is today.
	Zone *time.Location
	// Demo tells people the password of the doctors.
	Demo bool
	// Secure: browsers reach the clinic by HTTPS only.
	Secure bool
	// HashRounds is how slow passwords are checked, 0: as slow as it should be.
	HashRounds int
	// Now is nil for time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// A clinic answers the requests of its pages, and the webhooks of the video node. It is safe for concurrent use.
type clinic struct {
	store      *store
	node       *meetings.Client
	nodePublic string
	zone       *time.Location
	demo       bool
	secure     bool
	rounds     int
	now        func() time.Time
	log        *slog.Logger
	hub        hub
	tries      tries
	hashing    chan struct{} // one for each password that is being checked
	streams    chan struct{} // one for each page that is kept up to date
	handler    http.Handler
}

func newClinic(o config) (*clinic, error) {
	public, err := url.Parse(o.NodePublic)
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, errors.New("the node's address is to be like https://meet.example.com")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HashRounds == 0 {
		o.HashRounds = hashRounds
	}
	c := &clinic{
		store: o.Store, node: o.Node, nodePublic: public.Scheme + "://" + public.Host, zone: o.Zone, demo: o.Demo, secure: o.Secure, rounds: o.HashRounds, now: o.Now, log: o.Log,
		tries: tries{wrong: make(map[string][]time.Time)}, hashing: make(chan struct{}, maxHashing), streams: make(chan struct{}, maxStreams),
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /api/clinic":                 c.about,
		"GET /api/doctors/{doctor}/slots": c.slots,
		"POST /api/appointments":          c.book,
		"POST /api/sign-in":               c.signIn,
		"POST /api/sign-out":              c.signOut,
		"GET /api/session":                c.session,
		"GET /api/day/events":             c.dayEvents,
	} {
		mux.Handle(pattern, c.handle(h))
	}
	for pattern, h := range map[string]http.Handler{
		"GET /api/visits/{id}":                      c.visiting(c.visit, asDoctor, asPatient),
		"GET /api/visits/{id}/events":               c.visiting(c.visitEvents, asDoctor, asPatient),
		"POST /api/visits/{id}/join":                c.visiting(c.join, asDoctor, asPatient),
		"POST /api/visits/{id}/documents":           c.visiting(c.share, asDoctor, asPatient),
		"GET /api/visits/{id}/documents/{document}": c.visiting(c.read, asDoctor, asPatient),
		"POST /api/visits/{id}/admit":               c.visiting(c.admit, asDoctor),
		"PUT /api/visits/{id}/notes":                c.visiting(c.saveNotes, asDoctor),
		"POST /api/visits/{id}/consent/ask":         c.visiting(c.askConsent, asDoctor),
		"POST /api/visits/{id}/end":                 c.visiting(c.end, asDoctor),
		"POST /api/visits/{id}/consent":             c.visiting(c.answerConsent, asPatient),
		"POST /webhooks/confab":                     &webhook.Receiver{Secrets: []webhook.Secret{o.Webhooks}, Received: c.hear, Refused: c.refused},
	} {
		mux.Handle(pattern, h)
	}
	mux.Handle("/api/", c.handle(func(http.ResponseWriter, *http.Request) error {
		return problem(http.StatusNotFound, "not-found", "There is nothing here.")
	}))
	serveSite(mux, o.Site)
	c.handler = secured(public, http.NewCrossOriginProtection().Handler(mux))
	return c, nil
}

// ServeHTTP implements http.Handler.
func (c *clinic) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

func (c *clinic) refused(r *http.Request, err error) {
	c.log.Warn("a request to the webhook is none", "from", r.RemoteAddr, "error", err)
}

// about answers with who works here.
func (c *clinic) about(w http.ResponseWriter, r *http.Request) error {
	doctors, err := c.store.doctors(r.Context())
	if err != nil {
		return err
	}
	password := ""
	if c.demo {
		password = demoPassword
	}
	return writeJSON(w, struct {
		Doctors      []doctor `json:"doctors"`
		DemoPassword string   `json:"demoPassword,omitempty"`
	}{doctors, password})
}

// serve answers requests at a server until ctx ends, and then lets those that are being answered end.
func serve(ctx context.Context, s *http.Server, listen func() error) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
		defer cancel()
		stopped <- s.Shutdown(late)
	}()
	if err := listen(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
