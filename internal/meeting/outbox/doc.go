// Package outbox delivers webhooks from a queue that survives the node: at least once, those of one room and endpoint in order.
// Many nodes may deliver from one queue. Each claims the first message of a lane, which is what an endpoint is told of a room, for as
// long as an attempt may take; the claim of a node that has died lapses, and another takes it over.
//
// Endpoints are configured by the operator of the node and trusted: they may be inside its own network. They must never be
// taken from callers of the API, for then the node would send requests wherever anybody wants.
package outbox
