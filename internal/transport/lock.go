package transport

import "sync/atomic"

// lock is a mutex that may be held while waiting for the network. Waiting for it can be given up, and does not keep
// testing/synctest from letting time pass.
type lock struct {
	// state is free, held, or contended: held, and somebody may wait.
	state atomic.Int32
	// freed has a value when one who waits should look again.
	freed chan struct{}
}

const (
	free = iota
	held
	contended
)

func newLock() *lock { return &lock{freed: make(chan struct{}, 1)} }

func (l *lock) acquire() { l.acquireUntil(nil) }

func (l *lock) release() {
	if l.state.Swap(free) == contended {
		select {
		case l.freed <- struct{}{}:
		default:
		}
	}
}

func (l *lock) try() bool { return l.state.CompareAndSwap(free, held) }

// acquireUntil reports whether the lock was acquired before done.
func (l *lock) acquireUntil(done <-chan struct{}) bool {
	if l.try() {
		return true
	}
	// Who comes to hold it by waiting can't know whether others wait.
	for l.state.Swap(contended) != free {
		select {
		case <-l.freed:
		case <-done:
			return false
		}
	}
	return true
}
