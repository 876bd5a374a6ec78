package session

import (
	"context"
	"log/slog"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire/pb"
)

// An Admission is the place that a client is given.
type Admission struct {
	Room     string
	Identity string
	// Grants and Settings are not changed after they are handed over. Nil settings are those of the zero value.
	Grants   *pb.Grants
	Settings *pb.RoomSettings
}

// An AdmitFunc decides on a client that wants to join: it verifies the token, or makes a guest. It fails with a
// *wire.Error, usually "unauthorized" or "room-invalid"; any other error is answered with "internal" and logged. It must
// not keep hello, which holds secrets. ctx ends with the connection or the time for a Hello.
type AdmitFunc func(ctx context.Context, hello *pb.Hello, remoteAddr string) (Admission, error)

// Config makes a Hub. Admit is required.
type Config struct {
	Admit AdmitFunc
	// Limits: the zero value stands for room.DefaultLimits.
	Limits room.Limits
	// MaxConnections is how many connections are served at a time; 0 for no limit.
	MaxConnections int
	// Metrics: nil counts nothing.
	Metrics Metrics
	// Logger: nil logs nothing.
	Logger *slog.Logger
	// Node is the node's name, told to clients for support.
	Node string
}

// A Hub holds the rooms and sessions of one node. Its methods may be called concurrently.
type Hub struct{ config Config }

// New returns a Hub without sessions.
func New(c Config) *Hub { return &Hub{config: c} }

// Serve serves one connection until it ends: it is the function to hand to a transport's listener.
func (h *Hub) Serve(conn transport.Conn) { conn.Close("") }

// Shutdown tells every client to go away before ctx ends, refuses new ones, waits for the clients to leave, and ends
// those that are left when ctx is done. It returns when every connection has been closed and every goroutine has ended:
// nil if all left by themselves, else ctx's error.
func (h *Hub) Shutdown(ctx context.Context) error { return nil }

// Stats returns the gauges.
func (h *Hub) Stats() Stats { return Stats{} }
