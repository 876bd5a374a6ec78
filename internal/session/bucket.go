package session

import "time"

// bucket limits a rate: tokens come in steadily up to burst, and may be overdrawn, for the price of waiting.
type bucket struct {
	perSecond float64
	burst     float64
	tokens    float64
	at        time.Time
}

func newBucket(perSecond, burst int, now time.Time) bucket {
	return bucket{perSecond: float64(perSecond), burst: float64(burst), tokens: float64(burst), at: now}
}

func (b *bucket) refill(now time.Time) {
	b.tokens = min(b.burst, b.tokens+now.Sub(b.at).Seconds()*b.perSecond)
	b.at = now
}

// take takes n tokens, and returns how long to wait until the debt is paid.
func (b *bucket) take(n int, now time.Time) time.Duration {
	b.refill(now)
	b.tokens -= float64(n)
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.perSecond * float64(time.Second))
}

// allow takes n tokens if they are there.
func (b *bucket) allow(n int, now time.Time) bool {
	b.refill(now)
	if b.tokens < float64(n) {
		return false
	}
	b.tokens -= float64(n)
	return true
}
