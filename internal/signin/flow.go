package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// flowLife is how long a person may take at the provider.
const flowLife = 15 * time.Minute

// maxReturn bounds the path to return to, in bytes, for it travels in a cookie.
const maxReturn = 1024

// Errors of signing in. What a person may be told is in their text.
var (
	// ErrNoProvider: the node has no provider.
	ErrNoProvider = errors.New("this node has no OpenID provider to sign in with")
	// ErrProvider: the provider did not do what it should; the log says more.
	ErrProvider = errors.New("the OpenID provider does not answer as it should: try again later")
	// ErrFlow: the answer does not belong to a sign-in that this browser has begun, or that was too long ago.
	ErrFlow = errors.New("this browser has not begun to sign in, or that was too long ago: sign in again")
	// ErrDenied: the provider, or the person there, refused.
	ErrDenied = errors.New("the OpenID provider did not let you in")
	// ErrReturn: the path to return to is none of this node.
	ErrReturn = errors.New("the place to return to must be a path of this node, such as /m/room")
)

// A flow is one sign-in that a browser has begun, kept in a cookie until the provider sends the browser back.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Return   string `json:"r"`
}

// Begin sends a browser to the provider: to the address it returns, with the cookie. back is the path that the browser returns to.
func (s *Service) Begin(ctx context.Context, b Browser, back string) (to string, c *http.Cookie, err error) {
	if s.provider == nil {
		return "", nil, ErrNoProvider
	}
	if !localPath(back) {
		return "", nil, ErrReturn
	}
	f := flow{State: randomToken(), Nonce: randomToken(), Verifier: oauth2.GenerateVerifier(), Return: back}
	to, err = s.provider.begin(ctx, f, b.Base)
	if err != nil {
		s.log.Error("no sign-in", "error", err)
		return "", nil, ErrProvider
	}
	text, err := json.Marshal(f)
	if err != nil {
		return "", nil, err
	}
	return to, cookie(flowCookie, base64.RawURLEncoding.EncodeToString(text), b.secure(), flowLife), nil
}

// localPath reports whether back is a path of this node. A second slash or a backslash would make browsers take what follows for a
// host.
func localPath(back string) bool {
	if len(back) > maxReturn || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t") {
		return false
	}
	u, err := url.Parse(back)
	return err == nil && u.Host == "" && u.Scheme == ""
}

// Finish ends a sign-in that Begin began, with the query that the provider sent the browser back with. It replaces the
// browser's session; what that of a guest had becomes the person's. back is the path to return to; with an error it is "/" or where the person came from.
func (s *Service) Finish(ctx context.Context, b Browser, query url.Values) (cookies []*http.Cookie, back string, err error) {
	cookies = []*http.Cookie{cookie(flowCookie, "", b.secure(), 0)}
	if s.provider == nil {
		return nil, "/", ErrNoProvider
	}
	f, err := readFlow(cookieValue(b.Request, flowCookie, b.secure()))
	if err != nil || subtle.ConstantTimeCompare([]byte(f.State), []byte(query.Get("state"))) != 1 {
		return cookies, "/", ErrFlow
	}
	if refusal := query.Get("error"); refusal != "" {
		s.log.Info("the OpenID provider refused a sign-in", "reason", refusal)
		return cookies, f.Return, ErrDenied
	}
	p, held, err := s.provider.finish(ctx, f, query.Get("code"), b.Base)
	if err != nil {
		s.log.Error("no sign-in", "error", err)
		return cookies, f.Return, ErrProvider
	}
	c, err := s.open(ctx, b, p, held)
	if err != nil {
		return nil, "/", err
	}
	return append(cookies, c), f.Return, nil
}

func readFlow(value string) (f flow, err error) {
	text, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, err
	}
	if f.State == "" || !localPath(f.Return) {
		return f, ErrFlow
	}
	return f, nil
}

// open replaces the browser's session by one of p. Its token is new, so that nobody can have put it there before.
func (s *Service) open(ctx context.Context, b Browser, p Person, held issued) (*http.Cookie, error) {
	if err := s.replace(ctx, b.token(), p); err != nil {
		return nil, err
	}
	token, now := randomToken(), s.now()
	sealed, err := held.seal(token)
	if err != nil {
		return nil, err
	}
	life := sessionLife
	if held.RefreshToken == "" {
		life = uncheckedLife
	}
	err = s.store.AddSession(ctx, Session{
		Hash: hashOf(token), Person: p, Created: now, Expires: now.Add(life), Checked: now, Sealed: sealed,
	})
	if err != nil {
		return nil, err
	}
	return cookie(sessionCookie, token, b.secure(), life), nil
}

// replace ends the session of a browser that p has signed in with.
func (s *Service) replace(ctx context.Context, token string, p Person) error {
	if token == "" {
		return nil
	}
	old, err := s.store.Session(ctx, hashOf(token), s.now())
	switch {
	case errors.Is(err, ErrNoSession):
		return nil
	case err != nil:
		return err
	}
	if old.Person.Guest {
		if err := s.adopt(ctx, old.Person.ID, p.ID); err != nil {
			return err
		}
	}
	return s.store.RemoveSession(ctx, old.Hash)
}
