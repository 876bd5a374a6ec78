package bench

import "sync"

// counter counts down to zero. It is safe for concurrent use.
type counter struct {
	mu      sync.Mutex
	n       int
	waiting chan struct{}
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
	if c.n == 0 && c.waiting != nil {
		close(c.waiting)
		c.waiting = nil
	}
}

func (c *counter) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// zero returns a channel that is closed when the counter is zero.
func (c *counter) zero() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = make(chan struct{})
	}
	reached := c.waiting
	if c.n == 0 {
		close(c.waiting)
		c.waiting = nil
	}
	return reached
}
