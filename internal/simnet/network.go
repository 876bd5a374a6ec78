package simnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// Network connects hosts. It is safe for concurrent use.
type Network struct {
	seed uint64

	mu        sync.Mutex
	hosts     map[netip.Addr]*Host
	sockets   map[netip.AddrPort]*socket
	listeners map[netip.AddrPort]*listener
}

// New returns a Network without hosts. Losses and jitter follow from the seed.
func New(seed uint64) *Network {
	return &Network{
		seed:      seed,
		hosts:     make(map[netip.Addr]*Host),
		sockets:   make(map[netip.AddrPort]*socket),
		listeners: make(map[netip.AddrPort]*listener),
	}
}

// Host is a machine on the network: everything it sends crosses its up link and then the down link of the receiver.
type Host struct {
	network *Network
	addr    netip.Addr
	up      *link
	down    *link

	mu       sync.Mutex
	nextPort uint16
}

// Host adds a machine with an IP address such as "10.0.0.1". It panics when the address is no IP address or taken.
func (n *Network) Host(addr string, up, down Link) *Host {
	ip := netip.MustParseAddr(addr)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts[ip] != nil {
		panic("simnet: two hosts have the address " + addr)
	}
	order := uint64(2 * len(n.hosts))
	h := &Host{
		network:  n,
		addr:     ip,
		up:       newLink(up, n.seed, order),
		down:     newLink(down, n.seed, order+1),
		nextPort: 49152,
	}
	n.hosts[ip] = h
	return h
}

// SetLinks changes what becomes of packets sent from now on.
func (h *Host) SetLinks(up, down Link) {
	h.up.set(up)
	h.down.set(down)
}

// Lost returns how many of the packets that tried to leave and to reach the host were lost.
func (h *Host) Lost() (up, down uint64) {
	h.up.mu.Lock()
	up = h.up.lost
	h.up.mu.Unlock()
	h.down.mu.Lock()
	defer h.down.mu.Unlock()
	return up, h.down.lost
}

// port returns the port, or an unused one if it is 0.
func (h *Host) port(port uint16) netip.AddrPort {
	if port == 0 {
		h.mu.Lock()
		port = h.nextPort
		h.nextPort++
		h.mu.Unlock()
	}
	return netip.AddrPortFrom(h.addr, port)
}

var errAddressInUse = errors.New("address already in use")

func opError(op, network string, addr net.Addr, err error) error {
	return &net.OpError{Op: op, Net: network, Addr: addr, Err: err}
}

func parseAddress(address string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("simnet: hosts have no names, only IP addresses: %w", err)
	}
	return a, nil
}
