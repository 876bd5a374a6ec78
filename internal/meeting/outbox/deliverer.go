package outbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lanes are delivered at the same time to one endpoint.
	lanes = 16
	// attemptTimeout bounds one attempt, lease the claim of it; the rest is for the queue.
	attemptTimeout = 10 * time.Second
	lease          = 30 * time.Second
	// queueTimeout bounds one access to the queue.
	queueTimeout = 5 * time.Second
	// pollInterval is how often the queue is asked for what another node has put there, or what has to be tried again.
	pollInterval = time.Second
)

// DefaultMaxAge is how long a message is tried to be delivered.
const DefaultMaxAge = 3 * 24 * time.Hour

// Config configures a Deliverer.
type Config struct {
	Queue     Queue
	Endpoints []Endpoint
	// MaxAge is how long a message is tried to be delivered before it becomes a dead letter. 0 stands for DefaultMaxAge.
	MaxAge time.Duration
	// Logger gets what nobody is told otherwise. Nil discards it.
	Logger *slog.Logger
	// Now is the clock, nil: the system's.
	Now func() time.Time
}

// A Deliverer sends webhooks. It is safe for concurrent use.
type Deliverer struct {
	config Config
	log    *slog.Logger
	client *http.Client
	// worker names this process in claims.
	worker string
	// wake has one channel for each endpoint.
	wake []chan struct{}

	delivered, failed, dead atomic.Uint64
}

// Stats count what a Deliverer has done.
type Stats struct {
	// Delivered messages were accepted, Failed attempts were not, Dead messages were given up.
	Delivered, Failed, Dead uint64
}

// New returns a Deliverer, or an error that says which endpoint is wrong.
func New(c Config) (*Deliverer, error) {
	seen := map[string]bool{}
	for _, e := range c.Endpoints {
		if err := e.Validate(); err != nil {
			return nil, err
		}
		if seen[e.ID()] {
			return nil, fmt.Errorf("a webhook endpoint is given twice: give each once")
		}
		seen[e.ID()] = true
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = lanes
	transport.DisableCompression = true
	d := &Deliverer{
		config: c, log: c.Logger, worker: rand.Text(),
		client: &http.Client{
			Timeout: attemptTimeout, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	for range c.Endpoints {
		d.wake = append(d.wake, make(chan struct{}, 1))
	}
	return d, nil
}

// Stats returns the counters.
func (d *Deliverer) Stats() Stats {
	return Stats{Delivered: d.delivered.Load(), Failed: d.failed.Load(), Dead: d.dead.Load()}
}

// Wake says that there is something to deliver, which is found anyway, but later. It never blocks.
func (d *Deliverer) Wake() {
	for _, w := range d.wake {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Run delivers until the context ends. It is called once.
func (d *Deliverer) Run(ctx context.Context) {
	var work sync.WaitGroup
	for i, e := range d.config.Endpoints {
		work.Go(func() { d.serve(ctx, e, d.wake[i]) })
	}
	work.Wait()
	d.client.CloseIdleConnections()
}

// serve delivers to one endpoint, so that no other waits for it.
func (d *Deliverer) serve(ctx context.Context, e Endpoint, wake <-chan struct{}) {
	var work sync.WaitGroup
	defer work.Wait()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	done := make(chan struct{}, lanes)
	free := lanes
	for {
		claims, err := d.claim(ctx, e, free)
		if err != nil && ctx.Err() == nil {
			d.log.Warn("webhooks: the queue can't be read", "error", err)
		}
		free -= len(claims)
		for _, c := range claims {
			work.Go(func() {
				d.deliver(ctx, e, c)
				done <- struct{}{}
			})
		}
		select {
		case <-done:
			free++
		case <-wake:
		case <-poll.C:
		case <-ctx.Done():
			return
		}
		for len(done) > 0 {
			<-done
			free++
		}
	}
}

func (d *Deliverer) claim(ctx context.Context, e Endpoint, limit int) ([]Claim, error) {
	if limit == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	now := d.config.Now()
	return d.config.Queue.Claim(ctx, e.ID(), d.worker, now, now.Add(lease), limit)
}
