package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// serveConn serves a client's connection, of either transport, until it ends.
func (s *Server) serveConn(conn transport.Conn, _ *http.Request) {
	release, ok := s.clients.acquire(conn.RemoteAddr())
	if !ok {
		s.metrics.Refused(transport.RefusedLimit)
		conn.Close(wire.CodeServerFull)
		return
	}
	defer release()
	s.hub.Serve(conn)
}

// maxLeave bounds the body of a request to leave, in bytes.
const maxLeave = 256

// serveLeave ends the session of a page that is being closed. Spec: wire.md §4.6.
func (s *Server) serveLeave(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLeave))
	if err == nil {
		err = s.hub.Leave(body)
	}
	if err != nil {
		http.Error(w, wire.CodeMalformed+": the body is a Resume message of at most 256 bytes", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveWebTransport starts taking WebTransport connections from the UDP sockets.
func (s *Server) serveWebTransport(sockets []net.PacketConn, running *sync.WaitGroup, failed chan<- error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: s.certificates.get}
	for _, socket := range sockets {
		running.Go(func() {
			if err := s.realtime.ServeUDP(socket, config); err != nil {
				failed <- fmt.Errorf("UDP: %w", err)
			}
		})
		s.stop = append(s.stop, func(context.Context) { socket.Close() })
	}
	s.udp.Store(len(sockets) > 0)
}
