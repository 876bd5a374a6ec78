package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/signin"
	"github.com/openconfab/confab/token"
)

// A visit is one request and who makes it: a back end, a person or a guest, or nobody known.
type visit struct {
	context.Context

	caller  meeting.Caller
	person  signin.Person // of a browser with a session
	browser signin.Browser
	from    netip.Addr
}

// known reports whether it is clear who calls.
func (v *visit) known() bool { return v.caller != (meeting.Caller{}) }

func (v *visit) owner() meeting.Owner {
	return meeting.Owner{Key: v.caller.Key, Person: v.caller.Person}
}

// be makes a person the caller.
func (v *visit) be(p signin.Person) {
	v.person = p
	v.caller = meeting.Caller{Person: p.ID, Guest: p.Guest, Name: p.Name}
}

type visitKey struct{}

// identify finds out who calls, and refuses those who call too often. It runs before a body is read.
func (a *API) identify(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	v := &visit{Context: ctx.Context(), browser: signin.Browser{Request: r, Base: a.base(r)}, from: a.address(r)}
	if p := a.recognize(v, r); p != nil {
		p.write(w)
		return
	}
	next(huma.WithValue(ctx, visitKey{}, v))
}

func (a *API) recognize(v *visit, r *http.Request) *Problem {
	now := a.now()
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		id, ok := a.keys.check(authorization)
		if !ok {
			return problem(http.StatusUnauthorized, codeUnauthorized, "the API key is not known here: send Authorization: Bearer ID:SECRET")
		}
		v.caller = meeting.Caller{Key: id}
		if wait, ok := a.limiters.key.Take(id, now); !ok {
			return tooMany("this API key", wait)
		}
		return nil
	}
	person, ok, err := a.signIn.Person(v, v.browser)
	if err != nil {
		return a.problemOf(v, err)
	}
	if !ok {
		return nil
	}
	v.be(person)
	if wait, ok := a.limiters.person.Take(person.ID, now); !ok {
		return tooMany("this person", wait)
	}
	return nil
}

// keyring holds hashes of API keys, so that comparing takes the same time whatever is sent.
type keyring map[string][sha256.Size]byte

func newKeyring(keys map[string]token.Key) keyring {
	k := make(keyring, len(keys))
	for id, key := range keys {
		k[id] = sha256.Sum256([]byte(key.Secret))
	}
	return k
}

// check reads Authorization: Bearer ID:SECRET.
func (k keyring) check(authorization string) (id string, ok bool) {
	scheme, credentials, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	id, secret, _ := strings.Cut(strings.TrimSpace(credentials), ":")
	want, known := k[id]
	have := sha256.Sum256([]byte(secret))
	return id, subtle.ConstantTimeCompare(have[:], want[:]) == 1 && known
}
