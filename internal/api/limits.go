package api

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/openconfab/confab/internal/ratelimit"
)

// Limits of requests. Those who are limited are told when to ask again.
const (
	// maxBody bounds a request's body, in bytes; the largest that means something is a few hundred.
	maxBody = 16 << 10
	// bodyTimeout bounds how long it may take to arrive.
	bodyTimeout = 5 * time.Second
	// maxLimited bounds how many addresses, keys and people are remembered, each some hundred bytes.
	maxLimited = 100_000
)

// Limits are how often requests are answered. The zero value of one stands for that of DefaultLimits.
type Limits struct {
	// Address limits all requests of one IPv4 address or IPv6 /64, those of people who share it included.
	Address ratelimit.Rate
	// Key limits an API key, Person one person or guest.
	Key, Person ratelimit.Rate
	// Guess limits how often one address may name what is not there, meetings and API keys. Who knows an invitation does not guess.
	Guess ratelimit.Rate
	// Guests limits how often one address becomes a new guest, SignIn how often it begins to sign in.
	Guests, SignIn ratelimit.Rate
}

// DefaultLimits are those of a node that does not say otherwise. An office behind one address has some hundred people.
func DefaultLimits() Limits {
	return Limits{
		Address: ratelimit.Rate{PerMinute: 1200, Burst: 600},
		Key:     ratelimit.Rate{PerMinute: 6000, Burst: 1000},
		Person:  ratelimit.Rate{PerMinute: 120, Burst: 60},
		Guess:   ratelimit.Rate{PerMinute: 30, Burst: 60},
		Guests:  ratelimit.Rate{PerMinute: 60, Burst: 120},
		SignIn:  ratelimit.Rate{PerMinute: 60, Burst: 120},
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, pair := range []struct{ have, otherwise *ratelimit.Rate }{
		{&l.Address, &d.Address},
		{&l.Key, &d.Key},
		{&l.Person, &d.Person},
		{&l.Guess, &d.Guess},
		{&l.Guests, &d.Guests},
		{&l.SignIn, &d.SignIn},
	} {
		if *pair.have == (ratelimit.Rate{}) {
			*pair.have = *pair.otherwise
		}
	}
	return l
}

// limiters hold the buckets of Limits.
type limiters struct {
	address, guess, guests, signIn *ratelimit.Limiter[netip.Addr]
	key, person                    *ratelimit.Limiter[string]
}

func newLimiters(l Limits) *limiters {
	return &limiters{
		address: ratelimit.New[netip.Addr](l.Address, maxLimited),
		guess:   ratelimit.New[netip.Addr](l.Guess, maxLimited),
		guests:  ratelimit.New[netip.Addr](l.Guests, maxLimited),
		signIn:  ratelimit.New[netip.Addr](l.SignIn, maxLimited),
		key:     ratelimit.New[string](l.Key, maxLimited),
		person:  ratelimit.New[string](l.Person, maxLimited),
	}
}

// limited refuses requests of addresses that send too many, or that guess.
func (a *API) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, now := a.address(r), a.now()
		if wait, ok := a.limiters.address.Take(from, now); !ok {
			tooMany("this address", wait).write(w)
			return
		}
		if wait, empty := a.limiters.guess.Empty(from, now); empty {
			tooMany("this address, for meetings that are not there,", wait).write(w)
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		wrongKey := seen.status == http.StatusUnauthorized && r.Header.Get("Authorization") != ""
		if seen.status == http.StatusNotFound || wrongKey {
			a.limiters.guess.Take(from, now)
		}
	})
}

func tooMany(who string, wait time.Duration) *Problem {
	return problem(http.StatusTooManyRequests, codeRateLimited, "too many requests of "+who+" in a short time: wait as long as Retry-After says").
		retryAfter(wait)
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
