package client

import (
	"context"
	"iter"
	"sync"
)

// feedLimit is how much may wait for one listener.
const feedLimit = 1 << 14

// feed hands values to listeners, each of which gets all of them in order. It is safe for concurrent use.
type feed[T any] struct {
	mu        sync.Mutex
	listeners map[*listener[T]]struct{}
	// kept are values for the first listener, from before there was one, if keep is set.
	kept  []T
	keep  bool
	ended bool
	err   error
}

type listener[T any] struct {
	items []T
	wake  chan struct{}
	slow  bool
}

// send adds a value for every listener. It does not block.
func (f *feed[T]) send(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	if f.keep && len(f.kept) < feedLimit {
		f.kept = append(f.kept, v)
	}
	for l := range f.listeners {
		if len(l.items) >= feedLimit {
			l.slow = true
		} else {
			l.items = append(l.items, v)
		}
		l.rouse()
	}
}

// end ends the feed: listeners get what they have not had, then err, if it is not nil.
func (f *feed[T]) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.ended, f.err = true, err
	for l := range f.listeners {
		l.rouse()
	}
}

func (l *listener[T]) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// listen adds a listener that gets first before everything that is sent from now on.
func (f *feed[T]) listen(first []T) *listener[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := &listener[T]{items: append(first, f.kept...), wake: make(chan struct{}, 1)}
	f.kept, f.keep = nil, false
	if f.listeners == nil {
		f.listeners = map[*listener[T]]struct{}{}
	}
	f.listeners[l] = struct{}{}
	l.rouse()
	return l
}

func (f *feed[T]) forget(l *listener[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}

// take returns what a listener has not had, and whether that is all there will be.
func (f *feed[T]) take(l *listener[T]) (items []T, over bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	items = l.items
	l.items = nil
	if l.slow {
		return items, true, errSlow
	}
	return items, f.ended, f.err
}

var errSlow = invalid("the listener is too slow: it has left thousands of events or messages waiting")

// all yields values until the feed or ctx ends.
func (f *feed[T]) all(ctx context.Context, listen func() *listener[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		l := listen()
		defer f.forget(l)
		var none T
		for {
			select {
			case <-l.wake:
			case <-ctx.Done():
				yield(none, context.Cause(ctx))
				return
			}
			items, over, err := f.take(l)
			for _, v := range items {
				if !yield(v, nil) {
					return
				}
			}
			if over {
				if err != nil {
					yield(none, err)
				}
				return
			}
		}
	}
}
