package doctor

import (
	"context"
	"net"
	"net/url"
	"strings"

	"github.com/openconfab/confab/e2ee"
)

// checkLink takes the link apart. The meeting secret in it is looked at and not kept.
func checkLink(_ context.Context, p *patient) Finding {
	const like = "Give an invitation such as https://meet.example.com/m/ROOM#e1.…, or the address of a node such as https://meet.example.com."
	address, _, _ := strings.Cut(p.config.Link, "#")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return failed("this is not a web address", like)
	}
	p.secure = u.Scheme == "https"
	p.host, p.port = u.Hostname(), u.Port()
	if p.port == "" {
		p.port = map[bool]string{true: "443", false: "80"}[p.secure]
	}
	path := strings.TrimSuffix(u.Path, "/")
	p.base = u.Scheme + "://" + u.Host
	if !strings.Contains(path+"/", "/m/") {
		p.base += path
		return ok("the address of a node, without a room")
	}
	room, invitation, err := e2ee.ParseLink(p.config.Link)
	if err != nil {
		return failed(err.Error(), like)
	}
	p.room = room
	p.base += strings.TrimSuffix(path, "/m/"+room)
	if !invitation.Secret.Verified() {
		return warning("an invitation to the room "+room+" without its secret",
			"Copy the whole link, with everything after #. Without it you can't be in a meeting that others joined with it.")
	}
	return ok("an invitation to the room " + room + ", with its secret")
}

// local reports whether the host is this machine.
func (p *patient) local() bool {
	return strings.EqualFold(p.host, "localhost") || net.ParseIP(p.host).IsLoopback()
}
