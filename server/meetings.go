package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/api"
	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/outbox"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/signin"
	"github.com/openconfab/confab/webhook"
)

// openTimeout bounds how long a node waits, at its start, for the database and for bringing its schema up to date.
const openTimeout = 2 * time.Minute

// OIDC names an OpenID Connect provider that people sign in with. The zero value is none.
type OIDC struct {
	// Issuer is the provider's address, exactly as it names itself.
	Issuer string
	// ClientID and ClientSecret are what it knows this node by. It sends people back to /v1/sign-in/callback of PublicURL, and to / when
	// they have signed out.
	ClientID, ClientSecret string
}

// A Webhook is who is told what happens in rooms. See package webhook.
type Webhook struct {
	// URL gets the events. It is trusted: it may be inside the node's own network.
	URL string
	// Secret signs them.
	Secret webhook.Secret
	// Key restricts it to the meetings of the API key with this id; "" stands for all rooms.
	Key string
}

// meetings are what a node knows besides who is in its rooms: the database, the rules, the API.
type meetings struct {
	store     *store.Store
	service   *meeting.Service
	deliverer *outbox.Deliverer
	provider  *signin.Provider // nil: nobody signs in
	api       *api.API

	stop context.CancelFunc
	work sync.WaitGroup
}

// open reports whether guests start rooms and meetings: nobody has been named who lets people in.
func (c Config) open() bool { return len(c.Keys) == 0 && c.OIDC == (OIDC{}) }

func (s *Server) newMeetings() (m *meetings, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	m = &meetings{}
	if m.provider, err = s.config.provider(); err != nil {
		return nil, err
	}
	var endpoints []outbox.Endpoint
	var ids []meeting.Endpoint
	for _, w := range s.config.Webhooks {
		e := outbox.Endpoint{URL: w.URL, Secret: w.Secret, Key: w.Key}
		endpoints = append(endpoints, e)
		ids = append(ids, meeting.Endpoint{ID: e.ID(), Key: w.Key})
	}
	if m.store, err = s.config.openStore(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.store.Close())
		}
	}()
	m.deliverer, err = outbox.New(outbox.Config{Queue: m.store, Endpoints: endpoints, Logger: s.log})
	if err != nil {
		return nil, err
	}
	m.service, err = meeting.New(ctx, meeting.Config{Store: m.store, Endpoints: ids, Sent: m.deliverer.Wake, Retention: s.config.Retention, Logger: s.log, Now: s.now})
	if err != nil {
		return nil, err
	}
	m.api, err = api.New(api.Config{
		Meetings: m.service,
		SignIn:   signin.New(signin.Config{Store: m.store, Provider: m.provider, Adopt: m.service.Adopt, Now: s.now, Logger: s.log}),
		Keys:     s.keys, GuestsCreate: s.config.open(), AudioLevels: s.config.AudioLevels, Base: s.site, Address: s.address, Origins: s.ownOrigins(), Now: s.now, Logger: s.log,
	})
	return m, err
}

func (c Config) provider() (*signin.Provider, error) {
	if c.OIDC == (OIDC{}) {
		return nil, nil
	}
	return signin.NewProvider(signin.ProviderConfig{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret,
	})
}

func (c Config) openStore(ctx context.Context) (*store.Store, error) {
	if c.Database != "" {
		return store.OpenPostgreSQL(ctx, c.Database)
	}
	if c.Cluster.joins() {
		c.Logger.Warn("meetings are this node's only: give all nodes of a cluster one PostgreSQL database")
	}
	db, err := store.OpenSQLite(ctx, c.DataDir)
	if err != nil {
		return nil, fmt.Errorf("the database of meetings: %w", err)
	}
	return db, nil
}

// start runs what goes on besides requests, until close.
func (m *meetings) start() {
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	m.work.Go(func() { m.service.Run(ctx) })
	m.work.Go(func() { m.deliverer.Run(ctx) })
}

// close ends it, when nobody is in a room any more.
func (m *meetings) close() error {
	m.stop()
	m.work.Wait()
	if m.provider != nil {
		m.provider.Close()
	}
	return m.store.Close()
}

// site returns the address at which people reach this node, as far as a request tells.
func (s *Server) site(r *http.Request) *url.URL {
	if s.public != nil {
		return s.public
	}
	return requested(r)
}

// serveAPI refuses what names no host, for addresses are made of it.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	if s.public == nil && !plausibleHost(r.Host) {
		http.Error(w, "the Host header names no host", http.StatusBadRequest)
		return
	}
	s.meetings.api.ServeHTTP(w, r)
}

// ownOrigins are those of this node's own pages where requests name another host, as behind a proxy.
func (s *Server) ownOrigins() []string {
	if s.public == nil {
		return nil
	}
	return []string{originOf(s.public)}
}

// address returns where a request comes from, as limits count it.
func (s *Server) address(r *http.Request) netip.Addr { return sourceOf(s.forwarded(r)) }
