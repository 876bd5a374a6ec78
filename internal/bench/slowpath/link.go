package slowpath

import (
	"net"
	"net/url"
	"time"

	"github.com/openconfab/confab/internal/simnet"
)

// Link is what each path does to packets, in either direction: 100 ms of round trip, and a queue as of a cheap router.
var Link = simnet.Link{Latency: 50 * time.Millisecond, Loss: 0.02, Bandwidth: 300_000}

// Max is how many paths there can be.
const Max = 512

// reach returns the server's address as seen from behind a path whose near end has the address near: a server on a loopback
// address is not there, but the same port at the near end is, if it listens on all addresses.
func reach(server string, near net.IP) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() != "localhost" && !ip.IsLoopback() {
		return server
	}
	port := u.Port()
	if u.Host = near.String(); port != "" {
		u.Host = net.JoinHostPort(near.String(), port)
	}
	return u.String()
}
