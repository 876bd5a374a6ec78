// Command provider is an OpenID provider for tests: the example provider of zitadel/oidc, whose keys can be rotated and which can
// shut its people out. It prints its issuer and serves until its standard input ends.
//
//	POST /test/node?address=   lets a node sign people in
//	POST /test/rotate          replaces the key that signs; the former one is forgotten
//	POST /test/shut-out        refuses every refresh token from now on
//	POST /test/refreshes       answers how many refresh tokens were exchanged
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func main() {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		log.Fatal(err)
	}
	issuer := fmt.Sprintf("http://localhost:%d/", l.Addr().(*net.TCPAddr).Port)
	s := &provider{Storage: storage.NewStorage(storage.NewUserStore(issuer))}
	s.rotate()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /test/node", func(_ http.ResponseWriter, r *http.Request) {
		node := r.FormValue("address")
		s.home.Store(&node)
		storage.RegisterClients(storage.WebClient("confab", "provider-secret", node+"/v1/sign-in/callback"))
	})
	mux.HandleFunc("POST /test/rotate", func(http.ResponseWriter, *http.Request) { s.rotate() })
	mux.HandleFunc("POST /test/shut-out", func(http.ResponseWriter, *http.Request) { s.shut.Store(true) })
	mux.HandleFunc("POST /test/refreshes", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s.refreshes.Load()) })
	mux.Handle("/", exampleop.SetupServer(issuer, s, slog.New(slog.DiscardHandler), false))
	go func() { log.Fatal(http.Serve(l, mux)) }()

	fmt.Println(issuer)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		log.Fatal(err)
	}
}

// provider adds what the example does not do.
type provider struct {
	*storage.Storage

	home      atomic.Pointer[string] // where people may be sent after they have signed out
	shut      atomic.Bool
	refreshes atomic.Int64

	mu  sync.Mutex
	key signingKey
}

func (p *provider) rotate() {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = signingKey{id: rand.Text(), key: k}
}

// SigningKey implements op.Storage.
func (p *provider) SigningKey(context.Context) (op.SigningKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key, nil
}

// KeySet implements op.Storage.
func (p *provider) KeySet(context.Context) ([]op.Key, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return []op.Key{publicKey{p.key}}, nil
}

// TokenRequestByRefreshToken implements op.Storage.
func (p *provider) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	if p.shut.Load() {
		return nil, errors.New("shut out")
	}
	p.refreshes.Add(1)
	return p.Storage.TokenRequestByRefreshToken(ctx, token)
}

// GetClientByClientID implements op.Storage.
func (p *provider) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := p.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{c, *p.home.Load() + "/"}, nil
}

type client struct {
	op.Client

	home string
}

// PostLogoutRedirectURIs implements op.Client.
func (c client) PostLogoutRedirectURIs() []string { return []string{c.home} }

type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

// ID implements op.SigningKey and op.Key.
func (k signingKey) ID() string { return k.id }

// SignatureAlgorithm implements op.SigningKey.
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Key implements op.SigningKey.
func (k signingKey) Key() any { return k.key }

type publicKey struct{ signingKey }

// Algorithm implements op.Key.
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Use implements op.Key.
func (k publicKey) Use() string { return "sig" }

// Key implements op.Key.
func (k publicKey) Key() any { return &k.key.PublicKey }
