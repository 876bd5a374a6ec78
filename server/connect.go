package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// serveConnect tells a client how to reach this node under the name it has used. Spec: wire.md §1.1.
func (s *Server) serveConnect(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Origin")
	if !transport.OriginAllowed(r, s.allowedOrigins()) {
		s.metrics.Refused(transport.RefusedOrigin)
		h.Set("Access-Control-Allow-Origin", "*")
		http.Error(w, "pages of this origin may not connect: list it with --trusted-origin", http.StatusForbidden)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	if s.public == nil && !plausibleHost(r.Host) {
		http.Error(w, "the Host header names no host", http.StatusBadRequest)
		return
	}
	base := s.site(r)
	if s.node != nil && r.Host == s.node.Host {
		base = s.node
	}
	info := wire.ConnectInfo{
		WebSocket: wire.WebSocketInfo{URL: endpointURL(map[string]string{"http": "ws", "https": "wss"}[base.Scheme], base)},
		Open:      s.config.open(),
	}
	if s.udp.Load() {
		hashes, err := s.certificates.hashes()
		if err != nil {
			s.log.Error("no certificate", "error", err)
			http.Error(w, "the node has no certificate; its log says why", http.StatusInternalServerError)
			return
		}
		info.WebTransport = &wire.WebTransportInfo{URL: endpointURL("https", withPort(base)), CertificateHashes: hashes}
	}
	h.Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(info); err != nil {
		s.log.Debug("connect document not sent", "error", err)
	}
}

// allowedOrigins are those of pages that may connect, those of all other nodes included: their clients come here when they stop.
func (s *Server) allowedOrigins() []string {
	if s.cluster == nil {
		return s.origins
	}
	origins := slices.Clone(s.origins)
	for _, address := range s.cluster.URLs() {
		if u, err := url.Parse(address); err == nil {
			origins = append(origins, originOf(u))
		}
	}
	return origins
}

// connectable are the addresses, besides that of a request, to which pages of this node may connect.
func (s *Server) connectable() []string {
	var addresses []string
	for _, u := range []*url.URL{s.public, s.node} {
		if u != nil {
			addresses = append(addresses, u.String())
		}
	}
	if s.cluster != nil {
		addresses = append(addresses, s.cluster.URLs()...)
	}
	return addresses
}

// requested is the address that a request was sent to.
func requested(r *http.Request) *url.URL {
	u := &url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u
}

func endpointURL(scheme string, base *url.URL) string {
	return (&url.URL{Scheme: scheme, Host: base.Host, Path: wire.Path}).String()
}

// withPort spells out port 80 of a plain address, for with another scheme it would mean another port.
func withPort(base *url.URL) *url.URL {
	if base.Scheme == "http" && base.Port() == "" {
		return &url.URL{Scheme: base.Scheme, Host: base.Host + ":80"}
	}
	return base
}
