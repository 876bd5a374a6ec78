package outbox

import (
	"context"
	"time"
)

// A Queue keeps messages until they are delivered. Its methods may be called concurrently, by many nodes.
type Queue interface {
	// Claim claims the first message of at most limit lanes of an endpoint, until then, for a worker. Lanes that are claimed or
	// have to wait are left out.
	Claim(ctx context.Context, endpoint, worker string, now, until time.Time, limit int) ([]Claim, error)
	// Delivered removes the message, so that the next of its lane is due. Delivered, Failed and Bury do nothing when the claim has
	// lapsed and another worker has it.
	Delivered(ctx context.Context, c Claim, now time.Time) error
	// Failed makes the message due again at a time.
	Failed(ctx context.Context, c Claim, next time.Time) error
	// Bury puts the message among the dead letters and makes the next one due.
	Bury(ctx context.Context, c Claim, now time.Time) error
}

// A Claim is a message that one worker may deliver.
type Claim struct {
	Endpoint, Room string
	// Seq is the message's number in its lane.
	Seq    int64
	Worker string
	// Attempt counts from 1, attempts of workers that have died included.
	Attempt int
	// ID is the same for every attempt.
	ID      string
	Payload []byte
	// At is when it was sent.
	At time.Time
}
