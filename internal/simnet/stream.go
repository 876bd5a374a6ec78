package simnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	segmentSize = 1400
	// streamWindow is how much one direction of a stream holds that was written and not read.
	streamWindow = 256 << 10
	// sendBuffer is how much may wait for the bandwidth before a write does.
	sendBuffer = 32 << 10
)

// Listen takes streams that other hosts Dial.
func (h *Host) Listen(port uint16) (net.Listener, error) {
	l := &listener{host: h, addr: h.port(port), incoming: make(chan net.Conn), closed: make(chan struct{})}
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[l.addr] != nil {
		return nil, opError("listen", "tcp", l.Addr(), errAddressInUse)
	}
	n.listeners[l.addr] = l
	return l, nil
}

// DialContext opens a stream to an address such as "10.0.0.1:443". It has the signature of net.Dialer's.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := parseAddress(address)
	if err != nil {
		return nil, opError("dial", network, nil, err)
	}
	h.network.mu.Lock()
	l := h.network.listeners[to]
	h.network.mu.Unlock()
	if l == nil {
		return nil, opError("dial", network, net.TCPAddrFromAddrPort(to), errors.New("connection refused"))
	}
	here, there := connect(h, l.host, h.port(0), to)
	select {
	case l.incoming <- there:
		return here, nil
	case <-l.closed:
		return nil, opError("dial", network, l.Addr(), errors.New("connection refused"))
	case <-ctx.Done():
		return nil, opError("dial", network, l.Addr(), ctx.Err())
	}
}

type listener struct {
	host     *Host
	addr     netip.AddrPort
	incoming chan net.Conn
	closed   chan struct{}
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, opError("accept", "tcp", l.Addr(), net.ErrClosed)
	}
}

func (l *listener) Close() error {
	n := l.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[l.addr] != l {
		return opError("close", "tcp", l.Addr(), net.ErrClosed)
	}
	delete(n.listeners, l.addr)
	close(l.closed)
	return nil
}

// connect returns both ends of a stream.
func connect(a, b *Host, aAddr, bAddr netip.AddrPort) (net.Conn, net.Conn) {
	toB, toA := newPipe(a.up, b.down), newPipe(b.up, a.down)
	return &streamConn{in: toA, out: toB, local: aAddr, remote: bAddr, closed: make(chan struct{})},
		&streamConn{in: toB, out: toA, local: bAddr, remote: aAddr, closed: make(chan struct{})}
}

// pipe is one direction of a stream. Loss delays, as it does with TCP: what is lost is sent again after a round trip, and
// what comes later waits for it.
type pipe struct {
	links    [2]*link
	changed  chan struct{}
	readDone chan struct{}

	mu       sync.Mutex
	segments []segment
	held     int
	latest   time.Time
	ended    bool
	refused  bool
}

type segment struct {
	at   time.Time
	data []byte
}

func newPipe(up, down *link) *pipe {
	return &pipe{links: [2]*link{up, down}, changed: make(chan struct{}, 1), readDone: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// arrival returns when a segment sent now arrives, in order after all before it.
func (p *pipe) arrival(size int) time.Time {
	at := time.Now()
	for _, l := range p.links {
		at = l.deliver(size, at)
	}
	if at.Before(p.latest) {
		at = p.latest
	}
	p.latest = at
	return at
}

// free returns when no more than sendBuffer waits for a link, or zero if that is now.
func (p *pipe) free() time.Time {
	now := time.Now()
	var latest time.Time
	for _, l := range p.links {
		if wait := l.waitFor(sendBuffer, now); wait > 0 && now.Add(wait).After(latest) {
			latest = now.Add(wait)
		}
	}
	return latest
}

// deliver is carry for those who send again what is lost, and wait where others drop.
func (l *link) deliver(size int, enters time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.config
	at := enters
	for {
		l.sent++
		lost, jitter := l.random.Float64() < min(c.Loss, 0.9), l.random.Float64()
		at = l.transmit(size, at).Add(c.Latency + time.Duration(jitter*float64(c.Jitter)))
		if !lost {
			return at
		}
		l.lost++
		at = at.Add(c.Latency)
	}
}

func (p *pipe) write(b []byte, d *deadline, closed <-chan struct{}) (n int, err error) {
	for len(b) > 0 {
		select {
		case <-closed:
			return n, net.ErrClosed
		default:
		}
		p.mu.Lock()
		if p.refused {
			p.mu.Unlock()
			return n, errors.New("broken pipe")
		}
		free := p.free()
		if size := min(len(b), segmentSize, streamWindow-p.held); size > 0 && free.IsZero() {
			p.segments = append(p.segments, segment{p.arrival(size), append([]byte(nil), b[:size]...)})
			p.held += size
			b, n = b[size:], n+size
			p.mu.Unlock()
			signal(p.changed)
			continue
		}
		p.mu.Unlock()
		if err := d.wait(free, p.readDone, closed); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p *pipe) read(b []byte, d *deadline, closed <-chan struct{}) (int, error) {
	for {
		select {
		case <-closed:
			return 0, net.ErrClosed
		default:
		}
		n, next, ended := p.take(b)
		if n > 0 || len(b) == 0 {
			signal(p.readDone)
			return n, nil
		}
		if ended {
			return 0, io.EOF
		}
		if err := d.wait(next, p.changed, closed); err != nil {
			return 0, err
		}
	}
}

// take copies what has arrived, or tells when the next segment arrives (zero: none under way).
func (p *pipe) take(b []byte) (n int, next time.Time, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for n < len(b) && len(p.segments) > 0 {
		s := &p.segments[0]
		if now.Before(s.at) {
			return n, s.at, false
		}
		copied := copy(b[n:], s.data)
		n += copied
		p.held -= copied
		if s.data = s.data[copied:]; len(s.data) == 0 {
			p.segments = p.segments[1:]
		}
	}
	if len(p.segments) > 0 {
		return n, p.segments[0].at, false
	}
	if p.ended && now.Before(p.latest) {
		return n, p.latest, false
	}
	return n, time.Time{}, p.ended
}

// end is the sender's FIN.
func (p *pipe) end() {
	p.mu.Lock()
	p.ended = true
	p.arrival(0)
	p.mu.Unlock()
	signal(p.changed)
}

// refuse is the receiver's RST.
func (p *pipe) refuse() {
	p.mu.Lock()
	p.refused = true
	p.segments, p.held = nil, 0
	p.mu.Unlock()
	signal(p.readDone)
}

// streamConn is one end of a stream.
type streamConn struct {
	in, out       *pipe
	local, remote netip.AddrPort
	readBy        deadline
	writeBy       deadline
	closeOnce     sync.Once
	closed        chan struct{}
}

func (c *streamConn) Read(b []byte) (int, error) {
	n, err := c.in.read(b, &c.readBy, c.closed)
	if err != nil && err != io.EOF {
		err = opError("read", "tcp", c.RemoteAddr(), err)
	}
	return n, err
}

func (c *streamConn) Write(b []byte) (int, error) {
	n, err := c.out.write(b, &c.writeBy, c.closed)
	if err != nil {
		err = opError("write", "tcp", c.RemoteAddr(), err)
	}
	return n, err
}

func (c *streamConn) Close() error {
	err := opError("close", "tcp", c.RemoteAddr(), net.ErrClosed)
	c.closeOnce.Do(func() {
		close(c.closed)
		c.out.end()
		c.in.refuse()
		err = nil
	})
	return err
}

// CloseWrite ends the sending direction.
func (c *streamConn) CloseWrite() error {
	c.out.end()
	return nil
}

func (c *streamConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *streamConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

func (c *streamConn) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	c.writeBy.set(t)
	return nil
}

func (c *streamConn) SetReadDeadline(t time.Time) error  { c.readBy.set(t); return nil }
func (c *streamConn) SetWriteDeadline(t time.Time) error { c.writeBy.set(t); return nil }
