package transport

import (
	"net"
	"sync"
	"syscall"
)

// A spillConn is a TCP connection that can be written to without waiting: what the network does not take at once is kept,
// for one who may wait. TLS above it need not know. It may be used concurrently.
type spillConn struct {
	*net.TCPConn
	raw syscall.RawConn
	// attempt writes pair as far as the network takes it. It is made once, so that writing allocates nothing.
	attempt func(fd uintptr)

	// mu guards what follows. It is held while writing, as the connection's own lock is.
	mu sync.Mutex
	// eager: Write does not wait, and does not fail.
	eager bool
	// kept was written by a caller, and not taken by the network.
	kept   []byte
	pair   [2][]byte
	taken  int
	vector net.Buffers
}

// newSpillConn returns conn with a way to write without waiting, or nil if that is not to be had.
func newSpillConn(conn *net.TCPConn) *spillConn {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	c := &spillConn{TCPConn: conn, raw: raw}
	c.attempt = func(fd uintptr) { c.taken = writeAtOnce(int(fd), c.pair[:]) }
	return c
}

// spillOf returns the spillConn that conn is, or is wrapped around, or nil.
func spillOf(conn net.Conn) *spillConn {
	for {
		switch c := conn.(type) {
		case *spillConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// NetConn returns the connection beneath, for socket options.
func (c *spillConn) NetConn() net.Conn { return c.TCPConn }

// Write implements net.Conn.
func (c *spillConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.eager {
		c.try(b, nil)
		return len(b), nil
	}
	if err := c.drain(); err != nil {
		return 0, err
	}
	return c.TCPConn.Write(b)
}

// writePair writes one after the other by one system call, and waits for as long as that takes.
func (c *spillConn) writePair(head, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.drain(); err != nil {
		return err
	}
	if len(body) == 0 {
		_, err := c.TCPConn.Write(head)
		return err
	}
	c.pair = [2][]byte{head, body}
	c.vector = c.pair[:]
	_, err := c.vector.WriteTo(c.TCPConn)
	c.pair = [2][]byte{}
	return err
}

// tryPair writes one after the other as far as that needs no waiting, and reports whether something is kept.
func (c *spillConn) tryPair(head, body []byte) (stuck bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.try(head, body)
	return len(c.kept) > 0
}

// try writes what the network takes, and keeps the rest. What fails is kept as well: it will fail for one who waits.
func (c *spillConn) try(head, body []byte) {
	if len(c.kept) == 0 {
		c.pair, c.taken = [2][]byte{head, body}, 0
		// Fails only when nothing was written. Not raw.Write, which prepares for waiting.
		_ = c.raw.Control(c.attempt)
		c.pair = [2][]byte{}
		n := min(c.taken, len(head))
		head, body = head[n:], body[c.taken-n:]
	}
	c.kept = append(append(c.kept, head...), body...)
}

// drain writes what was kept, and waits for as long as that takes.
func (c *spillConn) drain() error {
	if len(c.kept) == 0 {
		return nil
	}
	kept := c.kept
	c.kept = nil
	_, err := c.TCPConn.Write(kept)
	return err
}

// setEager has what is written from now on not wait, or wait again.
func (c *spillConn) setEager(eager bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = eager
}

// stuck reports whether something is kept.
func (c *spillConn) stuck() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.kept) > 0
}

// settle ends being eager, and waits until nothing is kept.
func (c *spillConn) settle() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = false
	return c.drain()
}

// Listener returns l with connections that a node can write to without waiting for their network, also by TLS on top of
// them. Without it that is possible only without TLS.
func Listener(l net.Listener) net.Listener { return spillListener{l} }

type spillListener struct{ net.Listener }

// Accept implements net.Listener.
func (l spillListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		if c := newSpillConn(tcp); c != nil {
			return c, err
		}
	}
	return conn, err
}
