package outbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/webhook"
)

const (
	// firstWait and longestWait bound how long a message waits after it was not accepted; it doubles in between.
	firstWait, longestWait = time.Second, 5 * time.Minute
	// maxAnswer bounds how much of an answer is read, so that the connection can be used again.
	maxAnswer = 64 << 10
)

// deliver tries once, and tells the queue how it went even when the node is stopping.
func (d *Deliverer) deliver(ctx context.Context, e Endpoint, c Claim) {
	sent := d.post(ctx, e, c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	if err := d.settle(ctx, c, sent, d.config.Now()); err != nil {
		d.log.Warn("webhooks: the queue does not know how an attempt went; it will be repeated", "id", c.ID, "error", err)
	}
}

// settle counts an attempt when the queue knows of it.
func (d *Deliverer) settle(ctx context.Context, c Claim, sent error, now time.Time) error {
	if sent == nil {
		return count(d.config.Queue.Delivered(ctx, c, now), &d.delivered)
	}
	if now.Sub(c.At) > d.config.MaxAge {
		d.log.Error("webhooks: given up", "endpoint", c.Endpoint, "id", c.ID, "room", c.Room, "attempts", c.Attempt, "error", sent)
		return count(d.config.Queue.Bury(ctx, c, now), &d.failed, &d.dead)
	}
	wait := backoff(c.Attempt)
	d.log.Warn("webhooks: not delivered", "endpoint", c.Endpoint, "id", c.ID, "attempt", c.Attempt, "again in", wait, "error", sent)
	return count(d.config.Queue.Failed(ctx, c, now.Add(wait)), &d.failed)
}

func count(err error, counters ...*atomic.Uint64) error {
	if err == nil {
		for _, c := range counters {
			c.Add(1)
		}
	}
	return err
}

// backoff returns how long to wait after an attempt: half of it by chance, so that a receiver that comes back is not met by all at
// once.
func backoff(attempt int) time.Duration {
	wait := longestWait
	if shift := attempt - 1; shift < 16 {
		wait = min(firstWait<<shift, longestWait)
	}
	return wait/2 + rand.N(wait/2)
}

// post returns nil when the endpoint has accepted the message.
func (d *Deliverer) post(ctx context.Context, e Endpoint, c Claim) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(c.Payload))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "confab")
	r.Header.Set(webhook.HeaderAttempt, strconv.Itoa(c.Attempt))
	if err := e.Secret.Sign(r.Header, c.ID, d.config.Now(), c.Payload); err != nil {
		return err
	}
	res, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("it answered %s", res.Status)
	}
	return nil
}
