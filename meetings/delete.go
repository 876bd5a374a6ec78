package meetings

import (
	"context"
	"net/http"
)

// Delete ends a meeting and deletes what is known of it: who was there, who is blocked, what was done.
func (c *Client) Delete(ctx context.Context, id string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: []string{collection, id}})
	return err
}
