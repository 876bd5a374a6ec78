package simnet

import (
	"container/heap"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxPacket is the largest UDP payload that fits an Ethernet frame; larger ones are dropped, as with Don't Fragment set.
const maxPacket = 1472

// maxBacklog is how many packets a socket keeps that nobody reads.
const maxBacklog = 4096

// ListenPacket opens a UDP socket; port 0 chooses one.
func (h *Host) ListenPacket(port uint16) (net.PacketConn, error) {
	s := &socket{host: h, addr: h.port(port), ready: make(chan struct{}, 1), closed: make(chan struct{})}
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[s.addr] != nil {
		return nil, opError("listen", "udp", s.LocalAddr(), errAddressInUse)
	}
	n.sockets[s.addr] = s
	return s, nil
}

// socket is a UDP socket. Packets wait in it until their time has come.
type socket struct {
	host   *Host
	addr   netip.AddrPort
	ready  chan struct{}
	closed chan struct{}
	read   deadline

	mu      sync.Mutex
	arrived uint64
	packets packetHeap
}

type packet struct {
	at    time.Time
	order uint64
	from  netip.AddrPort
	data  []byte
}

func (s *socket) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(s.addr) }

func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-s.closed:
		return 0, opError("write", "udp", to, net.ErrClosed)
	default:
	}
	address, err := parseAddress(to.String())
	if err != nil {
		return 0, opError("write", "udp", to, err)
	}
	if len(b) > maxPacket {
		return len(b), nil
	}
	leaves, ok := s.host.up.carry(len(b), time.Now())
	if !ok {
		return len(b), nil
	}
	n := s.host.network
	n.mu.Lock()
	receiver := n.sockets[address]
	n.mu.Unlock()
	if receiver == nil {
		return len(b), nil
	}
	if arrives, ok := receiver.host.down.carry(len(b), leaves); ok {
		receiver.push(packet{at: arrives, from: s.addr, data: append([]byte(nil), b...)})
	}
	return len(b), nil
}

func (s *socket) push(p packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.packets) >= maxBacklog {
		return
	}
	s.arrived++
	p.order = s.arrived
	heap.Push(&s.packets, p)
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// pop returns a packet whose time has come, or the time of the next; zero when there is none.
func (s *socket) pop() (p packet, next time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.packets) == 0 {
		return packet{}, time.Time{}, false
	}
	if next = s.packets[0].at; time.Now().Before(next) {
		return packet{}, next, false
	}
	return heap.Pop(&s.packets).(packet), next, true
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		select {
		case <-s.closed:
			return 0, nil, opError("read", "udp", s.LocalAddr(), net.ErrClosed)
		default:
		}
		p, next, ok := s.pop()
		if ok {
			return copy(b, p.data), net.UDPAddrFromAddrPort(p.from), nil
		}
		if err := s.read.wait(next, s.ready, s.closed); err != nil {
			return 0, nil, opError("read", "udp", s.LocalAddr(), err)
		}
	}
}

func (s *socket) Close() error {
	n := s.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[s.addr] != s {
		return opError("close", "udp", s.LocalAddr(), net.ErrClosed)
	}
	delete(n.sockets, s.addr)
	close(s.closed)
	return nil
}

func (s *socket) SetDeadline(t time.Time) error      { return s.SetReadDeadline(t) }
func (s *socket) SetReadDeadline(t time.Time) error  { s.read.set(t); return nil }
func (s *socket) SetWriteDeadline(_ time.Time) error { return nil }

// SetReadBuffer keeps QUIC libraries from complaining; the buffer is maxBacklog packets.
func (s *socket) SetReadBuffer(int) error { return nil }

// SetWriteBuffer does nothing: a write never waits.
func (s *socket) SetWriteBuffer(int) error { return nil }

// packetHeap orders packets by time and, at the same time, by arrival.
type packetHeap []packet

func (h packetHeap) Len() int { return len(h) }

func (h packetHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}

func (h packetHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *packetHeap) Push(x any)   { *h = append(*h, x.(packet)) }

func (h *packetHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = packet{}
	*h = old[:len(old)-1]
	return last
}
