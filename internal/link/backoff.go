package link

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	retryFirst   = 250 * time.Millisecond
	retryMost    = 2 * time.Second
	upgradeFirst = 10 * time.Second
	upgradeMost  = 5 * time.Minute
)

// backoff gives waiting times that double up to a bound, each shortened by up to half at random.
type backoff struct{ first, most, wait time.Duration }

func newBackoff(first, most time.Duration) *backoff { return &backoff{first, most, first} }

func (b *backoff) next() time.Duration {
	wait := b.wait
	b.wait = min(2*wait, b.most)
	return wait - time.Duration(rand.Int64N(int64(wait/2)))
}

func (b *backoff) reset() { b.wait = b.first }

// pause waits, and fails when ctx ends before the time is over.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
