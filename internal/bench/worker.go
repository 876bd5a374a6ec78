package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
)

const (
	// joinsAtATime keeps joining from being a storm where none is asked for.
	joinsAtATime = 32
	// joinTimeout is how long one join may take.
	joinTimeout = 30 * time.Second
	// settleTimeout is how long to wait for the first frame of every subscription.
	settleTimeout = 30 * time.Second
	// grace is how long after the window's end a frame may still come. Later is lost.
	grace = 2 * time.Second
	// progressInterval is how often a worker tells how far it is.
	progressInterval = time.Second
	// maxTroubles is how many errors a worker tells in words.
	maxTroubles = 5
	// workerGC trades memory for fewer collections: a generator that pauses measures itself.
	workerGC = 400
)

// worker is one process's part of a test.
type worker struct {
	job   job
	clock clock
	out   *mailer
	// streams finds those of all rooms by ID.
	streams map[uint32]workload.Stream
	// counted is the window once it is known. What is due in it is counted.
	counted atomic.Pointer[window]

	joins, firsts, lag *histogram
	latency            latencies

	joined, failed, ended atomic.Int64
	delivered             atomic.Uint64
	// unsettled is how many subscriptions have not got a frame.
	unsettled counter

	// tasks are all goroutines of participants.
	tasks sync.WaitGroup

	// mu guards what follows.
	mu         sync.Mutex
	transports map[string]int
	troubles   []string
	sent       map[uint32]sent
	received   map[workload.Path]map[uint32]tally
}

// ServeWorker does the part of a test that a coordinator orders on in, reports on out, and returns when that is done, in ends
// or ctx does. It may be called in a process of its own or beside the coordinator.
func ServeWorker(ctx context.Context, in io.Reader, out io.Writer) error {
	mail := newMailer(out)
	if err := serve(ctx, in, mail); err != nil {
		return errors.Join(err, mail.send(news{Failed: err.Error()}))
	}
	return nil
}

func serve(ctx context.Context, in io.Reader, mail *mailer) error {
	defer debug.SetGCPercent(debug.SetGCPercent(workerGC))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	orders := json.NewDecoder(in)
	var first order
	if err := orders.Decode(&first); err != nil || first.Job == nil {
		return fmt.Errorf("bench: no job came: %w", err)
	}
	w := newWorker(*first.Job, mail)
	participants, stop := context.WithCancel(ctx)
	defer w.tasks.Wait()
	defer stop()
	w.tasks.Go(func() { w.tellProgress(participants) })
	for {
		var o order
		if err := orders.Decode(&o); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("bench: reading an order: %w", err)
		}
		var answer news
		switch {
		case o.Join != "":
			answer.Joined = w.join(participants, o.Join)
		case o.Settle:
			w.settle(ctx)
			answer.Settled = true
		case o.Measure != nil:
			used := w.measure(ctx, *o.Measure)
			stop()
			w.tasks.Wait()
			answer.Result = w.result(used)
		}
		if err := mail.send(answer); err != nil {
			return fmt.Errorf("bench: answering the coordinator: %w", err)
		}
		if answer.Result != nil {
			return nil
		}
	}
}

func newWorker(j job, mail *mailer) *worker {
	w := &worker{
		job:        j,
		clock:      newClock(time.Unix(0, j.Epoch)),
		out:        mail,
		streams:    make(map[uint32]workload.Stream),
		joins:      newHistogram(),
		firsts:     newHistogram(),
		lag:        newHistogram(),
		latency:    newLatencies(),
		transports: make(map[string]int),
		sent:       make(map[uint32]sent),
		received:   make(map[workload.Path]map[uint32]tally),
	}
	for _, streams := range j.Streams {
		for _, s := range streams {
			w.streams[s.ID] = s
		}
	}
	for _, m := range j.Members {
		w.unsettled.add(w.expects(m))
	}
	return w
}

// join lets the members of a phase join, and returns when all have joined or failed to.
func (w *worker) join(ctx context.Context, who phase) *joined {
	before := joined{Joined: int(w.joined.Load()), Failed: int(w.failed.Load())}
	places := make(chan struct{}, joinsAtATime)
	if w.job.AtOnce && who == receivers {
		places = make(chan struct{}, len(w.job.Members))
	}
	var joining sync.WaitGroup
	for _, m := range w.job.Members {
		if m.phase() != who {
			continue
		}
		places <- struct{}{}
		joining.Go(func() {
			defer func() { <-places }()
			if err := w.enter(ctx, m); err != nil {
				w.failed.Add(1)
				w.unsettled.add(-w.expects(m))
				w.trouble(fmt.Errorf("joining: %w", err))
				return
			}
			w.joined.Add(1)
		})
	}
	joining.Wait()
	return &joined{
		Joined:  int(w.joined.Load()) - before.Joined,
		Failed:  int(w.failed.Load()) - before.Failed,
		Trouble: w.lastTrouble(),
	}
}

// expects returns to how many streams a member subscribes.
func (w *worker) expects(m member) int {
	if !m.Receives {
		return 0
	}
	return len(w.job.Streams[m.Room]) - len(m.Sends)
}

// settle waits until every subscription has got a frame, or will not get one soon.
func (w *worker) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	select {
	case <-w.unsettled.zero():
	case <-ctx.Done():
	}
}

// measure lets a window pass and returns what this process used in it.
func (w *worker) measure(ctx context.Context, counted window) usage {
	w.counted.Store(&counted)
	sleep(ctx, w.clock.until(counted.From))
	before := selfUsage()
	sleep(ctx, w.clock.until(counted.To))
	after := selfUsage()
	sleep(ctx, grace)
	return after.since(before)
}

func (w *worker) result(used usage) *result {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &result{
		Joined:     int(w.joined.Load()),
		Failed:     int(w.failed.Load()),
		Ended:      int(w.ended.Load()),
		Silent:     w.unsettled.left(),
		Transports: w.transports,
		Troubles:   w.troubles,
		Joins:      w.joins,
		Firsts:     w.firsts,
		Lag:        w.lag,
		Latency:    w.latency,
		Sent:       w.sent,
		Received:   w.received,
		Usage:      used,
		CPUs:       runtime.GOMAXPROCS(0),
	}
}

func (w *worker) tellProgress(ctx context.Context) {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		p := &progress{
			Joined:    int(w.joined.Load()),
			Failed:    int(w.failed.Load()),
			Waiting:   w.unsettled.left(),
			Delivered: w.delivered.Load(),
			P99:       w.latency.worst(99),
		}
		if w.out.send(news{Progress: p}) != nil {
			return // the coordinator is gone, which serve sees too
		}
	}
}

// trouble keeps an error for the report.
func (w *worker) trouble(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.troubles) < maxTroubles {
		w.troubles = append(w.troubles, err.Error())
	}
}

func (w *worker) lastTrouble() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.troubles) == 0 {
		return ""
	}
	return w.troubles[len(w.troubles)-1]
}

// sleep returns when d has passed or ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
