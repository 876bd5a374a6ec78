package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// CallbackPath is where a provider sends browsers back to. Register it with the provider, after the address of the node.
const CallbackPath = "/v1/sign-in/callback"

// providerTimeout bounds every request to a provider.
const providerTimeout = 10 * time.Second

// errRefused: the provider no longer accepts what it had issued.
var errRefused = errors.New("the OpenID provider no longer lets the person in")

// ProviderConfig names an OpenID provider and what it knows this node by.
type ProviderConfig struct {
	// Issuer is the provider's address, exactly as it names itself, such as https://accounts.example.com.
	Issuer       string
	ClientID     string
	ClientSecret string
}

// A Provider is an OpenID Connect provider. What it says of itself is read when it is first needed, so that a node starts without
// it. It is safe for concurrent use.
type Provider struct {
	config ProviderConfig
	client *http.Client
	found  atomic.Pointer[discovered]
}

type discovered struct {
	*oidc.Provider

	verifier *oidc.IDTokenVerifier
	scopes   []string
	// endSession and revocation may be "".
	endSession, revocation string
}

// NewProvider returns a Provider, or says what to change in the configuration.
func NewProvider(c ProviderConfig) (*Provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("OpenID issuer %q: write it as the provider does, like https://accounts.example.com", c.Issuer)
	}
	if c.ClientID == "" {
		return nil, errors.New("an OpenID issuer needs the client id that it knows this node by")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &Provider{config: c, client: &http.Client{Timeout: providerTimeout, Transport: transport}}, nil
}

// Close closes the connections to the provider.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

// discover returns what the provider says of itself (OpenID Connect Discovery 1.0 §4).
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	if d := p.found.Load(); d != nil {
		return d, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("OpenID provider %s: %w", p.config.Issuer, err)
	}
	var more struct {
		Scopes     []string `json:"scopes_supported"`
		EndSession string   `json:"end_session_endpoint"`
		Revocation string   `json:"revocation_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fmt.Errorf("OpenID provider %s: %w", p.config.Issuer, err)
	}
	d := &discovered{
		Provider: provider, endSession: more.EndSession, revocation: more.Revocation,
		verifier: provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}),
		scopes:   []string{oidc.ScopeOpenID, "profile", "email"},
	}
	if slices.Contains(more.Scopes, oidc.ScopeOfflineAccess) {
		d.scopes = append(d.scopes, oidc.ScopeOfflineAccess)
	}
	p.found.Store(d)
	return d, nil
}

func (p *Provider) oauth(d *discovered, base *url.URL) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: d.Endpoint(), Scopes: d.scopes,
		RedirectURL: base.Scheme + "://" + base.Host + CallbackPath,
	}
}

// begin returns the address of the provider to send a browser to.
func (p *Provider) begin(ctx context.Context, f flow, base *url.URL) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(d, base).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// finish exchanges the code that a browser came back with.
func (p *Provider) finish(ctx context.Context, f flow, code string, base *url.URL) (Person, issued, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Person{}, issued{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := p.oauth(d, base).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Person{}, issued{}, withoutSecrets(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return Person{}, issued{}, fmt.Errorf("the provider's ID token: %w", err)
	}
	if id.Nonce != f.Nonce {
		return Person{}, issued{}, errors.New("the provider's ID token is for another sign-in")
	}
	person, err := p.person(ctx, d, id, tokens)
	return person, issued{IDToken: raw, RefreshToken: tokens.RefreshToken}, err
}

// person reads who an ID token is about. Some providers tell names at the UserInfo endpoint only (OpenID Connect Core §5.4).
func (p *Provider) person(ctx context.Context, d *discovered, id *oidc.IDToken, tokens *oauth2.Token) (Person, error) {
	var c claims
	if err := id.Claims(&c); err != nil {
		return Person{}, err
	}
	if c.name() == "" && d.UserInfoEndpoint() != "" {
		info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return Person{}, withoutSecrets(err)
		}
		if info.Subject != id.Subject {
			return Person{}, errors.New("the provider's UserInfo is about another person")
		}
		if err := info.Claims(&c); err != nil {
			return Person{}, err
		}
	}
	return Person{ID: personID(p.config.Issuer, id.Subject), Name: c.name(), Email: cut(c.Email)}, nil
}

// claims are the standard ones about a person (OpenID Connect Core §5.1).
type claims struct {
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
	Email             string `json:"email"`
}

func (c claims) name() string {
	if c.Name != "" {
		return cut(c.Name)
	}
	return cut(c.PreferredUsername)
}

// cut makes text fit to be shown and kept: valid, without control characters, at most MaxName bytes.
func cut(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "") {
		if r < ' ' || r == 0x7f {
			continue
		}
		if b.Len()+len(string(r)) > MaxName {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// renew exchanges a refresh token for new tokens. It fails with errRefused if the provider accepts the old one no more.
func (p *Provider) renew(ctx context.Context, held issued, person string) (issued, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return issued{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	source := p.oauth(d, &url.URL{}).TokenSource(ctx, &oauth2.Token{RefreshToken: held.RefreshToken})
	tokens, err := source.Token()
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.ErrorCode == "invalid_grant" { // RFC 6749 §5.2
		return issued{}, errRefused
	}
	if err != nil {
		return issued{}, withoutSecrets(err)
	}
	renewed := issued{IDToken: held.IDToken, RefreshToken: tokens.RefreshToken}
	if raw, ok := tokens.Extra("id_token").(string); ok {
		id, err := d.verifier.Verify(ctx, raw)
		if err != nil {
			return issued{}, fmt.Errorf("the provider's ID token: %w", err)
		}
		if personID(p.config.Issuer, id.Subject) != person {
			return issued{}, fmt.Errorf("%w: the tokens are another person's", errRefused)
		}
		renewed.IDToken = raw
	}
	return renewed, nil
}

// end gives back the refresh token (RFC 7009) and returns where to send the browser, "" if the provider knows no such place
// (OpenID Connect RP-Initiated Logout 1.0 §2).
func (p *Provider) end(ctx context.Context, held issued, base *url.URL, log *slog.Logger) string {
	d, err := p.discover(ctx)
	if err != nil {
		log.Warn("a session ended at this node only", "error", err)
		return ""
	}
	if d.revocation != "" && held.RefreshToken != "" {
		if err := p.revoke(ctx, d, held.RefreshToken); err != nil {
			log.Warn("the OpenID provider did not take a refresh token back", "error", err)
		}
	}
	to, err := url.Parse(d.endSession)
	if d.endSession == "" || err != nil {
		return ""
	}
	q := to.Query()
	q.Set("id_token_hint", held.IDToken)
	q.Set("client_id", p.config.ClientID)
	q.Set("post_logout_redirect_uri", base.Scheme+"://"+base.Host+"/")
	to.RawQuery = q.Encode()
	return to.String()
}

func (p *Provider) revoke(ctx context.Context, d *discovered, refreshToken string) error {
	form := url.Values{"token": {refreshToken}, "token_type_hint": {"refresh_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(p.config.ClientID), url.QueryEscape(p.config.ClientSecret))
	res, err := p.client.Do(req)
	if err != nil {
		return withoutSecrets(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)); err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("it answered %s", res.Status)
	}
	return nil
}

// withoutSecrets keeps the body of an answer, which may hold tokens, out of an error.
func withoutSecrets(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("the provider answered %s %s", refused.Response.Status, refused.ErrorCode)
	}
	return err
}
