package transport

// lock is a mutex that may be held while waiting for the network. Being a channel, waiting for it can be given up, and
// does not keep testing/synctest from letting time pass.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) acquire() { l <- struct{}{} }
func (l lock) release() { <-l }

func (l lock) try() bool {
	select {
	case l <- struct{}{}:
		return true
	default:
		return false
	}
}

// acquireUntil reports whether the lock was acquired before done.
func (l lock) acquireUntil(done <-chan struct{}) bool {
	if l.try() {
		return true
	}
	select {
	case l <- struct{}{}:
		return true
	case <-done:
		return false
	}
}
