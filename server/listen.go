package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// portAttempts is how often a free port is looked for that is free for TCP and UDP on all addresses.
const portAttempts = 20

// sockets are what a node listens on: one TCP and, with UDP, one UDP socket for each address.
type sockets struct {
	port int
	tcp  []net.Listener
	udp  []net.PacketConn
}

// listen opens the sockets for addr, with the same port for all. A name that stands for several addresses, as localhost
// does, is listened on at all of them: browsers choose any.
func listen(ctx context.Context, addr string, withUDP bool) (*sockets, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: write it as HOST:PORT or :PORT", addr)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return nil, fmt.Errorf("address %q: %q is not a port", addr, service)
	}
	hosts := []string{host}
	if strings.EqualFold(host, "localhost") {
		// Browsers take it for both without asking a resolver (RFC 6761 §6.3), and some resolvers know only one.
		hosts = []string{"127.0.0.1", "::1"}
	} else if host != "" && net.ParseIP(host) == nil {
		if hosts, err = net.DefaultResolver.LookupHost(ctx, host); err != nil {
			return nil, fmt.Errorf("address %q: %w", addr, err)
		}
	}
	for attempt := 1; ; attempt++ {
		s, err := open(ctx, hosts, port, withUDP)
		if err == nil {
			return s, nil
		}
		inUse := errors.Is(err, syscall.EADDRINUSE)
		if inUse && port == 0 && attempt < portAttempts {
			continue
		}
		if inUse {
			return nil, fmt.Errorf("port %d is in use: end the program that uses it, or choose another with --addr: %w", port, err)
		}
		return nil, err
	}
}

func open(ctx context.Context, hosts []string, port int, withUDP bool) (*sockets, error) {
	var config net.ListenConfig
	s := &sockets{port: port}
	for _, host := range hosts {
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(s.port)))
		if unavailable(err) && len(hosts) > 1 {
			continue
		}
		if err != nil {
			s.close()
			return nil, err
		}
		s.tcp = append(s.tcp, l)
		s.port = l.Addr().(*net.TCPAddr).Port
		if !withUDP {
			continue
		}
		u, err := config.ListenPacket(ctx, "udp", net.JoinHostPort(host, strconv.Itoa(s.port)))
		if err != nil {
			s.close()
			return nil, err
		}
		s.udp = append(s.udp, u)
	}
	if len(s.tcp) == 0 {
		return nil, fmt.Errorf("none of the addresses %v is one of this machine", hosts)
	}
	return s, nil
}

// unavailable: a name's IPv6 address on a machine without IPv6, for one.
func unavailable(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

func (s *sockets) close() {
	for _, l := range s.tcp {
		l.Close()
	}
	for _, u := range s.udp {
		u.Close()
	}
}

// addresses returns URLs for browsers on this machine and on others near it.
func (s *sockets) addresses(addr string, development bool) (local, lan []string) {
	scheme := "https"
	if development {
		scheme = "http"
	}
	port := strconv.Itoa(s.port)
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	everywhere := host == "" || ip != nil && ip.IsUnspecified()
	switch {
	case everywhere, host == "localhost", ip != nil && ip.IsLoopback() && ip.To4() != nil:
		local = append(local, scheme+"://"+net.JoinHostPort("localhost", port))
	case ip != nil && ip.IsLoopback():
		local = append(local, scheme+"://"+net.JoinHostPort(host, port))
	default:
		lan = append(lan, "https://"+net.JoinHostPort(host, port))
	}
	if !everywhere {
		return local, lan
	}
	for _, ip := range interfaceAddresses() {
		if ip.To4() != nil {
			lan = append(lan, "https://"+net.JoinHostPort(ip.String(), port))
		}
	}
	slices.Sort(lan)
	return local, lan
}
