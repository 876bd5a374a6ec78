package signin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Config makes a Service. Store is required.
type Config struct {
	Store Store
	// Provider: nil lets nobody sign in.
	Provider *Provider
	// Adopt makes what is a guest's the person's who has signed in with the guest's browser. It is called before the guest's session
	// ends; if it fails, so does signing in. Nil leaves it the guest's.
	Adopt func(ctx context.Context, guest, person string) error
	// Now: nil for time.Now.
	Now func() time.Time
	// Logger: nil logs nothing.
	Logger *slog.Logger
}

// A Service opens, finds and closes sessions. It is safe for concurrent use.
type Service struct {
	store    Store
	provider *Provider
	adopt    func(ctx context.Context, guest, person string) error
	now      func() time.Time
	log      *slog.Logger
}

// New returns a Service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Adopt == nil {
		c.Adopt = func(context.Context, string, string) error { return nil }
	}
	return &Service{store: c.Store, provider: c.Provider, adopt: c.Adopt, now: c.Now, log: c.Logger}
}

// CanSignIn reports whether there is a provider to sign in with.
func (s *Service) CanSignIn() bool { return s.provider != nil }

// A Browser is where a request came from: the request, and the address at which people reach this node.
type Browser struct {
	Request *http.Request
	// Base has a scheme and a host only.
	Base *url.URL
}

func (b Browser) secure() bool { return b.Base.Scheme == "https" }

func (b Browser) token() string { return cookieValue(b.Request, sessionCookie, b.secure()) }

// Person returns who uses the browser; ok is false if nobody has a session there. From time to time it asks the provider whether
// it still knows the person, and ends the session if not. An error is one of the store.
func (s *Service) Person(ctx context.Context, b Browser) (p Person, ok bool, err error) {
	token := b.token()
	if token == "" {
		return Person{}, false, nil
	}
	session, err := s.store.Session(ctx, hashOf(token), s.now())
	if errors.Is(err, ErrNoSession) {
		return Person{}, false, nil
	}
	if err != nil {
		return Person{}, false, err
	}
	if session.Person.Guest || s.now().Sub(session.Checked) < checkInterval {
		return session.Person, true, nil
	}
	known, err := s.check(ctx, session, token)
	if err != nil || !known {
		return Person{}, false, err
	}
	return session.Person, true, nil
}

// AsGuest opens a session for a new guest.
func (s *Service) AsGuest(ctx context.Context, b Browser) (Person, *http.Cookie, error) {
	token, now := randomToken(), s.now()
	p := Person{ID: guestID(), Guest: true}
	err := s.store.AddSession(ctx, Session{Hash: hashOf(token), Person: p, Created: now, Expires: now.Add(sessionLife), Checked: now})
	if err != nil {
		return Person{}, nil, err
	}
	return p, cookie(sessionCookie, token, b.secure(), sessionLife), nil
}

// End ends the browser's session. next is where the browser has to go to end that with the provider as well, "" if nowhere.
func (s *Service) End(ctx context.Context, b Browser) (gone *http.Cookie, next string, err error) {
	gone = cookie(sessionCookie, "", b.secure(), 0)
	token := b.token()
	if token == "" {
		return gone, "", nil
	}
	session, err := s.store.Session(ctx, hashOf(token), s.now())
	if errors.Is(err, ErrNoSession) {
		return gone, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if err := s.store.RemoveSession(ctx, session.Hash); err != nil {
		return nil, "", err
	}
	if session.Sealed == nil || s.provider == nil {
		return gone, "", nil
	}
	held, err := unseal(session.Sealed, token)
	if err != nil {
		s.log.Warn("a session ended at this node only", "error", err)
		return gone, "", nil
	}
	return gone, s.provider.end(ctx, held, b.Base, s.log), nil
}

// check asks the provider for new tokens, which it gives only for a person it still lets in, and keeps them: a refresh token may
// be good for one use. One of concurrent requests asks; the others go on with what was known.
func (s *Service) check(ctx context.Context, session Session, token string) (known bool, err error) {
	if session.Sealed == nil || s.provider == nil {
		return true, nil
	}
	now := s.now()
	claimed, err := s.store.ClaimCheck(ctx, session.Hash, session.Checked, now)
	if err != nil {
		return false, err
	}
	if !claimed {
		return true, nil
	}
	held, err := unseal(session.Sealed, token)
	if err != nil {
		return false, err
	}
	if held.RefreshToken == "" {
		return true, nil
	}
	// What the provider answers is kept even if the browser has gone: the old refresh token may be spent.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), providerTimeout)
	defer cancel()
	renewed, err := s.provider.renew(ctx, held, session.Person.ID)
	switch {
	case errors.Is(err, errRefused):
		s.log.Info("the provider no longer lets a person in", "person", session.Person.ID)
		return false, s.store.RemoveSession(ctx, session.Hash)
	case err != nil:
		s.log.Warn("the OpenID provider did not say whether it still knows a person", "error", err)
		return true, s.store.Renew(ctx, session.Hash, now.Add(retryInterval-checkInterval), nil)
	}
	sealed, err := renewed.seal(token)
	if err != nil {
		return false, err
	}
	return true, s.store.Renew(ctx, session.Hash, now, sealed)
}
