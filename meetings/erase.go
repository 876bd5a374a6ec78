package meetings

import (
	"context"
	"net/http"
)

// Erase deletes what the node knows of somebody in all meetings of the client's API key.
func (c *Client) Erase(ctx context.Context, identity string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: []string{"people", identity}})
	return err
}
