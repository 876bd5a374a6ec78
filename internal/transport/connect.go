package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/openconfab/confab/internal/wire"
)

const maxConnectInfo = 64 << 10

// fetchConnectInfo asks the node at base how to reach it.
func fetchConnectInfo(ctx context.Context, base string, o DialOptions) (*wire.ConnectInfo, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("transport: %q is no address of a node: give one like https://meet.example", base)
	}
	u = u.JoinPath(wire.ConnectPath)
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            o.DialContext,
		TLSClientConfig:        o.TLS.Clone(),
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("transport: asking how to connect: %w", err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/json") {
		return nil, fmt.Errorf("transport: %s answered %s (%s): is a Confab node there?", u, res.Status, kind)
	}
	info := &wire.ConnectInfo{}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxConnectInfo)).Decode(info); err != nil {
		return nil, fmt.Errorf("transport: %s answered what is no connect document: %w", u, err)
	}
	return info, nil
}
