package server

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// recordTypeHandshake is the first byte of every TLS connection (RFC 8446 §5.1), and of no HTTP request.
const recordTypeHandshake = 0x16

const (
	firstAcceptDelay = 5 * time.Millisecond
	maxAcceptDelay   = time.Second
)

// A splitListener accepts TLS and plain connections on one port: it looks at the first byte of each. TLS connections
// come out as *tls.Conn, which net/http knows how to serve. Connections over the limit, and those that send nothing for
// the timeout, are closed.
type splitListener struct {
	net.Listener
	tls     *tls.Config
	timeout time.Duration
	limit   *addressLimit
	refused func()

	ready chan net.Conn
	done  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup

	mu      sync.Mutex
	waiting map[net.Conn]struct{} // sent nothing yet; nil after Close
}

func newSplitListener(
	inner net.Listener, config *tls.Config, timeout time.Duration, limit *addressLimit, refused func(),
) *splitListener {
	l := &splitListener{
		Listener: inner,
		tls:      config,
		timeout:  timeout,
		limit:    limit,
		refused:  refused,
		ready:    make(chan net.Conn),
		done:     make(chan struct{}),
		waiting:  make(map[net.Conn]struct{}),
	}
	l.wg.Go(l.accept)
	return l
}

// Accept implements net.Listener.
func (l *splitListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting, closes the connections that have sent nothing yet, and waits for the goroutines.
func (l *splitListener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.done)
		err = l.Listener.Close()
		l.mu.Lock()
		for conn := range l.waiting {
			conn.Close()
		}
		l.waiting = nil
		l.mu.Unlock()
	})
	l.wg.Wait()
	return err
}

func (l *splitListener) accept() {
	delay := firstAcceptDelay
	for {
		conn, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, or the client has gone already
			select {
			case <-time.After(delay):
			case <-l.done:
				return
			}
			delay = min(2*delay, maxAcceptDelay)
			continue
		}
		delay = firstAcceptDelay
		release, ok := l.limit.acquire(conn.RemoteAddr().String())
		if !ok {
			l.refused()
			conn.Close()
			continue
		}
		conn = &limitedConn{Conn: conn, release: release}
		if !l.wait(conn) {
			conn.Close()
			return
		}
		l.wg.Go(func() { l.sniff(conn) })
	}
}

func (l *splitListener) wait(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		return false
	}
	l.waiting[conn] = struct{}{}
	return true
}

func (l *splitListener) sniff(conn net.Conn) {
	first := make([]byte, 1)
	err := conn.SetReadDeadline(time.Now().Add(l.timeout))
	if err == nil {
		_, err = conn.Read(first)
	}
	if err == nil {
		err = conn.SetReadDeadline(time.Time{})
	}
	l.mu.Lock()
	delete(l.waiting, conn)
	l.mu.Unlock()
	if err != nil {
		conn.Close()
		return
	}
	var out net.Conn = &unreadConn{Conn: conn, unread: first}
	if first[0] == recordTypeHandshake {
		out = tls.Server(out, l.tls)
	}
	select {
	case l.ready <- out:
	case <-l.done:
		conn.Close()
	}
}

// unreadConn gives back what was read ahead of time.
type unreadConn struct {
	net.Conn
	unread []byte
}

// NetConn returns the connection beneath, for socket options.
func (c *unreadConn) NetConn() net.Conn { return c.Conn }

func (c *unreadConn) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	once    sync.Once
	release func()
}

// NetConn returns the connection beneath, for socket options.
func (c *limitedConn) NetConn() net.Conn { return c.Conn }

func (c *limitedConn) Close() error {
	c.once.Do(c.release)
	return c.Conn.Close()
}
