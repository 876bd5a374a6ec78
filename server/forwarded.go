package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwarded returns the address, with a port, that a request comes from: that of the connection, or, when it is a trusted proxy's, the
// last one in X-Forwarded-For that is none. What is before that can have been written by anybody.
func (s *Server) forwarded(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.trusted(from.Addr()) {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = netip.AddrPortFrom(addr, from.Port())
		if !s.trusted(addr) {
			break
		}
	}
	return from.String()
}

func (s *Server) trusted(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
