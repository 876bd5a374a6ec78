// Package ratelimit bounds how often each of many may do something: addresses, API keys, people.
package ratelimit

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Rate is how often one may do something: Burst times at once, and PerMinute times a minute in the long run. The zero Rate
// permits nothing.
type Rate struct {
	PerMinute float64
	Burst     int
}

// A Limiter keeps a token bucket for each K. It remembers those that were seen last, so that its memory is bounded: whoever is
// forgotten begins with a full bucket. It is safe for concurrent use.
type Limiter[K comparable] struct {
	rate Rate
	max  int

	mu      sync.Mutex
	buckets map[K]*list.Element // of *bucket[K]
	recent  *list.List          // the most recent first
}

type bucket[K comparable] struct {
	who   K
	limit *rate.Limiter
}

// New returns a Limiter that remembers max of those it limits.
func New[K comparable](r Rate, max int) *Limiter[K] {
	return &Limiter[K]{rate: r, max: max, buckets: make(map[K]*list.Element), recent: list.New()}
}

// Take takes one from who's bucket at the time now. If there is none, it takes nothing and returns how long it is until there is.
func (l *Limiter[K]) Take(who K, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.bucket(who)
	if limit.AllowN(now, 1) {
		return 0, true
	}
	return l.untilOne(limit, now), false
}

// Empty reports whether who's bucket has nothing to take at the time now, and how long it is until it has.
func (l *Limiter[K]) Empty(who K, now time.Time) (wait time.Duration, empty bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.buckets[who]
	if !known {
		return 0, false
	}
	limit := e.Value.(*bucket[K]).limit
	if limit.TokensAt(now) >= 1 {
		return 0, false
	}
	return l.untilOne(limit, now), true
}

func (l *Limiter[K]) untilOne(limit *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - limit.TokensAt(now)
	return time.Duration(missing / l.rate.PerMinute * float64(time.Minute))
}

func (l *Limiter[K]) bucket(who K) *rate.Limiter {
	if e, known := l.buckets[who]; known {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket[K]).limit
	}
	if len(l.buckets) >= l.max {
		oldest := l.recent.Back()
		delete(l.buckets, l.recent.Remove(oldest).(*bucket[K]).who)
	}
	b := &bucket[K]{who: who, limit: rate.NewLimiter(rate.Limit(l.rate.PerMinute/60), l.rate.Burst)}
	l.buckets[who] = l.recent.PushFront(b)
	return b.limit
}
