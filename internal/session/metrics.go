package session

import (
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/transport"
)

// Metrics counts what a Hub does. It is called from hot paths, by many goroutines, some of which hold locks: it must
// return at once. Gauges are read from [Hub.Stats].
type Metrics interface {
	relay.Meter

	// ConnectionOpened and ConnectionClosed bracket every connection that was served.
	ConnectionOpened(kind transport.Kind)
	ConnectionClosed(kind transport.Kind)
	// SessionStarted counts joins, SessionEnded ends by their code ("" for an orderly one, "lost" for one whose client
	// did not come back). SessionResumed counts moves to another connection.
	SessionStarted()
	SessionEnded(code string)
	SessionResumed(kind transport.Kind)
	// ObjectIn counts an object that a publisher sent.
	ObjectIn(bytes int)
	// ControlIn and ControlOut count control messages with their bytes; UnknownKind those of a kind this node ignores.
	ControlIn(bytes int)
	ControlOut(bytes int)
	UnknownKind()
	// Error counts an Error or Closed sent to a client.
	Error(code string)
}

// Stats are the gauges of a Hub.
type Stats struct {
	Rooms, Participants int
	// Sessions counts sessions with or without a connection, Detached those without, Connections all connections,
	// also those that have not said Hello.
	Sessions, Detached, Connections int
}
