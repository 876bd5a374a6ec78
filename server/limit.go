package server

import (
	"net/netip"
	"sync"
)

// An addressLimit bounds connections, altogether and from one address; an IPv6 address counts as its /64, which is what
// one customer has. It is safe for concurrent use.
type addressLimit struct {
	max, maxPerAddress int

	mu        sync.Mutex
	total     int
	byAddress map[netip.Addr]int
}

func newAddressLimit(max, maxPerAddress int) *addressLimit {
	return &addressLimit{max: max, maxPerAddress: maxPerAddress, byAddress: make(map[netip.Addr]int)}
}

// acquire takes a place for a connection from remote, an address with a port. release is called once.
func (l *addressLimit) acquire(remote string) (release func(), ok bool) {
	source := sourceOf(remote)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.max || l.byAddress[source] >= l.maxPerAddress {
		return nil, false
	}
	l.total++
	l.byAddress[source]++
	return func() { l.release(source) }, true
}

func (l *addressLimit) release(source netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.byAddress[source]--; l.byAddress[source] == 0 {
		delete(l.byAddress, source)
	}
}

// sourceOf returns the zero Addr for what is not an address, so that all of that kind share one limit.
func sourceOf(remote string) netip.Addr {
	addrPort, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr := addrPort.Addr().Unmap().WithZone("")
	if addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
