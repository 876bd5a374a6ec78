package iggy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	// maxBatch and maxBatchBytes bound what one call carries, but for a single message that is larger.
	maxBatch      = 512
	maxBatchBytes = 4 << 20
)

// A writer appends messages to logs. What comes while a call is under way goes with the next.
type writer struct {
	*connection
	limit   int // bytes that wait at most
	dropped *atomic.Uint64
	wake    chan struct{}
	ending  chan struct{}

	// mu guards what follows.
	mu      sync.Mutex
	waiting []entry
	bytes   int
}

type entry struct {
	log     log
	message iggcon.IggyMessage
}

func newWriter(c *connection, limit int, dropped *atomic.Uint64) *writer {
	return &writer{connection: c, limit: limit, dropped: dropped, wake: make(chan struct{}, 1), ending: make(chan struct{})}
}

// put queues a payload for a log. It is dropped when too much waits.
func (w *writer) put(l log, payload []byte) error {
	if !w.up() {
		return backbone.ErrAway
	}
	message, err := iggcon.NewIggyMessage(payload)
	if err != nil {
		return backbone.ErrTooLarge
	}
	w.mu.Lock()
	if w.bytes+len(message.Payload) > w.limit {
		w.mu.Unlock()
		w.dropped.Add(1)
		return nil
	}
	w.waiting = append(w.waiting, entry{l, message})
	w.bytes += len(message.Payload)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
}

func (w *writer) take() []entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.waiting
	w.waiting, w.bytes = nil, 0
	return all
}

// run sends what is put until ctx ends, or until all of it is sent once ending is closed. What waits when the server goes away is
// of no use when it is back.
func (w *writer) run(ctx context.Context) {
	idle := time.NewTimer(pingAfter)
	defer idle.Stop()
	for w.await(ctx) {
		select {
		case <-w.wake:
			w.send(ctx, w.take())
		case <-idle.C:
			w.report(w.ping(ctx))
		case <-w.ending:
			w.send(ctx, w.take())
			return
		case <-ctx.Done():
			return
		}
		if !w.up() {
			w.dropped.Add(uint64(len(w.take())))
		}
		idle.Reset(pingAfter)
	}
}

// send appends entries to their logs. What fails is lost, for it may have been appended all the same.
func (w *writer) send(ctx context.Context, all []entry) {
	for _, b := range batches(all) {
		err := w.append(ctx, b)
		if missing(err) && b.log.inbox {
			// Nobody reads it.
			continue
		}
		if missing(err) {
			if err = create(ctx, w.connection, b.log); err == nil {
				err = w.append(ctx, b)
			}
		}
		if err != nil {
			w.dropped.Add(uint64(len(b.messages)))
			w.report(err)
		}
	}
}

func (w *writer) append(ctx context.Context, b *batch) error {
	_, err := call(ctx, w.connection, func(client iggcon.Client) (struct{}, error) {
		return struct{}{}, client.SendMessages(w.stream, b.log.id, iggcon.PartitionId(partition), b.messages)
	})
	return err
}

type batch struct {
	log      log
	messages []iggcon.IggyMessage
	bytes    int
}

// batches groups entries by log, in the order in which the logs occur first.
func batches(all []entry) (groups []*batch) {
	open := map[string]*batch{}
	for _, e := range all {
		b := open[e.log.name]
		if b == nil || len(b.messages) == maxBatch || b.bytes+len(e.message.Payload) > maxBatchBytes {
			b = &batch{log: e.log}
			open[e.log.name] = b
			groups = append(groups, b)
		}
		b.messages = append(b.messages, e.message)
		b.bytes += len(e.message.Payload)
	}
	return groups
}
