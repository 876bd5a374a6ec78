package meetings

import "context"

// Admit lets one in who waits, by its session. It fails with NotFound when it has gone.
//
// In a meeting whose link names its host, only that host's own program can prove to the others that it has let somebody in; they
// give keys to nobody whom a back end has admitted. Admit is for meetings without one.
func (c *Client) Admit(ctx context.Context, id, session string) error {
	return c.post(ctx, nil, collection, id, "participants", session, "admit")
}

// AdmitAll lets all in who wait now. See Admit.
func (c *Client) AdmitAll(ctx context.Context, id string) error {
	return c.post(ctx, nil, collection, id, "admit-all")
}
