package meetings

import "context"

// End ends a meeting for all, at once and for good: nobody enters it again. What is known of it stays until Delete.
func (c *Client) End(ctx context.Context, id string) error {
	return c.post(ctx, nil, collection, id, "end")
}
