package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// maxDocument is how much of an answer is read.
const maxDocument = 64 << 10

// checkNode asks the node how to connect to it.
func checkNode(ctx context.Context, p *patient) Finding {
	const notOne = "The link leads to another program: correct it, or let the proxy in front of the node pass on " + wire.ConnectPath + "."
	res, body, err := p.get(ctx)
	if err != nil {
		return failed("no answer: "+err.Error(), "A proxy or firewall cuts the connection, or this is not an HTTP server: try the other of http:// and https://.")
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/json") {
		return failed(fmt.Sprintf("%s is not answered as a Confab node does: %s, %q", wire.ConnectPath, res.Status, kind), notOne)
	}
	info := &wire.ConnectInfo{}
	if err := json.Unmarshal(body, info); err != nil || info.WebSocket.URL == "" {
		return failed(wire.ConnectPath+" is answered with something else than what a Confab node says", notOne)
	}
	p.info = info
	return p.addressesOf(info)
}

// get asks for the connect document, and notes the time that the node has.
func (p *patient) get(ctx context.Context) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.base, "/")+wire.ConnectPath, nil)
	if err != nil {
		return nil, nil, err
	}
	before := p.config.now()
	res, err := p.http.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	after := p.config.now()
	if p.date, err = http.ParseTime(res.Header.Get("Date")); err != nil {
		p.date = time.Time{}
	}
	p.asked = before.Add(after.Sub(before) / 2)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDocument))
	return res, body, err
}

// addressesOf looks for the mistake that proxies invite: a node that does not know its own address.
func (p *patient) addressesOf(info *wire.ConnectInfo) Finding {
	const public = "Start the node with --public-url and the address that people use: a proxy in front of it hides that."
	u, err := url.Parse(info.WebSocket.URL)
	switch {
	case err != nil || u.Host == "":
		return failed("the node names no address for WebSocket", public)
	case p.secure && u.Scheme == "ws":
		return failed("the node tells pages from https:// to connect to "+info.WebSocket.URL+", which browsers forbid", public)
	case !strings.EqualFold(u.Hostname(), p.host):
		return warning("the node says that its address is "+u.Host+", not "+p.host, "If that is not meant: "+public)
	}
	door := "it asks for join tokens"
	if info.Open {
		door = "guests may join"
	}
	return ok("a Confab node; " + door)
}
