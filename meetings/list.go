package meetings

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is how many items one request lists, the most that a node gives.
const pageSize = 200

// List goes through the meetings of the client's API key, the newest first. After an error nothing more comes.
func (c *Client) List(ctx context.Context) iter.Seq2[Meeting, error] {
	return pages(ctx, c, func(p *struct {
		Meetings []Meeting
		Next     string
	}) ([]Meeting, string) {
		return p.Meetings, p.Next
	}, collection)
}

// pages goes through a list that comes in pages of type P; open says what is in one, and the cursor of the next.
func pages[P, T any](ctx context.Context, c *Client, open func(*P) ([]T, string), path ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := url.Values{"limit": {strconv.Itoa(pageSize)}}
		for {
			var page P
			if _, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, answer: &page}); err != nil {
				var none T
				yield(none, err)
				return
			}
			items, next := open(&page)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			query.Set("cursor", next)
		}
	}
}
