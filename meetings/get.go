package meetings

import "context"

// Get returns a meeting of the client's API key. It fails with NotFound.
func (c *Client) Get(ctx context.Context, id string) (Meeting, error) {
	var m Meeting
	h, err := c.get(ctx, &m, collection, id)
	return versioned(m, h, err)
}
