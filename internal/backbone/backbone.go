package backbone

// A Backbone carries messages between the nodes of a deployment. A message reaches those who had subscribed to its topic,
// at most once, in the order in which one node published them; it is lost when the way between two nodes is, so what must
// arrive is numbered by its sender. Its methods may be called concurrently.
type Backbone interface {
	// Publish hands a message on. It takes no hold of msg, and does not wait for receivers, but may for the socket to the
	// server beneath. It fails with [ErrTooLarge], [ErrAway] or [ErrClosed].
	Publish(t Topic, msg []byte) error
	// Subscribe has handle called for each message of a topic, one at a time; msg is valid until handle returns. Messages
	// of the node itself are not left out. What comes faster than handle takes it waits up to a limit, beyond which it is
	// dropped and counted in Stats.
	Subscribe(t Topic, handle func(msg []byte)) (Subscription, error)
	// MaxMessage is the size in bytes of the largest message; at least [MinMaxMessage].
	MaxMessage() int
	Stats() Stats
	// Close ends all subscriptions. When it returns, no handle runs any more. It may be called again.
	Close() error
}

// A Subscription is what Subscribe returns.
type Subscription interface {
	// End stops the messages. A handle that runs may go on for a moment. It may be called again.
	End()
}

// Stats tells how a backbone does.
type Stats struct {
	// Connected: there is a way to the other nodes, as far as one can tell.
	Connected bool
	// Dropped counts messages that came faster than they were handled.
	Dropped uint64
}

// MinMaxMessage is what every backbone must carry in one message: the largest object of spec/wire.md §7, which is 4 MiB, and
// what comes with it.
const MinMaxMessage = 4<<20 + 64<<10
