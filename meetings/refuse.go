package meetings

import "context"

// A Refusal says how somebody is sent away.
type Refusal struct {
	// Block: it may not come back, whatever token it has.
	Block bool `json:"block,omitempty"`
}

// Reject turns one away who waits, by its session. It is told so. It fails with NotFound when it has gone.
func (c *Client) Reject(ctx context.Context, id, session string, r Refusal) error {
	return c.post(ctx, r, collection, id, "participants", session, "reject")
}

// Remove has somebody leave at once, by its session, wherever it is connected; the tokens that it has let it in no more. It fails
// with NotFound when it has gone.
func (c *Client) Remove(ctx context.Context, id, session string, r Refusal) error {
	return c.post(ctx, r, collection, id, "participants", session, "remove")
}
