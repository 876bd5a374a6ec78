package bench

import (
	"context"
	"errors"
	"slices"
)

// serverWatch measures what the nodes' processes use and what crosses between them. Without processes it measures no use, without
// several nodes no traffic.
type serverWatch struct {
	pids    []int
	servers []string
	// idle is before the test, from and to at the ends of the window.
	idle, from, to usage
	// crossedFrom and crossedTo are what had crossed at the ends of the window.
	crossedFrom, crossedTo traffic
	err, trafficErr        error
}

// watchServers looks at the nodes before anybody joins.
func watchServers(c Config) (*serverWatch, error) {
	s := &serverWatch{pids: c.ServerPIDs}
	for _, server := range append([]string{c.Server}, c.SubscriberServers...) {
		if !slices.Contains(s.servers, server) {
			s.servers = append(s.servers, server)
		}
	}
	var err error
	s.idle, err = s.usage()
	return s, err
}

// usage adds up what the processes have used.
func (s *serverWatch) usage() (sum usage, err error) {
	for _, pid := range s.pids {
		u, err := usageOf(pid)
		if err != nil {
			return usage{}, err
		}
		sum = usage{CPU: sum.CPU + u.CPU, Waited: sum.Waited + u.Waited, RSS: sum.RSS + u.RSS}
	}
	return sum, nil
}

// measure looks at both ends of the window.
func (s *serverWatch) measure(ctx context.Context, c clock, w window) {
	sleep(ctx, c.until(w.From))
	s.from, s.err = s.usage()
	s.crossedFrom, s.trafficErr = s.traffic(ctx)
	sleep(ctx, c.until(w.To))
	var err error
	s.to, err = s.usage()
	s.err = errors.Join(s.err, err)
	s.crossedTo, err = s.traffic(ctx)
	s.trafficErr = errors.Join(s.trafficErr, err)
}

// traffic adds up what the nodes have sent to each other.
func (s *serverWatch) traffic(ctx context.Context) (sum traffic, err error) {
	if len(s.servers) < 2 {
		return traffic{}, nil
	}
	for _, server := range s.servers {
		t, err := trafficOf(ctx, server)
		if err != nil {
			return traffic{}, err
		}
		sum = traffic{bytes: sum.bytes + t.bytes, messages: sum.messages + t.messages}
	}
	return sum, nil
}

// used returns what the nodes used in the window, and false if that is not known.
func (s *serverWatch) used() (usage, bool) {
	if len(s.pids) == 0 || s.err != nil {
		return usage{}, false
	}
	return s.to.since(s.from), true
}

// crossed returns what crossed between nodes in the window, and false if that is not known.
func (s *serverWatch) crossed() (traffic, bool) {
	if len(s.servers) < 2 || s.trafficErr != nil {
		return traffic{}, false
	}
	return traffic{bytes: s.crossedTo.bytes - s.crossedFrom.bytes, messages: s.crossedTo.messages - s.crossedFrom.messages}, true
}
