package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/signin"
	"github.com/openconfab/confab/token"
)

// Version is that of the API: it goes up when something is added.
const Version = "1.0"

//go:embed description.txt
var description string

// Config makes an API. Meetings, SignIn, Base and Address are required.
type Config struct {
	Meetings *meeting.Service
	SignIn   *signin.Service
	// Keys are the API keys of back ends.
	Keys map[string]token.Key
	// GuestsCreate lets people without an account make meetings.
	GuestsCreate bool
	// AudioLevels is that setting of meetings that do not say otherwise.
	AudioLevels bool
	// Base returns the address at which people reach the node that a request came to: scheme and host.
	Base func(*http.Request) *url.URL
	// Address returns where a request came from, as limits count it.
	Address func(*http.Request) netip.Addr
	// Origins are those of the node's own pages that differ from what requests name, as behind a proxy.
	Origins []string
	Limits  Limits
	// Now: nil for time.Now.
	Now func() time.Time
	// Logger: nil logs nothing.
	Logger *slog.Logger
}

// An API answers requests under /v1 and /docs/api. It is safe for concurrent use.
type API struct {
	meetings     *meeting.Service
	signIn       *signin.Service
	keys         keyring
	guestsCreate bool
	audioLevels  bool
	base         func(*http.Request) *url.URL
	address      func(*http.Request) netip.Addr
	limiters     *limiters
	now          func() time.Time
	log          *slog.Logger
	huma         huma.API
	handler      http.Handler
}

// New returns an API.
func New(c Config) (*API, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{
		meetings: c.Meetings, signIn: c.SignIn, keys: newKeyring(c.Keys), guestsCreate: c.GuestsCreate, audioLevels: c.AudioLevels,
		base: c.Base, address: c.Address, limiters: newLimiters(c.Limits.withDefaults()), now: c.Now, log: c.Logger,
	}
	mux := http.NewServeMux()
	a.huma = humago.New(mux, humaConfig())
	a.huma.UseMiddleware(a.identify)
	for _, add := range []func(){
		a.registerCreate, a.registerManage, a.registerJoin, a.registerPeople, a.registerRoles, a.registerRecords, a.registerTraces, a.registerMe,
		a.registerSignIn,
	} {
		add()
	}
	a.documentWebhooks()
	if err := serveDocs(mux, a.huma.OpenAPI()); err != nil {
		return nil, err
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(http.StatusNotFound, codeNotFound, "there is no "+r.Method+" at this address: see "+DocsPath).write(w)
	})
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(http.StatusForbidden, codeCrossOrigin, "pages of other sites may not do this: let your back end do it, with an API key").write(w)
	}))
	for _, origin := range c.Origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	a.handler = a.limited(uncached(protection.Handler(mux)))
	return a, nil
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// uncached keeps answers, which depend on who asks, out of caches.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// Groups of operations in the documentation.
const (
	tagMeetings = "Meetings"
	tagPeople   = "People in a meeting"
	tagRecords  = "Records"
	tagMe       = "Me"
	tagSignIn   = "Signing in"
	tagWebhooks = "Webhooks"
)

// Names of the two ways to say who calls.
const (
	byKey     = "key"
	bySession = "session"
)

func humaConfig() huma.Config {
	c := huma.DefaultConfig("Confab API", Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = openAPIPath, "", ""
	c.CreateHooks = nil
	c.RejectUnknownQueryParameters = true
	c.Info.Description = description
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Tags = []*huma.Tag{
		{Name: tagMeetings, Description: "A meeting's id is the name of its room. Who knows the id has the invitation, apart from the secret that encrypts the meeting, which is made in a browser and goes from person to person in the link."},
		{Name: tagPeople, Description: "Who is in a meeting or waits to enter, and what its hosts do about that. It takes effect at once, on whichever node people are."},
		{Name: tagRecords, Description: "What has happened in a meeting."},
		{Name: tagMe, Description: "What a browser's session knows of the one who uses it."},
		{Name: tagSignIn, Description: "For pages of this node: how a browser gets a session of a person."},
		{Name: tagWebhooks, Description: "What a node tells others, by a POST to each `--webhook-url`, as Standard Webhooks (https://www.standardwebhooks.com) has it. Every event is sent at least once, until it is received, and those of one meeting in the order in which they happened. `confab webhook listen` shows them; package `webhook` verifies them."},
	}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		byKey: {
			Type: "http", Scheme: "bearer", BearerFormat: "id:secret",
			Description: "An API key: its id, a colon, and its secret. For back ends only: whoever has it controls all their meetings.",
		},
		bySession: {
			Type: "apiKey", In: "cookie", Name: "__Host-confab-session",
			Description: "A browser's session, set by the node. Over plain HTTP, for development, its name is without the prefix.",
		},
	}
	return c
}

// who may call an operation.
type who int

const (
	anybody   who = iota
	anyCaller     // a back end, or a browser with a session
	aBackEnd      // one with an API key
	aBrowser      // one with a session
)

// register adds an operation, with what all have: who may call it, limits, errors.
func register[I, O any](a *API, op huma.Operation, may who, handler func(*visit, *I) (*O, error)) {
	op.MaxBodyBytes = maxBody
	op.BodyReadTimeout = bodyTimeout
	switch may {
	case anyCaller:
		op.Security = []map[string][]string{{byKey: {}}, {bySession: {}}}
	case aBackEnd:
		op.Security = []map[string][]string{{byKey: {}}}
	case aBrowser:
		op.Security = []map[string][]string{{bySession: {}}}
	case anybody:
		op.Security = []map[string][]string{{}, {byKey: {}}, {bySession: {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		arrived := *ctx.Value(visitKey{}).(*visit)
		v := &arrived
		v.Context = ctx
		if may == anyCaller && !v.known() || may == aBackEnd && v.caller.Key == "" || may == aBrowser && v.caller.Person == "" {
			return nil, problem(http.StatusUnauthorized, codeUnauthorized, "say who you are: with an API key, or with a session of this browser")
		}
		out, err := handler(v, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}
